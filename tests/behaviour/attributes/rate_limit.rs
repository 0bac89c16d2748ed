//! `#[rate_limit]`.

use std::cell::Cell;

use resilience::rate_limit;
use resilience_tests::recorded;

use super::*;

const CALLS: u32 = 3;
const PERIOD: Duration = Duration::from_secs(3);

twins!(
    #[rate_limit("l", 4 / 2s)]
    four
);
twins!(
    #[rate_limit("l", 4 / 2s, burst = 1)]
    burst
);
twins!(
    #[rate_limit("l", 1 / 1s, max_wait = 2s)]
    patient
);
twins!(
    #[rate_limit("l", CALLS / PERIOD)]
    constants
);
twins!(
    #[rate_limit(2 / 1m)]
    unnamed
);
twins!(
    #[rate_limit("l", preset = SLOW)]
    preset
);

resilience::preset! {
    const SLOW: Preset = { rate_limit(1 / 1h) };
}

fn admitted(call: &dyn Fn(Act<'_>) -> Answer) -> usize {
    (0..100).take_while(|_| call(OK).is_ok()).count()
}

#[test]
fn the_rate_is_how_many_calls_pass_at_once_and_in_time() {
    both!(four, |stage, call| {
        assert_eq!(admitted(call), 4);
        stage.advance(500 * MS);
        assert_eq!(admitted(call), 1, "permits come back one by one");
        stage.advance(2 * SECOND);
        assert_eq!(admitted(call), 4);
        stage.advance(3600 * SECOND);
        assert_eq!(admitted(call), 4, "idleness saves up no more than a burst");
    });
}

#[test]
fn burst_is_how_many_calls_pass_at_once() {
    both!(burst, |stage, call| {
        assert_eq!(admitted(call), 1);
        stage.advance(500 * MS);
        assert_eq!(admitted(call), 1);
    });
}

#[test]
fn a_refusal_says_when_to_come_back_and_the_body_does_not_run() {
    both!(four, |stage, call| {
        assert_eq!(admitted(call), 4);
        let refused = refusal(call(&|| panic!("the body ran")));
        assert_eq!((refused.reason(), refused.name()), (Reason::RateLimited, "l"));
        assert_eq!(refused.retry_after(), Some(500 * MS));
        stage.advance(500 * MS);
        assert_eq!(call(OK), Ok(1), "and then there is a permit");
    });
}

#[test]
fn max_wait_is_how_long_a_caller_waits_for_a_permit() {
    both!(patient, |stage, call| {
        for second in 0..3 {
            assert_eq!(call(OK), Ok(1));
            assert_eq!(stage.elapsed(), second * SECOND);
        }
    });
}

#[test]
fn a_wait_that_cannot_end_in_time_is_refused_at_once() {
    let stage = Stage::new();
    assert_eq!(stage.run(patient::later(OK)), Ok(1));
    let mut waiting = [Box::pin(patient::later(OK)), Box::pin(patient::later(OK))];
    assert!(waiting.iter_mut().all(|call| poll(call).is_pending()));
    let mut late = Box::pin(patient::later(OK));
    let Poll::Ready(refused) = poll(&mut late) else { panic!("it waits for the third second") };
    assert_eq!(reason(refused), Reason::RateLimited);
}

#[test]
fn a_rate_may_be_made_of_constants() {
    both!(constants, |stage, call| {
        assert_eq!(admitted(call), 3);
        stage.advance(SECOND);
        assert_eq!(admitted(call), 1);
    });
}

#[test]
fn a_rate_needs_no_name() {
    both!(unnamed, |_, call| assert_eq!(admitted(call), 2));
}

#[test]
fn a_preset_gives_the_rate() {
    both!(preset, |_, call| assert_eq!(admitted(call), 1));
}

#[test]
fn a_failed_call_used_its_permit() {
    both!(burst, |_, call| {
        assert_eq!(call(DOWN), Err(Fault::Down));
        let ran = Cell::new(false);
        assert!(matches!(
            call(&|| {
                ran.set(true);
                Ok(1)
            }),
            Err(Fault::Refused(_))
        ));
        assert!(!ran.get());
    });
}

#[rate_limit("shared")]
fn joins() -> Result<(), Fault> {
    Ok(())
}

#[rate_limit("shared", 2 / 1s)]
fn gives() -> Result<(), Fault> {
    Ok(())
}

#[test]
fn a_name_alone_joins_the_rate_that_another_site_gives() {
    let clock = ManualClock::new();
    let scope = Scope::with_clock(clock.clone());
    let _inside = scope.enter();
    let events = recorded(|| assert_eq!(joins(), Ok(()), "nobody has given a rate yet"));
    let [event] = &events[..] else { panic!("{events:?}") };
    assert_eq!((event.level, event.field("name")), (tracing::Level::WARN, "shared"));
    clock.advance(Duration::from_secs(1));
    assert_eq!((gives(), joins()), (Ok(()), Ok(())));
    assert!(joins().is_err());
    assert!(scope.registry().snapshot().policies[0].conflicts.is_empty());
}
