//! The first test scope of a process, and its end. Alone in its process, since scopes of other tests would hide both.

use resilience::{circuit_breaker, circuit_breaker::State, registry, retry, testing::Scope};
use resilience_tests::Fault;

#[circuit_breaker("till", threshold = 1)]
fn till(up: bool) -> Result<u32, Fault> {
    if up { Ok(1) } else { Err(Fault::Down) }
}

#[retry(name = "printer", attempts = 2, backoff = fixed(0s))]
fn printer(up: bool) -> Result<u32, Fault> {
    if up { Ok(1) } else { Err(Fault::Down) }
}

fn printed() -> u64 {
    registry().retry("printer").unwrap().snapshot().succeeded_without_retry
}

/// A site reads in the word of its policy whether it has to look for a scope.
#[test]
fn sites_that_were_called_before_find_the_first_scope_and_lose_the_last() {
    till(true).unwrap();
    printer(true).unwrap();
    assert_eq!((registry().circuit_breaker("till").unwrap().snapshot().successes, printed()), (1, 1));

    let scope = Scope::new();
    {
        let _inside = scope.enter();
        till(false).unwrap_err();
        printer(true).unwrap();
        printer(true).unwrap();
        assert_eq!(registry().circuit_breaker("till").unwrap().state(), State::Open);
        assert_eq!(printed(), 2);
    }
    // Outside, while the scope exists: the process-wide policies, which work as ever.
    let breaker = registry().circuit_breaker("till").unwrap();
    till(true).unwrap();
    printer(true).unwrap();
    assert_eq!((breaker.state(), breaker.snapshot().successes, printed()), (State::Closed, 2, 2));
    till(false).unwrap_err();
    assert_eq!(breaker.state(), State::Open);
    breaker.close();

    drop(scope);
    till(true).unwrap();
    printer(true).unwrap();
    assert_eq!((breaker.snapshot().successes, printed()), (3, 3));

    let scope = Scope::new();
    let _inside = scope.enter();
    till(true).unwrap();
    assert_eq!(registry().circuit_breaker("till").unwrap().snapshot().successes, 1);
}
