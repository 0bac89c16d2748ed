//! What the layers add to a future, and that it stays `Send`.
//!
//! Bounds are in bytes above the plain `async fn`, for an argument of 8 bytes and for one of 1 KiB that the body owns over
//! an await. A plain future holds such an argument twice, as argument and as local. A layer that may start the body twice
//! needs it a third time; before a wait the body is made already, and a pointer to it. A timer, tokio's, is 112 bytes; one that waits when it does not
//! lies in the body's place.

use std::{cell::Cell, future::ready};

use resilience::{bulkhead, circuit_breaker, fallback, rate_limit, retry, timeout};

use super::*;

type Kilobyte = [u8; 1024];

macro_rules! sizes {
    ($($name:ident: $small:literal, $large:literal; $(#[$attribute:meta])*)*) => {
        $(
            mod $name {
                use super::*;

                $(#[$attribute])*
                pub(super) async fn small(x: u64) -> Result<u64, Fault> {
                    Ok(ready(x).await)
                }

                $(#[$attribute])*
                pub(super) async fn large(x: Kilobyte) -> Result<u64, Fault> {
                    ready(()).await;
                    Ok(u64::from(x[7]))
                }

                #[test]
                fn is_small() {
                    let (small, large) = (small(1), large([0; 1024]));
                    let added = size_of_val(&small) - size_of_val(&plain::small(1));
                    let added_large = size_of_val(&large) - size_of_val(&plain::large([0; 1024]));
                    assert_send(small);
                    assert_send(large);
                    assert!(added <= $small, "{added} bytes, not {}", $small);
                    assert!(added_large <= $large, "{added_large} bytes with 1 KiB, not {}", $large);
                }
            }
        )*
    };
}

fn assert_send(_: impl Send) {}

mod tier {
    use super::*;

    pub(super) async fn small(_: u64) -> Result<u64, Fault> {
        Ok(2)
    }

    pub(super) async fn large(_: Kilobyte) -> Result<u64, Fault> {
        Ok(2)
    }
}

sizes! {
    plain: 0, 0;
    breaker: 40, 40; #[circuit_breaker]
    breaker_in_time: 40, 40; #[circuit_breaker(failure_rate = 50%, window = 10s)]
    limited: 152, 152; #[timeout(1s)]
    pooled: 72, 72; #[bulkhead]
    rated: 80, 80; #[rate_limit(1 / 1s)]
    retried: 152, 1104; #[retry]
    retried_breaker: 152, 1128; #[retry] #[circuit_breaker]
    value: 16, 16; #[fallback(value = 1)]
    closure: 48, 48; #[fallback(|_| Ok(1))]
}

mod by_path {
    use super::*;

    #[fallback(tier::small)]
    async fn small(x: u64) -> Result<u64, Fault> {
        Ok(ready(x).await)
    }

    #[fallback(tier::large)]
    async fn large(x: Kilobyte) -> Result<u64, Fault> {
        ready(()).await;
        Ok(u64::from(x[7]))
    }

    #[fallback(tier::small)]
    #[retry]
    #[circuit_breaker]
    #[bulkhead]
    #[timeout(1s)]
    async fn small_stack(x: u64) -> Result<u64, Fault> {
        Ok(ready(x).await)
    }

    #[fallback(tier::large)]
    #[retry]
    #[circuit_breaker]
    #[bulkhead]
    #[timeout(1s)]
    async fn large_stack(x: Kilobyte) -> Result<u64, Fault> {
        ready(()).await;
        Ok(u64::from(x[7]))
    }

    #[timeout(5s)]
    #[fallback(tier::small, on = resilience::Failure::Error(_))]
    #[retry]
    #[circuit_breaker]
    #[bulkhead]
    #[timeout(1s)]
    async fn with_total(x: u64) -> Result<u64, Fault> {
        Ok(ready(x).await)
    }

    #[test]
    fn is_small() {
        let (one, kilobyte) = (size_of_val(&plain::small(1)), size_of_val(&plain::large([0; 1024])));
        for (name, added, most) in [
            ("fallback", size_of_val(&small(1)) - one, 56),
            ("fallback, 1 KiB", size_of_val(&large([0; 1024])) - kilobyte, 1072),
            ("stack", size_of_val(&small_stack(1)) - one, 248),
            ("stack, 1 KiB", size_of_val(&large_stack([0; 1024])) - kilobyte, 1264),
            ("stack below a total timeout", size_of_val(&with_total(1)) - one, 384),
        ] {
            assert!(added <= most, "{name}: {added} bytes, not {most}");
        }
        assert_send((small_stack(1), large_stack([0; 1024]), with_total(1)));
    }
}

#[test]
fn an_argument_by_reference_is_never_copied() {
    #[retry]
    async fn by_reference(x: &Kilobyte) -> Result<u64, Fault> {
        ready(()).await;
        Ok(u64::from(x[7]))
    }
    let size = size_of_val(&by_reference(&[0; 1024]));
    assert!(size <= 176, "{size} bytes");
}

struct Service {
    calls: Cell<u32>,
}

impl Service {
    #[fallback(Self::stand_in)]
    #[retry(backoff = fixed(0ms))]
    #[circuit_breaker]
    #[timeout(1s)]
    async fn by_mut(&mut self, cell: &mut Cell<u32>, own: Cell<u32>) -> Answer {
        ready(()).await;
        cell.set(cell.get() + 1);
        Ok(self.calls.get() + own.get())
    }

    async fn stand_in(&mut self, _: &mut Cell<u32>, own: Cell<u32>) -> Answer {
        Ok(own.get())
    }
}

#[test]
fn a_future_stays_send_although_what_it_borrows_mutably_is_not_sync() {
    let mut service = Service { calls: Cell::new(0) };
    assert_send(service.by_mut(&mut Cell::new(0), Cell::new(1)));
}
