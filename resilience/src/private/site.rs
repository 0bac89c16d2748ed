//! A place in the user's code where a policy stands.
//!
//! A site is a static. Its first call finds its policy in the registry, by name, or makes it; from then on it is one load
//! away. Only while a test scope exists anywhere in the process does a site look for one of its own.

use std::{fmt, hint::cold_path, panic::Location, time::Duration};

use once_cell::race::OnceRef;

use crate::{
    ConfigError, Failure, PolicyKind, Rejected, bulkhead,
    circuit_breaker::{self, Admission, AsyncPermit, Permit},
    fallback,
    keyed::{Instance, Machine},
    name::Name,
    rate_limit,
    registry::{self, Home, Inner, Shelf},
    rejected::Refusal,
    retry, testing, timeout,
};

/// A kind of policy, by its settings.
pub trait Policy: Copy + Default + PartialEq + Send + Sync + fmt::Debug + 'static {
    /// Every key of the settings.
    const KEYS: &'static [&'static str];

    /// What a registry keeps of one policy.
    type Core: Send + Sync + 'static;

    /// The first half of its key.
    const KIND: PolicyKind;

    /// Whether nothing is written.
    fn is_empty(&self) -> bool;
    /// The keys of what is written.
    fn written(&self) -> Vec<&'static str>;
    /// The written settings of `self`, and those of `base` where `self` has none.
    #[must_use]
    fn or(self, base: Self) -> Self;
    /// What is wrong with one setting.
    fn problem(&self, key: &str) -> Option<&'static str>;
    /// Writes one setting; `None` if there is no such key.
    fn write(&mut self, key: &str, text: &str) -> Option<Result<(), String>>;
    /// Takes one setting back. Whether it was written.
    fn erase(&mut self, key: &str) -> bool;
    /// Checks the settings.
    fn validate(&self) -> Result<(), ConfigError>;
    /// A new policy.
    fn core(name: Name, config: &Self, home: &Home) -> Self::Core;
    /// Other settings for a policy that there is.
    fn reconfigure(core: &Self::Core, config: &Self) -> Result<(), ConfigError>;
    /// Tells a policy of the process-wide registry that test scopes exist, or no longer do.
    fn set_scoped(_core: &Self::Core, _scoped: bool) {}
    /// What a policy needs that cannot do without settings, and what it does until somebody has given some.
    #[must_use]
    fn unlimited() -> Self {
        Self::default()
    }
    /// Settings beside which every other one makes sense that could make sense anywhere.
    #[must_use]
    fn generous() -> Self {
        Self::default()
    }
    /// Where a registry keeps this kind.
    #[doc(hidden)]
    fn shelf(registry: &Inner) -> &Shelf<Self>;
}

macro_rules! policies {
    ($($module:ident $kind:ident $({ $($more:item)* })?;)*) => {
        $(
            impl Policy for $module::Config {
                type Core = $module::Core;
                const KIND: PolicyKind = PolicyKind::$kind;
                const KEYS: &'static [&'static str] = $module::Config::KEYS;

                fn is_empty(&self) -> bool {
                    $module::Config::is_empty(self)
                }
                fn written(&self) -> Vec<&'static str> {
                    $module::Config::written(self)
                }
                fn or(self, base: Self) -> Self {
                    $module::Config::or(self, base)
                }
                fn problem(&self, key: &str) -> Option<&'static str> {
                    $module::Config::problem(self, key)
                }
                fn write(&mut self, key: &str, text: &str) -> Option<Result<(), String>> {
                    $module::Config::write(self, key, text)
                }
                fn erase(&mut self, key: &str) -> bool {
                    $module::Config::erase(self, key)
                }
                fn validate(&self) -> Result<(), ConfigError> {
                    $module::Config::validate(self)
                }
                fn core(name: Name, config: &Self, home: &Home) -> Self::Core {
                    $module::Core::new(name, config, home.clone())
                }
                fn reconfigure(core: &Self::Core, config: &Self) -> Result<(), ConfigError> {
                    core.reconfigure(config)
                }
                fn shelf(registry: &Inner) -> &Shelf<Self> {
                    &registry.$module
                }
                $($($more)*)?
            }
        )*
    };
}

policies! {
    circuit_breaker CircuitBreaker {
        fn set_scoped(core: &Self::Core, scoped: bool) {
            core.set_scoped(scoped);
        }
        fn generous() -> Self {
            Self::new().failure_rate(1.0).slow_call(Duration::from_millis(1))
        }
    };
    retry Retry {
        fn set_scoped(core: &Self::Core, scoped: bool) {
            core.set_scoped(scoped);
        }
    };
    bulkhead Bulkhead {
        fn set_scoped(core: &Self::Core, scoped: bool) {
            core.set_scoped(scoped);
        }
        fn generous() -> Self {
            Self::new().max_wait(Duration::from_millis(1))
        }
    };
    rate_limit RateLimit {
        fn unlimited() -> Self {
            Self::UNLIMITED
        }
    };
    timeout Timeout {
        fn set_scoped(core: &Self::Core, scoped: bool) {
            core.set_scoped(scoped);
        }
        fn unlimited() -> Self {
            Self::UNLIMITED
        }
    };
    fallback Fallback;
}

/// Where a site stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Source {
    module: &'static str,
    function: &'static str,
    pub(crate) location: &'static Location<'static>,
}

impl Source {
    /// The caller's place in the user's code.
    #[must_use]
    #[track_caller]
    pub const fn new(module: &'static str, function: &'static str) -> Self {
        Self { module, function, location: Location::caller() }
    }

    /// The name of a policy that was given none.
    pub(crate) fn default_name(&self) -> String {
        format!("{}::{}", self.module, self.function)
    }
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({}::{})", self.location, self.module, self.function)
    }
}

/// A place in the user's code where a policy stands.
pub struct Site<C: Policy> {
    name: Option<&'static str>,
    config: C,
    source: Source,
    core: OnceRef<'static, C::Core>,
}

impl<C: Policy> Site<C> {
    /// A site whose policy is not yet found.
    #[must_use]
    pub const fn new(name: Option<&'static str>, config: C, source: Source) -> Self {
        Self { name, config, source, core: OnceRef::new() }
    }

    /// The same of a policy that is called by its function's name, at the caller's place in the user's code. Every call is work
    /// for the compiler, at each site.
    #[must_use]
    #[track_caller]
    pub const fn unnamed(config: C, module: &'static str, function: &'static str) -> Self {
        Self { name: None, config, source: Source::new(module, function), core: OnceRef::new() }
    }

    #[inline]
    pub(super) fn core(&'static self) -> &'static C::Core {
        if !testing::is_any()
            && let Some(core) = self.core.get()
        {
            return core;
        }
        cold_path();
        self.find()
    }

    /// The policy of the process-wide registry, if it is found.
    #[inline]
    pub(super) fn found(&'static self) -> Option<&'static C::Core> {
        self.core.get()
    }

    #[cold]
    #[inline(never)]
    pub(super) fn find(&'static self) -> &'static C::Core {
        match testing::current() {
            Some(registry) => registry.join(self),
            None => self.core.get_or_init(|| registry::global().join(self)),
        }
    }

    pub(crate) const fn parts(&'static self) -> (Option<&'static str>, &'static C, &'static Source) {
        (self.name, &self.config, &self.source)
    }

    /// What tells this site from every other one.
    pub(crate) fn address(&'static self) -> usize {
        std::ptr::from_ref(self).addr()
    }
}

impl<C: Policy<Core: Machine>> Site<C> {
    /// The instance of a key, which every attempt of a call asks.
    pub fn key(&'static self, key: impl AsRef<str>) -> Instance<&'static C::Core> {
        Instance::of(self.core(), key.as_ref())
    }
}

impl Site<circuit_breaker::Config> {
    // Breakers of the process-wide registry say themselves that a test scope exists, in the word that is read anyway.
    #[inline]
    fn admission(&'static self) -> Result<Admission<'static>, Refusal> {
        if let Some(core) = self.core.get()
            && let Some(admission) = core.admit_shortly()
        {
            return Ok(admission);
        }
        cold_path();
        self.admission_otherwise()
    }

    /// The same where the short way is not open, or was not tried.
    #[cold]
    #[inline(never)]
    pub(super) fn admission_otherwise(&'static self) -> Result<Admission<'static>, Refusal> {
        if let Some(core) = self.core.get()
            && let Some(refusal) = core.refuse_shortly()
        {
            return Err(refusal);
        }
        self.admission_slowly()
    }

    #[cold]
    #[inline(never)]
    fn admission_slowly(&'static self) -> Result<Admission<'static>, Refusal> {
        if !testing::is_any()
            && let Some(core) = self.core.get()
        {
            return core.admit_slowly();
        }
        self.find().admit()
    }

    /// May a call of a sync stack go ahead?
    ///
    /// # Errors
    ///
    /// The refusal.
    #[inline]
    pub fn admit(&'static self) -> Result<Permit<'static>, Refusal> {
        match self.admission() {
            Ok(admission) => Ok(Permit::new(admission)),
            Err(refusal) => Err(refusal),
        }
    }

    /// May a call of an async stack go ahead?
    ///
    /// # Errors
    ///
    /// The refusal.
    #[inline]
    pub fn admit_async(&'static self) -> Result<AsyncPermit<'static>, Refusal> {
        match self.admission() {
            Ok(admission) => Ok(AsyncPermit::new(admission)),
            Err(refusal) => Err(refusal),
        }
    }
}

impl Site<rate_limit::Config> {
    /// A permit; blocks while that is allowed.
    ///
    /// # Errors
    ///
    /// The refusal.
    #[inline]
    pub fn pass(&'static self) -> Result<(), Refusal> {
        match self.core().pass() {
            Ok(()) => Ok(()),
            Err(rejected) => Err(rejected.into()),
        }
    }

    /// A permit, if one is there.
    ///
    /// # Errors
    ///
    /// Whom to ask later.
    #[inline]
    pub fn try_pass(&'static self) -> Result<(), rate_limit::Later<'static>> {
        self.core().try_pass()
    }
}

/// The refusal in registers, for a function that knows nothing of the error.
#[inline]
fn refusal<E>(failure: &Failure<E>) -> Option<Refusal> {
    failure.rejected().map(|rejected| Refusal::from(*rejected))
}

impl Site<fallback::Config> {
    /// Whether the first tier is to run.
    #[inline]
    pub fn stands_in<E>(&'static self, failure: &Failure<E>) -> bool {
        self.stands_in_after(refusal(failure), false)
    }

    /// The same where a refusal could not go on.
    #[inline]
    pub fn stands_in_as_last_resort<E>(&'static self, failure: &Failure<E>) -> bool {
        self.stands_in_after(refusal(failure), true)
    }

    #[cold]
    #[inline(never)]
    fn stands_in_after(&'static self, refused: Option<Refusal>, is_last_resort: bool) -> bool {
        let core = self.core();
        let stands_in = is_last_resort && refused.is_some() || core.is_enabled();
        if stands_in {
            core.used(refused.map(Rejected::from).as_ref());
        }
        stands_in
    }

    /// The last tier failed.
    pub fn failed(&'static self) {
        self.core().failed();
    }
}
