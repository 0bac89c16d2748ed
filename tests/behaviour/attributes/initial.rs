//! `#[circuit_breaker]`: the state at creation.

use resilience::circuit_breaker;

use super::*;

twins!(
    #[circuit_breaker("b", threshold = 1, initial = closed)]
    closed
);
twins!(
    #[circuit_breaker("b", threshold = 1, initial = disabled)]
    disabled
);
twins!(
    #[circuit_breaker("b", threshold = 1, initial = metrics_only)]
    metrics_only
);
twins!(
    #[circuit_breaker("b", threshold = 1, initial = forced_open)]
    forced_open
);

#[test]
fn initial_closed_is_judged() {
    both!(closed, |stage, call| {
        assert_eq!(call(DOWN), Err(Fault::Down));
        assert_eq!(stage.state("b"), State::Open);
    });
}

#[test]
fn initial_disabled_counts_and_never_judges() {
    both!(disabled, |stage, call| {
        let _ = (call(DOWN), call(DOWN), call(DOWN));
        assert_eq!(stage.state("b"), State::Disabled);
        assert_eq!((stage.figures("b").errors, stage.figures("b").would_have_opened), (3, 0));
    });
}

#[test]
fn initial_metrics_only_says_that_it_would_open() {
    both!(metrics_only, |stage, call| {
        let _ = (call(DOWN), call(DOWN), call(DOWN));
        assert_eq!(stage.state("b"), State::MetricsOnly);
        assert!(stage.figures("b").would_have_opened > 0);
    });
}

#[test]
fn initial_forced_open_refuses_until_told_otherwise() {
    both!(forced_open, |stage, call| {
        let refused = refusal(call(OK));
        assert_eq!((refused.reason(), refused.retry_after()), (Reason::ForcedOpen, None));
        stage.advance(3600 * SECOND);
        assert_eq!(reason(call(OK)), Reason::ForcedOpen);
        stage.breaker("b").close();
        assert_eq!(call(OK), Ok(1));
    });
}
