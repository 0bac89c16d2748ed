//! `#[circuit_breaker]`: what opens it, and for how long. Every test fails if the key it is about is ignored.

use resilience::circuit_breaker;

use super::*;

twins!(
    #[circuit_breaker("b")]
    default
);
twins!(
    #[circuit_breaker("b", threshold = 2)]
    threshold
);
twins!(
    #[circuit_breaker("b", failure_count = 7)]
    failure_count
);
twins!(
    #[circuit_breaker("b", failure_rate = 50%, window = 4)]
    failure_rate
);
twins!(
    #[circuit_breaker("b", failure_rate = 0.25, min_calls = 4)]
    fraction
);
twins!(
    #[circuit_breaker("b", failure_count = 2, window = 3)]
    window_of_calls
);
twins!(
    #[circuit_breaker("b", failure_count = 2, window = 10s)]
    window_of_time
);
twins!(
    #[circuit_breaker("b", failure_rate = 50%, min_calls = 4)]
    min_calls
);
twins!(
    #[circuit_breaker("b", slow_call = 1s, slow_rate = 50%, min_calls = 2)]
    slow_rate
);
twins!(
    #[circuit_breaker("b", slow_call = 1s)]
    slow_call
);
twins!(
    #[circuit_breaker("b", threshold = 1, open_for = 7s)]
    open_for
);
twins!(
    #[circuit_breaker("b", threshold = 1, open_for = 10s..1m, half_open = 1)]
    growing
);
twins!(
    #[circuit_breaker("b", threshold = 2, reset_after = 10s)]
    reset_after
);

fn times(n: u32, call: &dyn Fn(Act<'_>) -> Answer, act: Act<'_>) {
    for _ in 0..n {
        assert!(!matches!(call(act), Err(Fault::Refused(_))), "refused too early");
    }
}

#[test]
fn five_failures_in_a_row_open_it_for_a_minute_by_default() {
    both!(default, |stage, call| {
        times(4, call, DOWN);
        assert_eq!(stage.state("b"), State::Closed);
        times(1, call, DOWN);
        assert_eq!(refusal(call(OK)).retry_after(), Some(60 * SECOND));
        assert_eq!(stage.figures("b").settings, breaker::Config::new().settings());
    });
}

#[test]
fn threshold_is_how_many_failures_in_a_row_open_it() {
    both!(threshold, |stage, call| {
        times(1, call, DOWN);
        times(1, call, OK);
        times(1, call, DOWN);
        assert_eq!(stage.state("b"), State::Closed);
        times(1, call, DOWN);
        assert_eq!(reason(call(OK)), Reason::CircuitOpen);
    });
}

#[test]
fn failure_count_is_how_many_failures_in_the_window_open_it() {
    both!(failure_count, |stage, call| {
        times(6, call, DOWN);
        assert_eq!(stage.state("b"), State::Closed);
        times(3, call, OK);
        times(1, call, DOWN);
        assert_eq!(stage.state("b"), State::Open);
    });
}

#[test]
fn failure_rate_is_the_share_of_failures_that_opens_it() {
    both!(failure_rate, |stage, call| {
        times(4, call, OK);
        times(1, call, DOWN);
        assert_eq!(stage.state("b"), State::Closed);
        times(1, call, DOWN);
        assert_eq!(stage.state("b"), State::Open);
    });
}

#[test]
fn a_rate_may_be_a_fraction() {
    both!(fraction, |stage, call| {
        times(4, call, OK);
        times(1, call, DOWN);
        assert_eq!(stage.state("b"), State::Closed);
        times(1, call, DOWN);
        assert_eq!(stage.state("b"), State::Open);
    });
}

#[test]
fn window_in_calls_forgets_older_calls() {
    both!(window_of_calls, |stage, call| {
        times(1, call, DOWN);
        times(2, call, OK);
        times(1, call, DOWN);
        assert_eq!(stage.state("b"), State::Closed);
        times(1, call, DOWN);
        assert_eq!(stage.state("b"), State::Open);
    });
}

#[test]
fn window_in_time_forgets_older_calls() {
    both!(window_of_time, |stage, call| {
        times(1, call, DOWN);
        stage.advance(10 * SECOND);
        times(1, call, DOWN);
        assert_eq!(stage.state("b"), State::Closed);
        stage.advance(8 * SECOND);
        times(1, call, DOWN);
        assert_eq!(stage.state("b"), State::Open);
    });
}

#[test]
fn min_calls_is_how_many_calls_a_rate_needs() {
    both!(min_calls, |stage, call| {
        times(3, call, DOWN);
        assert_eq!(stage.state("b"), State::Closed);
        times(1, call, DOWN);
        assert_eq!(stage.state("b"), State::Open);
    });
}

#[test]
fn a_success_that_reaches_min_calls_is_judged() {
    both!(min_calls, |stage, call| {
        times(3, call, DOWN);
        times(1, call, OK);
        assert_eq!(stage.state("b"), State::Open);
    });
}

#[test]
fn slow_rate_is_the_share_of_slow_calls_that_opens_it() {
    both!(slow_rate, |stage, call| {
        let took = |time| {
            move || {
                stage.advance(time);
                Ok(1)
            }
        };
        times(2, call, &took(SECOND));
        assert_eq!(stage.state("b"), State::Closed, "slow means longer than `slow_call`");
        times(1, call, &took(SECOND + MS));
        assert_eq!(stage.state("b"), State::Closed);
        times(1, call, &took(SECOND + MS));
        assert_eq!(stage.state("b"), State::Open);
    });
}

#[test]
fn slow_call_without_a_rate_is_counted_only() {
    both!(slow_call, |stage, call| {
        times(20, call, &|| {
            stage.advance(2 * SECOND);
            Ok(1)
        });
        assert_eq!(stage.state("b"), State::Closed);
        assert_eq!(stage.figures("b").slow, 20);
    });
}

#[test]
fn open_for_is_how_long_calls_are_refused() {
    both!(open_for, |stage, call| {
        times(1, call, DOWN);
        assert_eq!(refusal(call(OK)).retry_after(), Some(7 * SECOND));
        stage.advance(7 * SECOND - MS);
        assert_eq!(refusal(call(OK)).retry_after(), Some(MS));
        stage.advance(MS);
        assert_eq!(call(OK), Ok(1));
        assert_eq!(stage.state("b"), State::HalfOpen);
    });
}

#[test]
fn an_open_for_range_grows_with_each_reopening_up_to_its_end() {
    both!(growing, |stage, call| {
        let mut grew = false;
        for reopening in 0..12 {
            times(1, call, DOWN);
            let wait = refusal(call(OK)).retry_after().unwrap();
            let most = (10 * SECOND * 2_u32.pow(reopening.min(3))).min(60 * SECOND);
            assert!(10 * SECOND <= wait && wait <= most, "{wait:?} after reopening {reopening}");
            grew |= wait > 20 * SECOND;
            stage.advance(wait);
        }
        assert!(grew);
        times(1, call, OK);
        times(1, call, DOWN);
        assert_eq!(refusal(call(OK)).retry_after(), Some(10 * SECOND), "closing starts again");
    });
}

#[test]
fn reset_after_forgets_failures_that_are_older() {
    both!(reset_after, |stage, call| {
        times(1, call, DOWN);
        stage.advance(10 * SECOND + MS);
        times(1, call, DOWN);
        assert_eq!(stage.state("b"), State::Closed);
        stage.advance(9 * SECOND);
        times(1, call, DOWN);
        assert_eq!(stage.state("b"), State::Open);
    });
}

#[test]
fn a_refused_call_does_not_run_the_body() {
    both!(threshold, |stage, call| {
        times(2, call, DOWN);
        assert_eq!(reason(call(&|| panic!("the body ran"))), Reason::CircuitOpen);
        assert_eq!(stage.figures("b").refused, 1);
    });
}
