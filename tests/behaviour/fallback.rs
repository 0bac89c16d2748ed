//! Something else when the call cannot.

use std::cell::Cell;

use futures::executor::block_on;
use resilience::Fallback;
use resilience_tests::recorded;

fn fallback() -> Fallback {
    Fallback::new("quotes").unwrap()
}

#[test]
fn a_success_is_passed_on_and_the_tier_not_asked() {
    let fallback = fallback();
    let asked = Cell::new(false);
    let answer = fallback.call(
        || Ok::<_, &str>(7),
        |_| {
            asked.set(true);
            Ok::<_, &str>(0)
        },
    );
    assert_eq!(answer, Ok(7));
    assert!(!asked.get());
    assert_eq!(fallback.snapshot().used, 0);
}

#[test]
fn the_tier_is_given_the_error() {
    let answer =
        fallback().call(|| Err::<String, _>("down"), |error| Ok::<_, ()>(format!("instead of {error}")));
    assert_eq!(answer, Ok("instead of down".to_owned()));
}

#[test]
fn the_tiers_own_error_comes_back() {
    let fallback = fallback();
    assert_eq!(fallback.call(|| Err::<(), _>("first"), |_| Err("second")), Err("second"));
    let seen = fallback.snapshot();
    assert_eq!((seen.used, seen.failed), (1, 1));
}

#[test]
fn the_async_call_does_the_same() {
    let fallback = fallback();
    let saved = fallback.call_async(async { Err::<u32, _>("down") }, |_| async { Ok::<_, &str>(7) });
    assert_eq!(block_on(saved), Ok(7));
    let lost = fallback.call_async(async { Err::<u32, _>("down") }, |_| async { Err("also down") });
    assert_eq!(block_on(lost), Err("also down"));
    let fine = fallback.call_async(async { Ok::<_, &str>(1) }, |_| async { Ok::<_, &str>(7) });
    assert_eq!(block_on(fine), Ok(1));
    let seen = fallback.snapshot();
    assert_eq!((seen.used, seen.failed), (2, 1));
}

#[test]
fn its_use_is_told_and_a_success_is_not() {
    let fallback = fallback();
    let events = recorded(|| {
        let _ = fallback.call(|| Ok::<_, &str>(1), |_| Ok::<_, &str>(7));
        let _ = fallback.call(|| Err::<u32, _>("down"), |_| Ok::<_, &str>(7));
    });
    assert_eq!(events.len(), 1);
    assert_eq!((events[0].field("name"), events[0].field("reason")), ("quotes", "error"));
    assert_eq!(events[0].level, tracing::Level::DEBUG);
}

#[test]
fn names_are_checked() {
    for name in ["", "a\nb", &"x".repeat(10_240)] {
        assert_eq!(Fallback::new(name).unwrap_err().setting(), "name");
    }
    assert_eq!(fallback().name(), "quotes");
}

#[test]
fn a_panic_of_the_call_is_none_of_its_business() {
    let fallback = fallback();
    let panic = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        fallback.call(|| -> Result<(), &str> { panic!("boom") }, |_| Ok::<_, &str>(()))
    }));
    assert!(panic.is_err());
    assert_eq!(fallback.snapshot().used, 0);
}
