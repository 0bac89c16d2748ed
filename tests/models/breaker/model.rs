//! What DESIGN 2.2 and 2.4 say of a circuit breaker, as slowly and plainly as it can be written down: every outcome is
//! kept in a list, and every question is answered by going through all of it.

use std::time::Duration;

use resilience::circuit_breaker::{Config, Initial, Settings, State, Window};

/// How a call ends.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum End {
    Success,
    Failure,
    Ignored,
    Dropped,
}

/// Leave for one call.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ticket {
    generation: u32,
    /// When it was given, if calls were timed then.
    timed_from: Option<Duration>,
}

struct Outcome {
    at: Duration,
    failed: bool,
    slow: bool,
}

#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Totals {
    pub(super) successes: u64,
    pub(super) errors: u64,
    pub(super) slow: u64,
    pub(super) ignored: u64,
    pub(super) cancelled: u64,
    pub(super) refused: u64,
}

pub(super) struct Model {
    pub(super) settings: Settings,
    pub(super) state: State,
    pub(super) generation: u32,
    pub(super) transitions: u64,
    pub(super) totals: Totals,
    pub(super) would_have_opened: u64,
    would_open: bool,
    /// Outcomes since the window began.
    window: Vec<Outcome>,
    /// Since other settings came, nothing has been judged.
    unjudged: bool,
    judged_bucket: Option<u128>,
    in_a_row: u32,
    failed_at: Duration,
    open_until: Duration,
    taken: u32,
    trial_at: Duration,
    trial_successes: u32,
    trial_failures: u32,
}

impl Model {
    pub(super) fn new(config: Config) -> Self {
        let settings = config.settings();
        Self {
            settings,
            state: match settings.initial {
                Initial::Closed => State::Closed,
                Initial::Disabled => State::Disabled,
                Initial::MetricsOnly => State::MetricsOnly,
                Initial::ForcedOpen => State::ForcedOpen,
            },
            generation: 0,
            transitions: 0,
            totals: Totals::default(),
            would_have_opened: 0,
            would_open: false,
            window: Vec::new(),
            unjudged: false,
            judged_bucket: None,
            in_a_row: 0,
            failed_at: Duration::ZERO,
            open_until: Duration::ZERO,
            taken: 0,
            trial_at: Duration::ZERO,
            trial_successes: 0,
            trial_failures: 0,
        }
    }

    /// `None` if the call is refused.
    pub(super) fn admit(&mut self, now: Duration) -> Option<Ticket> {
        if self.state == State::Open && now >= self.open_until {
            self.go(State::HalfOpen, now);
        }
        if self.state == State::HalfOpen && self.taken >= self.settings.half_open {
            if now - self.trial_at > self.settings.half_open_for {
                self.go(State::HalfOpen, now);
            } else {
                self.totals.refused += 1;
                return None;
            }
        }
        if matches!(self.state, State::Open | State::ForcedOpen) {
            self.totals.refused += 1;
            return None;
        }
        if self.state == State::HalfOpen {
            self.taken += 1;
            self.trial_at = now;
        }
        Some(Ticket { generation: self.generation, timed_from: self.settings.slow_call.map(|_| now) })
    }

    pub(super) fn end(&mut self, ticket: Ticket, end: End, now: Duration) {
        let took_too_long = match (ticket.timed_from, self.settings.slow_call) {
            (Some(from), Some(limit)) => now - from > limit,
            _ => false,
        };
        let slow = took_too_long && matches!(end, End::Success | End::Failure);
        self.totals.slow += u64::from(slow);
        match end {
            End::Success => self.totals.successes += 1,
            End::Failure => self.totals.errors += 1,
            End::Ignored => self.totals.ignored += 1,
            End::Dropped => self.totals.cancelled += 1,
        }
        if ticket.generation != self.generation {
            return;
        }
        match (self.state, end) {
            (State::HalfOpen, End::Ignored | End::Dropped) => self.taken -= 1,
            (State::HalfOpen, End::Success | End::Failure) => {
                let failed = end == End::Failure || slow && self.settings.slow_rate.is_some();
                self.end_trial(failed, now);
            }
            (_, End::Success) => self.count(false, slow, now),
            (_, End::Failure) => self.count(true, slow, now),
            (_, End::Ignored | End::Dropped) => {}
        }
    }

    fn end_trial(&mut self, failed: bool, now: Duration) {
        *(if failed { &mut self.trial_failures } else { &mut self.trial_successes }) += 1;
        let spare = self.settings.half_open.saturating_sub(self.settings.success_threshold);
        if self.trial_successes >= self.settings.success_threshold {
            self.go(State::Closed, now);
        } else if self.trial_failures > spare {
            self.go(State::Open, now);
        }
    }

    fn count(&mut self, failed: bool, slow: bool, now: Duration) {
        let mut row_is_full = false;
        if !failed {
            self.in_a_row = 0;
        } else if let Some(threshold) = self.settings.threshold {
            self.in_a_row = self.consecutive(now) + 1;
            self.failed_at = now;
            row_is_full = match self.state {
                State::Disabled => false,
                State::MetricsOnly => self.in_a_row == threshold,
                _ => self.in_a_row >= threshold,
            };
        }
        let calls_before = self.held(now).0;
        if self.settings.window.is_some() {
            self.window.push(Outcome { at: now, failed, slow });
        }
        if row_is_full {
            self.trip(now, true);
            return;
        }
        if self.settings.window.is_none() {
            return;
        }
        let rated = self.settings.failure_rate.is_some() || self.settings.slow_rate.is_some();
        let least = u64::from(self.settings.min_calls);
        let reaches_min_calls = rated && calls_before < least && self.held(now).0 >= least;
        let first_of_bucket = self.bucket(now).is_some() && self.bucket(now) != self.judged_bucket;
        if failed || slow || reaches_min_calls || first_of_bucket || rated && self.unjudged {
            self.unjudged = false;
            self.judged_bucket = self.bucket(now);
            self.judge(now);
        }
    }

    fn judge(&mut self, now: Duration) {
        if self.state == State::Disabled {
            return;
        }
        let (calls, failures, slow) = self.held(now);
        let share = |part: u64| part as f64 / calls as f64;
        let settings = &self.settings;
        let enough = calls >= u64::from(settings.min_calls);
        let broken = settings.failure_count.is_some_and(|most| failures >= u64::from(most))
            || enough && settings.failure_rate.is_some_and(|most| share(failures) >= most)
            || enough && settings.slow_rate.is_some_and(|most| share(slow) >= most);
        if broken {
            self.trip(now, false);
        } else {
            self.would_open = false;
        }
    }

    fn trip(&mut self, now: Duration, because_of_the_row: bool) {
        if self.state != State::MetricsOnly {
            self.go(State::Open, now);
        } else if because_of_the_row || !self.would_open {
            self.would_open |= !because_of_the_row;
            self.would_have_opened += 1;
        }
    }

    pub(super) fn go(&mut self, state: State, now: Duration) {
        self.transitions += u64::from(state != self.state);
        self.state = state;
        self.generation += 1;
        self.window.clear();
        self.would_open = false;
        self.in_a_row = 0;
        (self.taken, self.trial_successes, self.trial_failures) = (0, 0, 0);
        self.trial_at = now;
        if state == State::Open {
            self.open_until = now + self.settings.open_for;
        }
    }

    /// A transition by hand: nothing if it is there.
    pub(super) fn ask(&mut self, state: State, now: Duration) {
        if self.state != state {
            self.go(state, now);
        }
    }

    pub(super) fn reconfigure(&mut self, config: Config) {
        let settings = config.settings();
        if settings.window != self.settings.window || settings.reset_after != self.settings.reset_after {
            self.window.clear();
        }
        self.settings = settings;
        self.unjudged = true;
    }

    pub(super) fn consecutive(&self, now: Duration) -> u32 {
        let counting = matches!(self.state, State::Closed | State::Disabled | State::MetricsOnly);
        let stands = now - self.failed_at <= self.settings.reset_after;
        if counting && stands { self.in_a_row } else { 0 }
    }

    pub(super) fn retry_after(&self, now: Duration) -> Option<Duration> {
        (self.state == State::Open).then(|| self.open_until.saturating_sub(now))
    }

    /// Calls, failures and slow calls in the window.
    pub(super) fn held(&self, now: Duration) -> (u64, u64, u64) {
        let held: Vec<&Outcome> = match self.settings.window {
            None => Vec::new(),
            Some(Window::Calls(calls)) => self.window.iter().rev().take(calls as usize).collect(),
            Some(Window::Time(_)) => {
                let in_window =
                    |outcome: &&Outcome| self.bucket(outcome.at) > self.bucket(now).map(|b| b - 10);
                self.window.iter().filter(in_window).collect()
            }
        };
        let still_counts = |outcome: &&&Outcome| {
            let calls = matches!(self.settings.window, Some(Window::Calls(_)));
            outcome.failed && !(calls && now - outcome.at > self.settings.reset_after)
        };
        (
            held.len() as u64,
            held.iter().filter(still_counts).count() as u64,
            held.iter().filter(|outcome| outcome.slow).count() as u64,
        )
    }

    /// The number of the bucket, ten buckets on, so that ten can be taken away.
    fn bucket(&self, at: Duration) -> Option<u128> {
        match self.settings.window {
            Some(Window::Time(time)) => Some(at.as_nanos() / time.as_nanos().div_ceil(10) + 10),
            _ => None,
        }
    }
}
