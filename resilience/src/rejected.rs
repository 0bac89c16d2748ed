use std::{error::Error, fmt, time::Duration};

use crate::{clock::Nanos, name::Name};

/// The kind of a policy: the first half of the pair (kind, name) under which a registry keeps it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[cfg_attr(feature = "serde", derive(serde::Serialize), serde(rename_all = "snake_case"))]
#[non_exhaustive]
pub enum PolicyKind {
    /// [`CircuitBreaker`](crate::CircuitBreaker)
    CircuitBreaker,
    /// [`Retry`](crate::Retry)
    Retry,
    /// [`Bulkhead`](crate::Bulkhead)
    Bulkhead,
    /// [`RateLimit`](crate::RateLimit)
    RateLimit,
    /// [`Timeout`](crate::Timeout)
    Timeout,
    /// [`Fallback`](crate::Fallback)
    Fallback,
}

impl PolicyKind {
    /// The attribute's name: `circuit_breaker`, `retry`, ...
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::CircuitBreaker => "circuit_breaker",
            Self::Retry => "retry",
            Self::Bulkhead => "bulkhead",
            Self::RateLimit => "rate_limit",
            Self::Timeout => "timeout",
            Self::Fallback => "fallback",
        }
    }
}

impl fmt::Display for PolicyKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// Why a policy refused a call.
// As wide as the number beside it in `Rejected`, which then has no padding: it moves in whole registers.
#[repr(u32)]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize), serde(rename_all = "snake_case"))]
#[non_exhaustive]
pub enum Reason {
    /// The circuit breaker is open: the dependency failed too often.
    CircuitOpen,
    /// The circuit breaker is half-open and every trial place is taken.
    TrialsTaken,
    /// Somebody forced the circuit breaker open; it stays so until told otherwise.
    ForcedOpen,
    /// Every place of the bulkhead is taken, and waiting is not allowed.
    BulkheadFull,
    /// Every place of the bulkhead is taken, and so is every place in its queue.
    QueueFull,
    /// No place of the bulkhead came free within `max_wait`.
    WaitedTooLong,
    /// The rate limit has no permit that would come within `max_wait`.
    RateLimited,
    /// The call took longer than its timeout and was dropped.
    TimedOut,
    /// A blocking call through a [`Pipeline`](crate::Pipeline) with a timeout, which could not stop it. It was not made:
    /// call asynchronously, or go without the timeout.
    NeedsAsync,
}

impl Reason {
    /// The kind of policy that refuses for this reason.
    #[must_use]
    pub const fn policy(self) -> PolicyKind {
        match self {
            Self::CircuitOpen | Self::TrialsTaken | Self::ForcedOpen => PolicyKind::CircuitBreaker,
            Self::BulkheadFull | Self::QueueFull | Self::WaitedTooLong => PolicyKind::Bulkhead,
            Self::RateLimited => PolicyKind::RateLimit,
            Self::TimedOut | Self::NeedsAsync => PolicyKind::Timeout,
        }
    }

    /// A stable name for logs and labels, `circuit_open` for example.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::CircuitOpen => "circuit_open",
            Self::TrialsTaken => "trials_taken",
            Self::ForcedOpen => "forced_open",
            Self::BulkheadFull => "bulkhead_full",
            Self::QueueFull => "queue_full",
            Self::WaitedTooLong => "waited_too_long",
            Self::RateLimited => "rate_limited",
            Self::TimedOut => "timed_out",
            Self::NeedsAsync => "needs_async",
        }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// A call that a policy refused: which policy, its name, why, and when it makes sense to try again.
///
/// It is `Copy`, 16 bytes, and allocates nothing. A function guarded by a layer that can refuse needs
/// `From<Rejected>` for its error type:
///
/// ```
/// use resilience::Rejected;
///
/// enum QuoteError {
///     UnknownSymbol,
///     Unavailable(Rejected),
/// }
///
/// impl From<Rejected> for QuoteError {
///     fn from(rejected: Rejected) -> Self {
///         Self::Unavailable(rejected)
///     }
/// }
/// ```
///
/// [`std::io::Error`] and `Box<dyn Error + Send + Sync>` have that conversion already.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Rejected {
    name: Name,
    /// Time until a new try makes sense, rounded up; for a timeout, the limit. `NONE` is "not known".
    millis: u32,
    reason: Reason,
}

const NONE: u32 = u32::MAX;

/// A [`Rejected`] in two whole words. Where it shares a `Result` with a permit, the halves of a word would cut the permit's
/// words into pieces too, which the processor cannot load again until every piece is written.
#[derive(Clone, Copy)]
pub struct Refusal {
    name: Name,
    detail: u64,
}

// The numbers by which a refusal is read back. What needs an async call is never refused by a policy itself.
const _: () = assert!(
    Reason::CircuitOpen as u32 == 0
        && Reason::TrialsTaken as u32 == 1
        && Reason::ForcedOpen as u32 == 2
        && Reason::BulkheadFull as u32 == 3
        && Reason::QueueFull as u32 == 4
        && Reason::WaitedTooLong as u32 == 5
        && Reason::RateLimited as u32 == 6
        && Reason::TimedOut as u32 == 7
);

impl Refusal {
    #[inline]
    pub(crate) fn after(name: Name, reason: Reason, wait: Nanos) -> Self {
        Rejected::after_nanos(name, reason, wait).into()
    }
}

impl From<Rejected> for Refusal {
    #[inline]
    fn from(rejected: Rejected) -> Self {
        let Rejected { name, millis, reason } = rejected;
        Self { name, detail: (reason as u64) << 32 | u64::from(millis) }
    }
}

impl From<Refusal> for Rejected {
    #[inline]
    fn from(Refusal { name, detail }: Refusal) -> Self {
        let reason = match detail >> 32 {
            0 => Reason::CircuitOpen,
            1 => Reason::TrialsTaken,
            2 => Reason::ForcedOpen,
            3 => Reason::BulkheadFull,
            4 => Reason::QueueFull,
            5 => Reason::WaitedTooLong,
            6 => Reason::RateLimited,
            _ => Reason::TimedOut,
        };
        #[allow(clippy::cast_possible_truncation)] // The lower half.
        Self { name, millis: detail as u32, reason }
    }
}

impl Rejected {
    pub(crate) const fn new(name: Name, reason: Reason) -> Self {
        Self { name, millis: NONE, reason }
    }

    pub(crate) fn after_nanos(name: Name, reason: Reason, wait: Nanos) -> Self {
        let millis = wait.div_ceil(1_000_000);
        Self { name, millis: u32::try_from(millis).unwrap_or(NONE - 1).min(NONE - 1), reason }
    }

    pub(crate) fn after(name: Name, reason: Reason, wait: Duration) -> Self {
        let millis = wait.as_secs().saturating_mul(1000) + u64::from(wait.subsec_nanos().div_ceil(1_000_000));
        Self { name, millis: u32::try_from(millis).unwrap_or(NONE - 1).min(NONE - 1), reason }
    }

    /// The kind of the policy that refused.
    #[must_use]
    pub const fn policy(&self) -> PolicyKind {
        self.reason.policy()
    }

    /// The name of the policy that refused, as the registry lists it.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        self.name.as_str()
    }

    /// Why it refused.
    #[must_use]
    pub const fn reason(&self) -> Reason {
        self.reason
    }

    /// How long until a new try makes sense, in whole milliseconds rounded up.
    ///
    /// `None` where nobody knows: a full bulkhead, a forced-open breaker, a timeout.
    #[must_use]
    pub const fn retry_after(&self) -> Option<Duration> {
        if self.millis == NONE || matches!(self.reason, Reason::TimedOut) {
            None
        } else {
            Some(Duration::from_millis(self.millis as u64))
        }
    }

    /// The limit that a timed-out call exceeded, in whole milliseconds rounded up; `None` for every other reason.
    #[must_use]
    pub const fn limit(&self) -> Option<Duration> {
        if matches!(self.reason, Reason::TimedOut) {
            Some(Duration::from_millis(self.millis as u64))
        } else {
            None
        }
    }

    /// True when the call was dropped by a timeout, false when it never started.
    #[must_use]
    pub const fn is_timeout(&self) -> bool {
        matches!(self.reason, Reason::TimedOut)
    }
}

impl fmt::Debug for Rejected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Rejected")
            .field("policy", &self.policy())
            .field("name", &self.name())
            .field("reason", &self.reason)
            .field("retry_after", &self.retry_after())
            .finish_non_exhaustive()
    }
}

impl fmt::Display for Rejected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = self.name();
        match self.reason {
            Reason::CircuitOpen => write!(f, "circuit breaker `{name}` is open")?,
            Reason::TrialsTaken => {
                write!(f, "circuit breaker `{name}` is half-open and its trial calls are taken")?;
            }
            Reason::ForcedOpen => write!(f, "circuit breaker `{name}` is forced open")?,
            Reason::BulkheadFull => write!(f, "bulkhead `{name}` is full")?,
            Reason::QueueFull => write!(f, "bulkhead `{name}` and its queue are full")?,
            Reason::WaitedTooLong => write!(f, "bulkhead `{name}` had no free place in time")?,
            Reason::RateLimited => write!(f, "rate limit `{name}` is used up")?,
            Reason::TimedOut => {
                let limit = Duration::from_millis(u64::from(self.millis));
                write!(f, "timeout `{name}`: no answer within {limit:?}")?;
            }
            Reason::NeedsAsync => {
                write!(
                    f,
                    "timeout `{name}` cannot stop a blocking call: use `call_async`, or go without it: `without(PolicyKind::Timeout)`"
                )?;
            }
        }
        match self.retry_after() {
            Some(wait) => write!(f, ", try again in {wait:?}"),
            None => Ok(()),
        }
    }
}

impl Error for Rejected {}

impl From<Rejected> for std::io::Error {
    /// `TimedOut` for a timeout, `ConnectionRefused` for a circuit breaker, `ResourceBusy` for a bulkhead or a rate limit.
    fn from(rejected: Rejected) -> Self {
        let kind = match rejected.policy() {
            PolicyKind::Timeout => std::io::ErrorKind::TimedOut,
            PolicyKind::CircuitBreaker => std::io::ErrorKind::ConnectionRefused,
            _ => std::io::ErrorKind::ResourceBusy,
        };
        Self::new(kind, rejected)
    }
}
