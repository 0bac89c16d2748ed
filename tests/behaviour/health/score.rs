//! The score of a service.

use std::time::Duration;

use proptest::prelude::*;
use resilience::{
    circuit_breaker::{Config, State},
    health::Signs,
};

use super::{Ward, fail, succeed};

fn close(a: f64, b: f64) -> bool {
    (a - b).abs() < 0.005
}

fn signs(change: impl FnOnce(&mut Signs)) -> Signs {
    let mut signs = Signs::default();
    change(&mut signs);
    signs
}

#[test]
fn nothing_seen_is_a_score_of_one() {
    assert!(close(Signs::default().score(), 1.0));
    assert_eq!(Signs::default().to_string(), "nothing wrong");
}

#[test]
fn each_sign_alone_lowers_the_score_by_its_weight() {
    let all_fail = signs(|it| (it.calls, it.failures) = (1000, 1000));
    assert!(close(all_fail.score(), 0.05_f64.powf(0.35 / 0.9)), "{}", all_fail.score());
    let slow = signs(|it| {
        it.p90 = Some(Duration::from_millis(150));
        it.usual = Some(Duration::from_millis(100));
    });
    assert!(close(slow.score(), 0.5_f64.powf(0.25 / 0.9)), "{}", slow.score());
    let busy = signs(|it| it.in_use = 0.85);
    assert!(close(busy.score(), 0.5_f64.powf(0.15 / 0.9)), "{}", busy.score());
    let full = signs(|it| it.in_use = 1.0);
    assert!(close(full.score(), 0.2_f64.powf(0.15 / 0.9)), "{}", full.score());
    let refusing = signs(|it| (it.admitted, it.turned_away) = (0, 1000));
    assert!(close(refusing.score(), 0.05_f64.powf(0.15 / 0.9)), "{}", refusing.score());
    for (state, factor) in [
        (State::Closed, 1.0),
        (State::Disabled, 1.0),
        (State::MetricsOnly, 1.0),
        (State::HalfOpen, 0.5),
        (State::Open, 0.05),
        (State::ForcedOpen, 0.05),
    ] {
        let score = signs(|it| it.state = Some(state)).score();
        assert!(close(score, f64::powf(factor, 0.15 / 0.9)), "{state}: {score}");
    }
}

#[test]
fn one_bad_sign_cannot_be_outweighed() {
    let mut all_fail = signs(|it| (it.calls, it.failures) = (1000, 1000));
    all_fail.state = Some(State::Closed);
    (all_fail.p90, all_fail.usual) = (Some(Duration::from_millis(1)), Some(Duration::from_secs(1)));
    assert!(all_fail.score() < 0.4);
}

#[test]
fn one_failure_among_two_calls_is_less_than_half_of_many() {
    let few = signs(|it| (it.calls, it.failures) = (2, 1));
    let many = signs(|it| (it.calls, it.failures) = (200, 100));
    assert!(few.score() > many.score() + 0.2, "{} {}", few.score(), many.score());
}

#[test]
fn failures_are_held_against_the_share_that_opens_the_circuit() {
    let failing = |opens_at| signs(|it| (it.calls, it.failures, it.opens_at) = (1000, 100, opens_at)).score();
    assert!(failing(0.1) < failing(0.2) && failing(0.2) < failing(0.5));

    let ward = Ward::new();
    let strict = ward.breaker("strict", Config::new().failure_rate(0.3).min_calls(100));
    let lax = ward.breaker("lax", Config::new().failure_rate(0.8).min_calls(100));
    for breaker in [&strict, &lax] {
        succeed(breaker, 40);
        fail(breaker, 10);
    }
    let report = ward.health.sample();
    let score = |name| report.service(name).unwrap().score;
    assert!(score("strict") < score("lax"), "{report}");
}

#[test]
fn the_words_name_what_is_wrong_the_worst_first() {
    let signs = signs(|it| {
        (it.calls, it.failures) = (50, 10);
        it.state = Some(State::HalfOpen);
        (it.p90, it.usual) = (Some(Duration::from_millis(1200)), Some(Duration::from_millis(800)));
        (it.admitted, it.turned_away) = (10, 90);
    });
    assert_eq!(
        signs.to_string(),
        "90 of 100 calls turned away, circuit half open, p90 1.2s where 800.0ms is usual, 20.0 % of 50 calls failed",
    );
    let busy = self::signs(|it| it.in_use = 0.9);
    assert_eq!(busy.to_string(), "90 % of the places in use");
}

const STATES: [Option<State>; 4] = [None, Some(State::Closed), Some(State::HalfOpen), Some(State::Open)];

prop_compose! {
    fn any_signs()(
        calls in 0_u64..3000,
        failed in 0.0_f64..=1.0,
        opens_at in 0.01_f64..=1.0,
        admitted in 0_u64..1000,
        turned_away in 0_u64..1000,
        in_use in 0.0_f64..=1.0,
        p90 in proptest::option::of(0_u64..5000),
        usual in proptest::option::of(0_u64..2000),
        state in 0_usize..4,
    ) -> Signs {
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, clippy::cast_precision_loss)]
        let failures = (calls as f64 * failed) as u64;
        signs(|it| {
            (it.calls, it.failures, it.opens_at) = (calls, failures, opens_at);
            (it.admitted, it.turned_away, it.in_use) = (admitted, turned_away, in_use);
            (it.p90, it.usual) = (p90.map(Duration::from_millis), usual.map(Duration::from_millis));
            it.state = STATES[state];
        })
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_score_lies_between_zero_and_one(signs in any_signs()) {
        prop_assert!((0.0..=1.0).contains(&signs.score()), "{}", signs.score());
    }

    /// Each way in which a service can get worse, by any amount.
    #[test]
    fn worse_input_never_raises_a_score(before in any_signs(), which in 0_usize..7, more in 1_u64..2000) {
        let mut after = before.clone();
        match which {
            // Further calls, all of which fail.
            0 => (after.calls, after.failures) = (after.calls + more, after.failures + more),
            // As many calls, more of which fail.
            1 => after.failures = (after.failures + more).min(after.calls),
            2 => after.turned_away += more,
            #[allow(clippy::cast_precision_loss)]
            3 => after.in_use = (after.in_use + more as f64 / 2000.0).min(1.0),
            4 => after.p90 = Some(after.p90.unwrap_or_default() + Duration::from_millis(more)),
            5 => {
                let at = STATES.iter().position(|state| *state == after.state).unwrap();
                after.state = STATES[(at + 1).min(3)];
            }
            // A stricter limit on the same time.
            _ => after.usual = after.usual.map(|usual| usual.saturating_sub(Duration::from_millis(more)))
                .filter(|usual| !usual.is_zero()).or(after.usual),
        }
        prop_assert!(after.score() <= before.score() + 1e-12, "{before:?} {after:?}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 32, failure_persistence: None, ..ProptestConfig::default() })]

    /// The same through a registry: one of two equal services fails more often.
    #[test]
    fn more_failures_never_raise_the_score_of_a_service(ok in 0_usize..60, failed in 0_usize..60, more in 1_usize..60) {
        let ward = Ward::new();
        let score = |name: &str, failures: usize| {
            let breaker = ward.breaker(name, Config::new());
            breaker.disable();
            succeed(&breaker, ok);
            fail(&breaker, failures);
            ward.health.sample().service(name).unwrap().score
        };
        prop_assert!(score("worse", failed + more) <= score("better", failed));
    }
}
