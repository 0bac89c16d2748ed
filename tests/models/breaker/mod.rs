//! The circuit breaker against its model, step by step.

mod model;

use std::time::Duration;

use model::{End, Model, Ticket};
use proptest::{collection::vec, option, prelude::*, sample::select};
use resilience::{
    CircuitBreaker, ManualClock,
    circuit_breaker::{Config, Initial, Permit, State, Window},
};

const MS: Duration = Duration::from_millis(1);

#[derive(Clone, Debug)]
enum Step {
    Advance(Duration),
    /// A call that takes so long.
    Call(End, Duration),
    /// A call that begins now and ends later.
    Begin,
    /// The end of one of those.
    End(usize, End),
    Close,
    Reset,
    ForceOpen,
    Disable,
    MetricsOnly,
    Reconfigure(Box<Config>),
}

fn end() -> impl Strategy<Value = End> {
    prop_oneof![4 => Just(End::Success), 4 => Just(End::Failure), 1 => Just(End::Ignored), 1 => Just(End::Dropped)]
}

/// Mostly nothing, often a little, sometimes exactly a limit that a config has, and now and then a long time.
fn time() -> impl Strategy<Value = Duration> {
    prop_oneof![
        6 => Just(Duration::ZERO),
        4 => (1..15_u32).prop_map(|ms| ms * MS),
        2 => select(vec![10 * MS, 20 * MS, 50 * MS, 10 * MS + Duration::from_nanos(1), 20 * MS - Duration::from_nanos(1)]),
        2 => (1..250_000_000_u64).prop_map(Duration::from_nanos),
        1 => Just(Duration::from_secs(1000)),
    ]
}

/// Calls only.
fn calls() -> impl Strategy<Value = Step> {
    prop_oneof![
        5 => time().prop_map(Step::Advance),
        12 => (end(), time()).prop_map(|(end, time)| Step::Call(end, time)),
        2 => Just(Step::Begin),
        2 => (any::<prop::sample::Index>(), end()).prop_map(|(at, end)| Step::End(at.index(1000), end)),
    ]
}

/// Calls, and somebody at the controls.
fn controlled(config: impl Strategy<Value = Config>) -> impl Strategy<Value = Step> {
    prop_oneof![
        20 => calls(),
        1 => Just(Step::Close),
        1 => Just(Step::Reset),
        1 => Just(Step::ForceOpen),
        1 => Just(Step::Disable),
        1 => Just(Step::MetricsOnly),
        2 => config.prop_map(|config| Step::Reconfigure(Box::new(config))),
    ]
}

/// How it recovers: short times, few places.
fn recovery() -> impl Strategy<Value = Config> {
    (
        1..60_u32,
        1..5_u32,
        1..5_u32,
        select(vec![10 * MS, 20 * MS, 50 * MS]),
        option::of(select(vec![20 * MS, 50 * MS, 200 * MS])),
    )
        .prop_map(|(open_for, half_open, needed, half_open_for, reset_after)| {
            let config = Config::new()
                .open_for(open_for * MS)
                .half_open(half_open)
                .success_threshold(needed.min(half_open))
                .half_open_for(half_open_for);
            reset_after.map_or(config, |time| config.reset_after(time))
        })
}

fn consecutive() -> impl Strategy<Value = Config> {
    (recovery(), 1..6_u32).prop_map(|(config, threshold)| config.threshold(threshold))
}

fn rates() -> impl Strategy<Value = f64> {
    select(vec![0.1, 0.25, 1.0 / 3.0, 0.5, 0.6, 0.75, 0.9, 1.0])
}

/// Rules over a window.
fn windowed(window: impl Strategy<Value = Window>) -> impl Strategy<Value = Config> {
    let rules = (option::of(1..6_u32), option::of(rates()), option::of(rates()), option::of(1..8_u32));
    (recovery(), window, rules)
        .prop_map(|(config, window, (count, failure_rate, slow_rate, min_calls))| {
            let mut config = config.window(window);
            if let Some(count) = count {
                config = config.failure_count(count);
            }
            if let Some(rate) = failure_rate {
                config = config.failure_rate(rate);
            }
            if let Some(rate) = slow_rate {
                config = config.slow_call(10 * MS).slow_rate(rate);
            }
            match min_calls {
                Some(calls) if failure_rate.is_some() || slow_rate.is_some() => config.min_calls(calls),
                _ => config,
            }
        })
        .prop_filter("contradicts itself", |config| config.validate().is_ok())
}

fn last_calls() -> impl Strategy<Value = Config> {
    windowed((1..15_u32).prop_map(Window::Calls))
}

fn last_time() -> impl Strategy<Value = Config> {
    windowed(select(vec![10 * MS, 15 * MS, 20 * MS, 100 * MS, 101 * MS]).prop_map(Window::Time))
}

fn slow() -> impl Strategy<Value = Config> {
    (recovery(), rates(), 1..8_u32)
        .prop_map(|(config, rate, min_calls)| config.slow_call(10 * MS).slow_rate(rate).min_calls(min_calls))
}

/// Everything at once, from any state.
fn anything() -> impl Strategy<Value = Config> {
    let initial = select(vec![
        Initial::Closed,
        Initial::Closed,
        Initial::Disabled,
        Initial::MetricsOnly,
        Initial::ForcedOpen,
    ]);
    let rules = prop_oneof![consecutive(), last_calls(), last_time(), slow()];
    (rules, option::of(1..6_u32), option::of(Just(10 * MS)), initial).prop_map(
        |(rules, threshold, slow_call, initial)| {
            let mut config = rules.initial(initial);
            if let Some(threshold) = threshold {
                config = config.threshold(threshold);
            }
            match slow_call {
                Some(limit) => config.slow_call(limit),
                None => config,
            }
        },
    )
}

struct Pair<'a> {
    breaker: &'a CircuitBreaker,
    clock: &'a ManualClock,
    model: Model,
    held: Vec<(Permit<'a>, Ticket)>,
    /// A row and a window that would both have opened it at once: how often that is said is nobody's promise.
    has_both_rules: bool,
}

fn finish(permit: Permit<'_>, end: End) {
    match end {
        End::Success => permit.success(),
        End::Failure => permit.failure(),
        End::Ignored => permit.ignore(),
        End::Dropped => drop(permit),
    }
}

impl<'a> Pair<'a> {
    fn begin(&mut self) -> Result<Option<(Permit<'a>, Ticket)>, TestCaseError> {
        let ticket = self.model.admit(self.clock.elapsed());
        let permit = self.breaker.acquire();
        prop_assert_eq!(permit.is_ok(), ticket.is_some(), "admission");
        Ok(permit.ok().zip(ticket))
    }

    fn step(&mut self, step: &Step) -> Result<(), TestCaseError> {
        let now = self.clock.elapsed();
        match *step {
            Step::Advance(time) => self.clock.advance(time),
            Step::Call(end, time) => {
                if let Some((permit, ticket)) = self.begin()? {
                    self.clock.advance(time);
                    self.model.end(ticket, end, now + time);
                    finish(permit, end);
                }
            }
            Step::Begin => {
                let begun = self.begin()?;
                self.held.extend(begun);
            }
            Step::End(at, end) if !self.held.is_empty() => {
                let (permit, ticket) = self.held.remove(at % self.held.len());
                self.model.end(ticket, end, now);
                finish(permit, end);
            }
            Step::End(..) => {}
            Step::Close => {
                self.model.ask(State::Closed, now);
                self.breaker.close();
            }
            Step::Reset => {
                self.model.go(State::Closed, now);
                self.breaker.reset();
            }
            Step::ForceOpen => {
                self.model.ask(State::ForcedOpen, now);
                self.breaker.force_open();
            }
            Step::Disable => {
                self.model.ask(State::Disabled, now);
                self.breaker.disable();
            }
            Step::MetricsOnly => {
                self.model.ask(State::MetricsOnly, now);
                self.breaker.metrics_only();
            }
            Step::Reconfigure(ref config) => {
                self.model.reconfigure(**config);
                self.breaker.reconfigure(**config).unwrap();
                let settings = self.model.settings;
                self.has_both_rules |= settings.threshold.is_some() && settings.window.is_some();
            }
        }
        self.compare()
    }

    fn compare(&self) -> Result<(), TestCaseError> {
        let (seen, model, now) = (self.breaker.snapshot(), &self.model, self.clock.elapsed());
        prop_assert_eq!(seen.state, model.state);
        prop_assert_eq!((seen.generation, seen.transitions), (model.generation, model.transitions));
        prop_assert_eq!(
            (seen.window.calls, seen.window.failures, seen.window.slow),
            model.held(now),
            "window"
        );
        prop_assert_eq!(seen.consecutive_failures, model.consecutive(now), "in a row");
        prop_assert_eq!(seen.retry_after, model.retry_after(now));
        let totals = model::Totals {
            successes: seen.successes,
            errors: seen.errors,
            slow: seen.slow,
            ignored: seen.ignored,
            cancelled: seen.cancelled,
            refused: seen.refused,
        };
        prop_assert_eq!(totals, model.totals);
        if !self.has_both_rules {
            prop_assert_eq!(seen.would_have_opened, model.would_have_opened, "would have opened");
        }
        Ok(())
    }
}

fn agree(config: Config, steps: &[Step]) -> Result<(), TestCaseError> {
    let clock = ManualClock::new();
    let breaker = CircuitBreaker::with_clock("stock", config, clock.clone()).unwrap();
    let model = Model::new(config);
    let settings = model.settings;
    let has_both_rules = settings.threshold.is_some() && settings.window.is_some();
    let mut pair = Pair { breaker: &breaker, clock: &clock, model, held: Vec::new(), has_both_rules };
    for (number, step) in steps.iter().enumerate() {
        pair.step(step).map_err(|error| TestCaseError::fail(format!("step {number}, {step:?}: {error}")))?;
    }
    Ok(())
}

fn many() -> ProptestConfig {
    ProptestConfig { cases: 400, ..ProptestConfig::default() }
}

proptest! {
    #![proptest_config(many())]

    #[test]
    fn failures_in_a_row_agree_with_the_model(config in consecutive(), steps in vec(calls(), 1..120)) {
        agree(config, &steps)?;
    }

    #[test]
    fn a_window_in_calls_agrees_with_the_model(config in last_calls(), steps in vec(calls(), 1..120)) {
        agree(config, &steps)?;
    }

    #[test]
    fn a_window_in_time_agrees_with_the_model(config in last_time(), steps in vec(calls(), 1..120)) {
        agree(config, &steps)?;
    }

    #[test]
    fn slow_calls_agree_with_the_model(config in slow(), steps in vec(calls(), 1..120)) {
        agree(config, &steps)?;
    }

    #[test]
    fn everything_at_once_agrees_with_the_model(config in anything(), steps in vec(calls(), 1..150)) {
        agree(config, &steps)?;
    }

    #[test]
    fn controls_by_hand_agree_with_the_model(config in anything(), steps in vec(controlled(anything()), 1..150)) {
        agree(config, &steps)?;
    }

    /// A circuit that opens at once and recovers at once spends its life half-open.
    #[test]
    fn half_open_rounds_agree_with_the_model(
        config in recovery().prop_map(|config| config.threshold(1).open_for(MS)),
        steps in vec(prop_oneof![6 => calls(), 3 => Just(Step::Begin), 1 => Just(Step::Reset)], 1..200),
    ) {
        agree(config, &steps)?;
    }
}
