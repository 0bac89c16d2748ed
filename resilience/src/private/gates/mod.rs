//! Policies that stand one above the other and each let an async call in, as one.
//!
//! A function that asked them one after the other would have a guard for each, and room for each one's wait. Together they
//! are asked by one call, hold what they gave in one [`Guard`], and wait in one [`Entering`].

mod entering;
mod guard;

pub use entering::Entering;
use entering::Waiting;
pub use guard::Guard;

use super::{OptionalSite, Site};
use crate::{bulkhead, circuit_breaker, rate_limit, rejected::Refusal, retry::Attempts, testing};

/// Sites that stand one above the other: a site, or a pair of the outermost and all others.
pub trait Gates: Sync + 'static {
    /// Passes those that let a call in at once, outermost first.
    ///
    /// # Errors
    ///
    /// The number of the first that did not, to be asked again. It has counted and told nothing.
    fn pass_shortly(&'static self, guard: &mut Guard) -> Result<(), usize>;

    /// One of them, by its number; `None` behind the last.
    fn gate(&'static self, number: usize) -> Option<Gate>;
}

/// One policy that lets calls in, or refuses them.
pub enum Gate {
    /// A preset might have had it.
    Missing,
    /// The same of a breaker, to which the body of an async stack leaves a mark when it unwinds.
    MissingBreaker,
    CircuitBreaker(&'static Site<circuit_breaker::Config>),
    RateLimit(&'static Site<rate_limit::Config>),
    Bulkhead(&'static Site<bulkhead::Config>),
}

impl Gate {
    /// Lets the call in, refuses it, or says what to wait for.
    fn ask(self, guard: &mut Guard) -> Result<Option<Waiting>, Refusal> {
        match self {
            Self::Missing => {}
            Self::MissingBreaker => guard.miss_breaker(),
            Self::CircuitBreaker(site) => guard.admit(site.admission_otherwise()?),
            Self::RateLimit(site) => {
                if let Err(later) = site.try_pass() {
                    return Ok(Some(Waiting::Passing(later.passing())));
                }
            }
            Self::Bulkhead(site) => match site.ask() {
                bulkhead::Answer::Place(place) => guard.put(place),
                bulkhead::Answer::Full(full) => return Err(full.refusal()),
                bulkhead::Answer::Later(later) => return Ok(Some(Waiting::Placing(later.queueing()))),
            },
        }
        Ok(None)
    }
}

/// Enters all of them, if that takes no longer than a look. Otherwise the rest of the way is `ask_again`, then `entering`.
#[inline]
pub fn enter<G: Gates>(gates: &'static G, guard: &mut Guard) -> bool {
    match gates.pass_shortly(guard) {
        Ok(()) => true,
        Err(next) => {
            guard.next = next;
            false
        }
    }
}

/// The same before each attempt of a retry that stands right above them: what it waits between two attempts comes first.
#[inline]
pub fn enter_after<G: Gates>(gates: &'static G, guard: &mut Guard, attempts: &Attempts<'static>) -> bool {
    let wait = attempts.wait();
    if wait.is_none() {
        return enter(gates, guard);
    }
    guard.pause(attempts, wait);
    false
}

/// Asks the gate that did not let the call in at once, if it makes nobody wait.
///
/// An open breaker is most often the only one to say anything, and a future takes longer than its refusal.
///
/// # Errors
///
/// The refusal. Otherwise the rest of the way is `entering`.
#[cold]
#[inline(never)]
pub fn ask_again<G: Gates>(gates: &'static G, guard: &mut Guard) -> Result<(), Refusal> {
    if guard.waiting.is_none()
        && let Some(Gate::CircuitBreaker(site)) = gates.gate(guard.next)
    {
        guard.next += 1;
        match site.admission_otherwise() {
            Ok(admission) => guard.admit(admission),
            Err(refusal) => {
                guard.refused(refusal);
                return Err(refusal);
            }
        }
    }
    Ok(())
}

/// The rest of the way in.
#[inline]
pub const fn entering<'g, G: Gates>(gates: &'static G, guard: &'g mut Guard) -> Entering<'g> {
    Entering::new(gates, guard)
}

impl<A: Gates, B: Gates> Gates for (A, B) {
    #[inline]
    fn pass_shortly(&'static self, guard: &mut Guard) -> Result<(), usize> {
        self.0.pass_shortly(guard)?;
        self.1.pass_shortly(guard).map_err(|number| number + 1)
    }

    fn gate(&'static self, number: usize) -> Option<Gate> {
        match number.checked_sub(1) {
            None => self.0.gate(0),
            Some(inside) => self.1.gate(inside),
        }
    }
}

impl Gates for Site<circuit_breaker::Config> {
    #[inline]
    fn pass_shortly(&'static self, guard: &mut Guard) -> Result<(), usize> {
        let admission = self.found().and_then(circuit_breaker::Core::admit_shortly);
        guard.admit(admission.ok_or(0usize)?);
        Ok(())
    }

    fn gate(&'static self, number: usize) -> Option<Gate> {
        (number == 0).then_some(Gate::CircuitBreaker(self))
    }
}

impl Gates for Site<rate_limit::Config> {
    #[inline]
    fn pass_shortly(&'static self, _: &mut Guard) -> Result<(), usize> {
        match self.found() {
            Some(core) if !testing::is_any() && core.take_granted() => Ok(()),
            _ => Err(0),
        }
    }

    fn gate(&'static self, number: usize) -> Option<Gate> {
        (number == 0).then_some(Gate::RateLimit(self))
    }
}

impl Gates for Site<bulkhead::Config> {
    #[inline]
    fn pass_shortly(&'static self, guard: &mut Guard) -> Result<(), usize> {
        let place = self.found().and_then(bulkhead::Core::place_shortly);
        guard.put(place.ok_or(0usize)?);
        Ok(())
    }

    fn gate(&'static self, number: usize) -> Option<Gate> {
        (number == 0).then_some(Gate::Bulkhead(self))
    }
}

impl Gates for OptionalSite<circuit_breaker::Config> {
    #[inline]
    fn pass_shortly(&'static self, guard: &mut Guard) -> Result<(), usize> {
        let Some(site) = self.site() else {
            guard.miss_breaker();
            return Ok(());
        };
        site.pass_shortly(guard)
    }

    fn gate(&'static self, number: usize) -> Option<Gate> {
        (number == 0).then(|| self.site().map_or(Gate::MissingBreaker, Gate::CircuitBreaker))
    }
}

macro_rules! optional {
    ($($kind:ident $module:ident)*) => {$(
        impl Gates for OptionalSite<$module::Config> {
            #[inline]
            fn pass_shortly(&'static self, guard: &mut Guard) -> Result<(), usize> {
                self.site().map_or(Ok(()), |site| site.pass_shortly(guard))
            }

            fn gate(&'static self, number: usize) -> Option<Gate> {
                (number == 0).then(|| self.site().map_or(Gate::Missing, Gate::$kind))
            }
        }
    )*};
}

optional! { RateLimit rate_limit Bulkhead bulkhead }
