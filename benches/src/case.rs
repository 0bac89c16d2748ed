//! What is compared: each case is one situation, and one table of the results.

/// A situation in which a call is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Case {
    /// What the machine itself takes.
    Floor,
    /// A call that succeeds, unguarded.
    Plain,
    /// A call that fails, unguarded.
    PlainFailing,
    /// Two failures and a success in a loop, unguarded.
    PlainThird,
    /// A closed breaker that counts failures in a row.
    Closed,
    /// A closed breaker with a rate over the last hundred calls.
    ClosedCalls,
    /// A closed breaker with a rate over the last ten seconds.
    ClosedTime,
    /// A closed breaker that tells slow calls.
    ClosedSlow,
    /// An open breaker.
    Open,
    /// A failing call behind a closed breaker.
    Failing,
    /// A trial call of a half-open breaker.
    Trial,
    /// A half-open breaker all of whose trial calls are under way.
    TrialsTaken,
    /// A retry whose first attempt succeeds.
    RetryFirst,
    /// A retry that fails twice, then succeeds, without waiting.
    RetryThird,
    /// A rate limit that permits.
    RateLimit,
    /// A rate limit that is used up.
    RateLimitUsed,
    /// A bulkhead with free places.
    Bulkhead,
    /// A full bulkhead.
    BulkheadFull,
    /// A timeout around a future that is ready at once.
    Timeout,
    /// A fallback that is not needed.
    Fallback,
    /// The whole stack, success.
    Stack,
    /// The whole stack, its breaker open, the fallback's value.
    StackOpen,
    /// A breaker that is switched off.
    BreakerOff,
    /// A retry that is switched off.
    RetryOff,
    /// A rate limit that is switched off.
    RateLimitOff,
    /// A bulkhead that is switched off.
    BulkheadOff,
    /// A timeout that is switched off.
    TimeoutOff,
    /// A fallback that is switched off.
    FallbackOff,
}

impl Case {
    /// Every case, in the order of the results.
    pub const ALL: [Self; 28] = [
        Self::Floor,
        Self::Plain,
        Self::PlainFailing,
        Self::PlainThird,
        Self::Closed,
        Self::ClosedCalls,
        Self::ClosedTime,
        Self::ClosedSlow,
        Self::Open,
        Self::Failing,
        Self::Trial,
        Self::TrialsTaken,
        Self::RetryFirst,
        Self::RetryThird,
        Self::RateLimit,
        Self::RateLimitUsed,
        Self::Bulkhead,
        Self::BulkheadFull,
        Self::Timeout,
        Self::Fallback,
        Self::Stack,
        Self::StackOpen,
        Self::BreakerOff,
        Self::RetryOff,
        Self::RateLimitOff,
        Self::BulkheadOff,
        Self::TimeoutOff,
        Self::FallbackOff,
    ];

    /// The case in the name of a row.
    #[must_use]
    pub const fn key(self) -> &'static str {
        match self {
            Self::Floor => "floor",
            Self::Plain => "plain",
            Self::PlainFailing => "plain-failing",
            Self::PlainThird => "plain-third",
            Self::Closed => "closed",
            Self::ClosedCalls => "closed-calls",
            Self::ClosedTime => "closed-time",
            Self::ClosedSlow => "closed-slow",
            Self::Open => "open",
            Self::Failing => "failing",
            Self::Trial => "trial",
            Self::TrialsTaken => "trials-taken",
            Self::RetryFirst => "retry-first",
            Self::RetryThird => "retry-third",
            Self::RateLimit => "rate-limit",
            Self::RateLimitUsed => "rate-limit-used",
            Self::Bulkhead => "bulkhead",
            Self::BulkheadFull => "bulkhead-full",
            Self::Timeout => "timeout",
            Self::Fallback => "fallback",
            Self::Stack => "stack",
            Self::StackOpen => "stack-open",
            Self::BreakerOff => "breaker-off",
            Self::RetryOff => "retry-off",
            Self::RateLimitOff => "rate-limit-off",
            Self::BulkheadOff => "bulkhead-off",
            Self::TimeoutOff => "timeout-off",
            Self::FallbackOff => "fallback-off",
        }
    }

    /// The heading of the table.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Self::Floor => "Floors",
            Self::Plain => "Plain call",
            Self::PlainFailing => "Plain call that fails",
            Self::PlainThird => "Plain loop of two failures and a success",
            Self::Closed => "Closed breaker, consecutive failures",
            Self::ClosedCalls => "Closed breaker, rate over the last 100 calls",
            Self::ClosedTime => "Closed breaker, rate over the last 10 s",
            Self::ClosedSlow => "Closed breaker, slow calls told from 100 ms on",
            Self::Open => "Open breaker, call refused",
            Self::Failing => "Closed breaker, failing call recorded",
            Self::Trial => "Half-open breaker, trial call",
            Self::TrialsTaken => "Half-open breaker, every trial call under way, call refused",
            Self::RetryFirst => "Retry, first attempt succeeds",
            Self::RetryThird => "Retry, two failures then success, no waiting",
            Self::RateLimit => "Rate limit, permitted",
            Self::RateLimitUsed => "Rate limit, used up, call refused",
            Self::Bulkhead => "Bulkhead, place free",
            Self::BulkheadFull => "Bulkhead, full, call refused",
            Self::Timeout => "Timeout, future ready at once",
            Self::Fallback => "Fallback that is not needed",
            Self::Stack => "The whole stack, success",
            Self::StackOpen => "The whole stack, breaker open, the fallback's value",
            Self::BreakerOff => "Breaker switched off",
            Self::RetryOff => "Retry switched off",
            Self::RateLimitOff => "Rate limit switched off",
            Self::BulkheadOff => "Bulkhead switched off, places counted",
            Self::TimeoutOff => "Timeout switched off",
            Self::FallbackOff => "Fallback switched off, not needed",
        }
    }

    /// The same policy switched on, if this is one that is switched off: it may cost no more than that.
    #[must_use]
    pub const fn switched_on(self) -> Option<Self> {
        match self {
            Self::BreakerOff => Some(Self::Closed),
            Self::RetryOff => Some(Self::RetryFirst),
            Self::RateLimitOff => Some(Self::RateLimit),
            Self::BulkheadOff => Some(Self::Bulkhead),
            Self::TimeoutOff => Some(Self::Timeout),
            Self::FallbackOff => Some(Self::Fallback),
            _ => None,
        }
    }

    /// The unguarded call to which this one adds something; none where the guarded function does not run.
    #[must_use]
    pub const fn plain(self) -> Option<Self> {
        match self {
            Self::Failing | Self::Trial => Some(Self::PlainFailing),
            Self::RetryThird => Some(Self::PlainThird),
            Self::Closed
            | Self::ClosedCalls
            | Self::ClosedTime
            | Self::ClosedSlow
            | Self::RetryFirst
            | Self::RateLimit
            | Self::Bulkhead
            | Self::BulkheadFull
            | Self::Timeout
            | Self::Fallback
            | Self::Stack
            | Self::BreakerOff
            | Self::RetryOff
            | Self::RateLimitOff
            | Self::BulkheadOff
            | Self::TimeoutOff
            | Self::FallbackOff => Some(Self::Plain),
            _ => None,
        }
    }
}
