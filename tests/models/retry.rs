//! The retry machine against a schedule worked out by hand: every attempt, delay, hint and limit.

use std::time::Duration;

use proptest::prelude::*;
use resilience::{
    Failure, ManualClock, Retry,
    retry::{Backoff, Config, Jitter},
};

const MS: Duration = Duration::from_millis(1);

#[derive(Clone, Copy, Debug)]
enum Shape {
    Fixed,
    Linear,
    Exponential,
    Fibonacci,
}

/// One attempt: how long it takes, whether its error is worth a repeat, and what the server says about when.
#[derive(Clone, Copy, Debug)]
struct Attempt {
    takes: u64,
    wanted: bool,
    hint: Option<u64>,
}

#[derive(Clone, Copy, Debug)]
struct Settings {
    attempts: u32,
    shape: Shape,
    first: u64,
    cap: u64,
    max_elapsed: Option<u64>,
}

impl Settings {
    fn config(self) -> Config {
        let (first, cap) = (ms(self.first), ms(self.cap));
        let backoff = match self.shape {
            Shape::Fixed => Backoff::fixed(first),
            Shape::Linear => Backoff::linear(first, cap),
            Shape::Exponential => Backoff::exponential(first, cap),
            Shape::Fibonacci => Backoff::fibonacci(first, cap),
        };
        let config = Config::new().attempts(self.attempts).backoff(backoff).jitter(Jitter::None);
        self.max_elapsed.map_or(config, |most| config.max_elapsed(ms(most)))
    }

    /// The delay after the n-th attempt in milliseconds, by the definition of its kind.
    fn delay(self, attempt: u32) -> u64 {
        let computed = match self.shape {
            Shape::Fixed => return self.first,
            Shape::Linear => u128::from(self.first) * u128::from(attempt),
            Shape::Exponential => u128::from(self.first) << (attempt - 1),
            Shape::Fibonacci => {
                let (mut this, mut next) = (1_u128, 1_u128);
                for _ in 1..attempt {
                    (this, next) = (next, this + next);
                }
                u128::from(self.first) * this
            }
        };
        u64::try_from(computed).unwrap_or(u64::MAX).min(self.cap)
    }

    /// What follows from the failure of `attempt` at `elapsed`: wait so long, or give up, used up or not.
    fn verdict(self, number: u32, attempt: Attempt, elapsed: u64) -> Result<u64, bool> {
        if !attempt.wanted {
            return Err(false);
        }
        if number == self.attempts {
            return Err(true);
        }
        let delay = self.delay(number).max(attempt.hint.unwrap_or(0));
        match self.max_elapsed {
            Some(most) if elapsed + delay > most => Err(true),
            _ => Ok(delay),
        }
    }
}

fn ms(millis: u64) -> Duration {
    MS * u32::try_from(millis).expect("a test's duration")
}

fn settings() -> impl Strategy<Value = Settings> {
    let shape = prop_oneof![
        Just(Shape::Fixed),
        Just(Shape::Linear),
        Just(Shape::Exponential),
        Just(Shape::Fibonacci)
    ];
    (1..40_u32, shape, 0..500_u64, 0..5_000_u64, proptest::option::of(0..20_000_u64)).prop_map(
        |(attempts, shape, first, above, limit)| Settings {
            attempts,
            shape,
            first,
            cap: first + above,
            // A limit below the first delay is refused.
            max_elapsed: limit.map(|limit| first + limit + 1),
        },
    )
}

fn attempts() -> impl Strategy<Value = Vec<Attempt>> {
    let attempt =
        (0..200_u64, proptest::bool::weighted(0.95), proptest::option::weighted(0.2, 0..10_000_u64))
            .prop_map(|(takes, wanted, hint)| Attempt { takes, wanted, hint });
    proptest::collection::vec(attempt, 40)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    #[test]
    fn a_retried_call_keeps_the_schedule(settings in settings(), attempts in attempts()) {
        let clock = ManualClock::new();
        let retry = Retry::with_clock("model", settings.config(), clock.clone()).unwrap();
        let mut machine = retry.start();
        let (mut elapsed, mut repeats) = (0, 0);
        for (number, attempt) in (1..).zip(attempts) {
            elapsed += attempt.takes;
            clock.advance(ms(attempt.takes));
            let given = machine.after(&Failure::Error(()), |()| attempt.wanted, |()| attempt.hint.map(ms));
            match settings.verdict(number, attempt, elapsed) {
                Ok(delay) => {
                    prop_assert_eq!(given, Some(ms(delay)), "attempt {}", number);
                    elapsed += delay;
                    repeats += 1;
                    clock.advance(ms(delay));
                }
                Err(exhausted) => {
                    prop_assert_eq!(given, None, "attempt {}", number);
                    prop_assert_eq!(machine.is_exhausted(), exhausted);
                    let figures = retry.snapshot();
                    prop_assert_eq!(figures.retries, repeats);
                    prop_assert_eq!(figures.exhausted, u64::from(exhausted));
                    prop_assert_eq!(figures.failed_without_retry + figures.failed_with_retry, 1);
                    prop_assert_eq!(figures.failed_with_retry, u64::from(repeats > 0));
                    return Ok(());
                }
            }
        }
        prop_assert!(false, "at the latest the last attempt gives up");
    }
}
