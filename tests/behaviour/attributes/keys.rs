//! `key = expr`: one instance for each key, whatever the expression is.

use std::{
    cell::Cell,
    fmt::{self, Display},
    sync::Arc,
};

use resilience::{bulkhead, circuit_breaker, rate_limit};

use super::*;

#[circuit_breaker("hosts", key = host, threshold = 1)]
fn fetch(host: &str, act: Act<'_>) -> Answer {
    let _ = host;
    act()
}

#[circuit_breaker("hosts", key = host, threshold = 1)]
async fn fetch_later(host: String, act: Act<'_>) -> Answer {
    let host: String = host;
    std::future::ready(()).await;
    drop(host);
    act()
}

#[test]
fn each_key_has_a_circuit_of_its_own() {
    let stage = Stage::new();
    assert_eq!(fetch("a", DOWN), Err(Fault::Down));
    assert_eq!(reason(fetch("a", OK)), Reason::CircuitOpen);
    assert_eq!(fetch("b", OK), Ok(1));
    assert_eq!(stage.figures("hosts").keys, 2);
}

#[test]
fn a_key_may_be_an_argument_that_the_body_takes() {
    let stage = Stage::new();
    assert_eq!(stage.run(fetch_later("a".into(), DOWN)), Err(Fault::Down));
    assert_eq!(reason(stage.run(fetch_later("a".into(), OK))), Reason::CircuitOpen);
    assert_eq!(stage.run(fetch_later("b".into(), OK)), Ok(1));
}

#[test]
fn functions_of_one_name_share_the_circuits_of_its_keys() {
    let stage = Stage::new();
    let _ = fetch("a", DOWN);
    assert_eq!(reason(stage.run(fetch_later("a".into(), OK))), Reason::CircuitOpen);
}

#[test]
fn a_refusal_carries_the_name_of_the_policy_and_not_the_key() {
    let _stage = Stage::new();
    let _ = fetch("a", DOWN);
    let refused = refusal(fetch("a", OK));
    assert_eq!((refused.name(), refused.retry_after()), ("hosts", Some(60 * SECOND)));
}

#[test]
fn a_bulkhead_has_places_for_each_key() {
    #[bulkhead("tenants", key = tenant, max_concurrent = 1)]
    fn inside(tenant: u32, act: Act<'_>) -> Answer {
        act()
    }

    let stage = Stage::new();
    let nested = || {
        assert_eq!(reason(inside(7, OK)), Reason::BulkheadFull);
        inside(8, OK)
    };
    assert_eq!(inside(7, &nested), Ok(1));
    assert_eq!(inside(7, OK), Ok(1));
    let figures = stage.scope.registry().bulkhead("tenants").unwrap().snapshot();
    assert_eq!((figures.keys, figures.in_use, figures.admitted, figures.full), (2, 0, 3, 1));
}

#[test]
fn an_async_bulkhead_has_places_and_a_queue_for_each_key() {
    #[bulkhead("tenants", key = tenant, max_concurrent = 1, max_wait = 10s)]
    async fn inside(tenant: u32, turns: u32) -> Answer {
        for _ in 0..turns {
            tokio::task::yield_now().await;
        }
        Ok(tenant)
    }

    let stage = Stage::new();
    let (mut first, mut second, other) =
        (Box::pin(inside(7, 3)), Box::pin(inside(7, 0)), Box::pin(inside(8, 0)));
    assert!(poll(&mut first).is_pending());
    assert!(poll(&mut second).is_pending(), "it waits for the place of its key");
    assert_eq!(stage.run(other), Ok(8));
    assert_eq!(stage.run(first), Ok(7));
    assert_eq!(stage.run(second), Ok(7));
}

#[test]
fn a_rate_limit_has_permits_for_each_key() {
    #[rate_limit("addresses", 1 / 1s, key = address)]
    fn page(address: std::net::Ipv4Addr) -> Answer {
        Ok(1)
    }
    #[rate_limit("addresses", key = address)]
    async fn page_later(address: std::net::Ipv4Addr) -> Answer {
        Ok(2)
    }

    let stage = Stage::new();
    let [one, other] = [1, 2].map(|last| std::net::Ipv4Addr::new(192, 0, 2, last));
    assert_eq!(page(one), Ok(1));
    assert_eq!(refusal(page(one)).retry_after(), Some(SECOND));
    assert_eq!(page(other), Ok(1));
    assert_eq!(reason(stage.run(page_later(other))), Reason::RateLimited);
    stage.advance(SECOND);
    assert_eq!(stage.run(page_later(one)), Ok(2));
}

#[test]
fn an_async_rate_limit_waits_for_the_permit_of_its_key() {
    #[rate_limit(1 / 1s, key = address, max_wait = 2s)]
    async fn page(address: &str) -> Answer {
        Ok(1)
    }

    let stage = Stage::new();
    for (address, elapsed) in [("a", 0), ("b", 0), ("a", 1)] {
        assert_eq!(stage.run(page(address)), Ok(1));
        assert_eq!(stage.elapsed(), SECOND * elapsed, "{address}");
    }
}

#[test]
fn max_keys_is_how_many_keys_stay() {
    #[circuit_breaker("few", key = n, max_keys = 3)]
    fn call(n: u8) -> Answer {
        Ok(1)
    }

    let stage = Stage::new();
    (0..=255).for_each(|n| assert_eq!(call(n), Ok(1)));
    let figures = stage.figures("few");
    assert_eq!((figures.keys, figures.settings.max_keys, figures.successes), (3, 3, 256));
}

#[test]
fn the_key_is_evaluated_once_for_each_call() {
    thread_local!(static TIMES: Cell<u32> = const { Cell::new(0) });
    fn host() -> &'static str {
        TIMES.set(TIMES.get() + 1);
        "a"
    }
    #[resilience::retry(attempts = 3, backoff = fixed(0ms))]
    #[circuit_breaker("hosts", key = host(), threshold = 9)]
    fn call() -> Answer {
        Err(Fault::Down)
    }

    let stage = Stage::new();
    assert_eq!(call(), Err(Fault::Down));
    assert_eq!((TIMES.get(), stage.figures("hosts").errors), (1, 3));
}

/// Displayed, in several pieces and longer than what fits on the stack if asked for.
struct Shard(&'static str, usize);

impl Display for Shard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/", self.0)?;
        (0..self.1).try_for_each(|n| write!(f, "{n:04}"))
    }
}

/// The keys that a function with this expression as its key makes.
macro_rules! keys_of {
    ($($test:ident: ($($arg:ident: $ty:ty = $value:expr),*) $key:expr => $text:expr;)*) => {$(
        #[test]
        fn $test() {
            #[circuit_breaker("keys", key = $key)]
            fn now($($arg: $ty),*) -> Answer {
                Ok(1)
            }
            #[circuit_breaker("keys", key = $key)]
            async fn later($($arg: $ty),*) -> Answer {
                Ok(1)
            }

            let stage = Stage::new();
            assert_eq!(now($($value),*), Ok(1));
            assert_eq!(stage.run(later($($value),*)), Ok(1));
            let keys = stage.breaker("keys").keyed().keys();
            let texts: Vec<&str> = keys.iter().map(|key| key.key.as_str()).collect();
            assert_eq!(texts, [$text]);
        }
    )*};
}

keys_of! {
    a_str: (host: &str = "a") host => "a";
    a_string: (host: String = "a".to_owned()) host => "a";
    a_reference_to_a_string: (host: &String = &"a".to_owned()) host => "a";
    a_shared_text: (host: Arc<str> = "a".into()) host => "a";
    a_borrowed_or_owned_text: (host: std::borrow::Cow<'_, str> = "a".into()) host => "a";
    an_empty_text: (host: &str = "") host => "";
    a_number: (tenant: u64 = u64::MAX) tenant => "18446744073709551615";
    a_negative_number: (tenant: &i8 = &-7) *tenant => "-7";
    a_char: (letter: char = 'é') letter => "é";
    a_truth: (is_internal: bool = true) is_internal => "true";
    a_calculation: (a: u32 = 3, b: u32 = 4) a + b => "7";
    a_format: (host: &str = "a", port: u16 = 80) format!("{host}:{port}") => "a:80";
    format_args: (host: &str = "a", port: u16 = 80) format_args!("{host}:{port}") => "a:80";
    something_displayed: (shard: Shard = Shard("east", 2)) shard => "east/00000001";
    something_displayed_at_length: (shard: &Shard = &Shard("west", 30)) shard => format!("{}", Shard("west", 30));
    a_part_of_a_text: (path: &str = "/acme/invoices") path.split('/').nth(1).unwrap_or("") => "acme";
    an_element: (parts: &[String] = &["a".to_owned()]) parts[0] => "a";
    a_block: (n: u32 = 9) { let half = n / 2; half + 1 } => "5";
    a_choice: (tenant: Option<&str> = None) match tenant { Some("") | None => "anybody", Some(tenant) => tenant } => "anybody";
}
