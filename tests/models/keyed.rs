//! The breaker of a key against a breaker of its own, step by step: whatever a key is made of, nobody can tell.

use std::time::Duration;

use proptest::{collection::vec, option, prelude::*, sample::select};
use resilience::{
    CircuitBreaker, Keyed, ManualClock,
    circuit_breaker::{Config, Initial, KeyPermit, Permit, Snapshot, Window},
};

const MS: Duration = Duration::from_millis(1);
const KEYS: [&str; 3] = ["a", "b", "c"];

#[derive(Clone, Copy, Debug)]
enum End {
    Success,
    Failure,
    Ignored,
    Dropped,
}

#[derive(Clone, Debug)]
enum Step {
    Advance(Duration),
    /// A call of a key that takes so long.
    Call(usize, End, Duration),
    Begin(usize),
    End(usize, End),
    /// Of one key, or of all through the policy.
    Ask(Option<usize>, Order),
    Reconfigure(Box<Config>),
}

#[derive(Clone, Copy, Debug)]
enum Order {
    Close,
    Reset,
    ForceOpen,
    Disable,
    MetricsOnly,
}

/// Mostly successes: a key is compact for a while.
fn end() -> impl Strategy<Value = End> {
    prop_oneof![12 => Just(End::Success), 4 => Just(End::Failure), 1 => Just(End::Ignored), 1 => Just(End::Dropped)]
}

fn time() -> impl Strategy<Value = Duration> {
    prop_oneof![
        6 => Just(Duration::ZERO),
        4 => (1..15_u32).prop_map(|ms| ms * MS),
        2 => (1..250_000_000_u64).prop_map(Duration::from_nanos),
        1 => Just(Duration::from_secs(1000)),
    ]
}

fn order() -> impl Strategy<Value = Order> {
    select(vec![Order::Close, Order::Reset, Order::ForceOpen, Order::Disable, Order::MetricsOnly])
}

fn calls() -> impl Strategy<Value = Step> {
    let key = || 0..KEYS.len();
    prop_oneof![
        4 => time().prop_map(Step::Advance),
        16 => (key(), end(), time()).prop_map(|(key, end, time)| Step::Call(key, end, time)),
        2 => key().prop_map(Step::Begin),
        2 => (0..1000_usize, end()).prop_map(|(at, end)| Step::End(at, end)),
    ]
}

fn controlled() -> impl Strategy<Value = Step> {
    prop_oneof![
        30 => calls(),
        1 => (option::of(0..KEYS.len()), order()).prop_map(|(key, order)| Step::Ask(key, order)),
        1 => config().prop_map(|config| Step::Reconfigure(Box::new(config))),
    ]
}

fn rates() -> impl Strategy<Value = f64> {
    select(vec![0.1, 0.25, 0.5, 0.9, 1.0])
}

fn config() -> impl Strategy<Value = Config> {
    let window = prop_oneof![
        2 => Just(None),
        3 => (1..15_u32).prop_map(|calls| Some(Window::Calls(calls))),
        3 => select(vec![10 * MS, 15 * MS, 100 * MS, 101 * MS]).prop_map(|time| Some(Window::Time(time))),
    ];
    let rules = (
        option::of(1..6_u32),
        option::of(1..4_u32),
        option::of(rates()),
        option::of(rates()),
        option::of(1..8_u32),
        any::<bool>(),
    );
    let latency = prop_oneof![4 => Just(false), 1 => Just(true)];
    (rules, window, 1..60_u32, 1..4_u32, option::of(select(vec![200 * MS, 500 * MS])), latency)
        .prop_map(
            |(
                (threshold, count, rate, slow_rate, min_calls, slow),
                window,
                open,
                half_open,
                reset,
                latency,
            )| {
                let mut config =
                    Config::new().open_for(open * MS).half_open(half_open).half_open_for(20 * MS);
                if let Some(threshold) = threshold {
                    config = config.threshold(threshold);
                }
                if let Some(count) = count {
                    config = config.failure_count(count);
                }
                if let Some(rate) = rate {
                    config = config.failure_rate(rate);
                }
                if let Some(rate) = slow_rate {
                    config = config.slow_call(10 * MS).slow_rate(rate);
                } else if slow {
                    config = config.slow_call(10 * MS);
                }
                if let (Some(calls), true) = (min_calls, rate.is_some() || slow_rate.is_some()) {
                    config = config.min_calls(calls);
                }
                if let (Some(window), true) =
                    (window, count.is_some() || rate.is_some() || slow_rate.is_some())
                {
                    config = config.window(window);
                }
                config = config.latency(latency);
                reset.map_or(config, |time| config.reset_after(time))
            },
        )
        .prop_filter("contradicts itself", |config| config.validate().is_ok())
}

struct Pair<'a> {
    clock: &'a ManualClock,
    keyed: &'a Keyed<CircuitBreaker>,
    alone: &'a [CircuitBreaker; KEYS.len()],
    held: Vec<(KeyPermit, Permit<'a>)>,
    /// Somebody asked something of all keys at once, which the history of a key with nothing but successes leaves to that
    /// of the policy.
    has_asked_all: bool,
}

fn finish((of_key, alone): (KeyPermit, Permit<'_>), end: End) {
    match end {
        End::Success => (of_key.success(), alone.success()),
        End::Failure => (of_key.failure(), alone.failure()),
        End::Ignored => (of_key.ignore(), alone.ignore()),
        End::Dropped => (drop(of_key), drop(alone)),
    };
}

fn ask(order: Order, breaker: &CircuitBreaker) {
    match order {
        Order::Close => breaker.close(),
        Order::Reset => breaker.reset(),
        Order::ForceOpen => breaker.force_open(),
        Order::Disable => breaker.disable(),
        Order::MetricsOnly => breaker.metrics_only(),
    }
}

impl<'a> Pair<'a> {
    fn begin(&self, key: usize) -> Result<Option<(KeyPermit, Permit<'a>)>, TestCaseError> {
        let (of_key, alone) = (self.keyed.acquire(KEYS[key]), self.alone[key].acquire());
        match (of_key, alone) {
            (Ok(of_key), Ok(alone)) => Ok(Some((of_key, alone))),
            (Err(of_key), Err(alone)) => {
                prop_assert_eq!(of_key, alone, "refusal");
                Ok(None)
            }
            (of_key, alone) => {
                let admitted = (of_key.is_ok(), alone.is_ok());
                Err(TestCaseError::fail(format!("admission of the key and of its twin: {admitted:?}")))
            }
        }
    }

    fn step(&mut self, step: &Step) -> Result<(), TestCaseError> {
        match *step {
            Step::Advance(time) => self.clock.advance(time),
            Step::Call(key, end, time) => {
                if let Some(permits) = self.begin(key)? {
                    self.clock.advance(time);
                    finish(permits, end);
                }
            }
            Step::Begin(key) => {
                let begun = self.begin(key)?;
                self.held.extend(begun);
            }
            Step::End(at, end) if !self.held.is_empty() => {
                let permits = self.held.remove(at % self.held.len());
                finish(permits, end);
            }
            Step::End(..) => {}
            Step::Ask(Some(key), order) => {
                let handle = self.keyed.get(KEYS[key]).expect("every key was made");
                match order {
                    Order::Close => handle.close(),
                    Order::Reset => handle.reset(),
                    Order::ForceOpen => handle.force_open(),
                    Order::Disable => handle.disable(),
                    Order::MetricsOnly => handle.metrics_only(),
                }
                ask(order, &self.alone[key]);
            }
            Step::Ask(None, order) => {
                self.has_asked_all = true;
                ask(order, self.keyed.policy());
                self.alone.iter().for_each(|breaker| ask(order, breaker));
            }
            Step::Reconfigure(ref config) => {
                self.keyed.policy().reconfigure(**config).unwrap();
                self.alone.iter().for_each(|breaker| breaker.reconfigure(**config).unwrap());
            }
        }
        self.compare()
    }

    fn compare(&self) -> Result<(), TestCaseError> {
        for (key, alone) in KEYS.iter().zip(self.alone) {
            let (mut of_key, mut alone) =
                (self.keyed.get(key).expect("every key was made").snapshot(), alone.snapshot());
            if self.has_asked_all {
                for seen in [&mut of_key, &mut alone] {
                    seen.history.clear();
                    seen.closed = 0;
                }
            }
            prop_assert_eq!(of_key, alone, "{}", key);
        }
        Ok(())
    }
}

fn agree(config: Config, steps: &[Step]) -> Result<(), TestCaseError> {
    let clock = ManualClock::new();
    let breaker = || CircuitBreaker::with_clock("twins", config, clock.clone()).unwrap();
    let (keyed, alone) = (breaker().keyed(), [breaker(), breaker(), breaker()]);
    for key in &KEYS {
        drop(keyed.get_or_add(key));
    }
    let mut pair =
        Pair { clock: &clock, keyed: &keyed, alone: &alone, held: Vec::new(), has_asked_all: false };
    for (number, step) in steps.iter().enumerate() {
        pair.step(step).map_err(|error| TestCaseError::fail(format!("step {number}, {step:?}: {error}")))?;
    }
    let sums = keyed.policy().snapshot();
    let total =
        |figure: fn(&Snapshot) -> u64| alone.iter().map(|breaker| figure(&breaker.snapshot())).sum::<u64>();
    prop_assert_eq!(
        [sums.successes, sums.errors, sums.ignored, sums.cancelled, sums.refused, sums.slow],
        [
            total(|seen| seen.successes),
            total(|seen| seen.errors),
            total(|seen| seen.ignored),
            total(|seen| seen.cancelled),
            total(|seen| seen.refused),
            total(|seen| seen.slow)
        ]
    );
    Ok(())
}

fn many() -> ProptestConfig {
    ProptestConfig { cases: 250, ..ProptestConfig::default() }
}

proptest! {
    #![proptest_config(many())]

    #[test]
    fn the_breaker_of_a_key_is_a_breaker(config in config(), steps in vec(calls(), 1..120)) {
        agree(config, &steps)?;
    }

    #[test]
    fn hands_at_the_controls_find_no_difference(
        config in config(),
        initial in select(vec![Initial::Closed, Initial::Closed, Initial::Disabled, Initial::MetricsOnly, Initial::ForcedOpen]),
        steps in vec(controlled(), 1..120),
    ) {
        agree(config.initial(initial), &steps)?;
    }
}
