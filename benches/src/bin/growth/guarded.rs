//! The functions whose calls are looked at, and how one is called.

use std::{
    future::Future,
    hint::black_box,
    pin::{Pin, pin},
    task::{Context, Poll, Waker},
};

use resilience::{Rejected, bulkhead, circuit_breaker, fallback, rate_limit, retry, timeout};

/// The error of every function here.
#[derive(Debug)]
pub(crate) enum Fault {
    Down,
    Refused(#[allow(dead_code)] Rejected),
}

impl From<Rejected> for Fault {
    fn from(rejected: Rejected) -> Self {
        Self::Refused(rejected)
    }
}

pub(crate) type Answer = Result<u64, Fault>;

/// What every guarded function does.
#[inline(never)]
pub(crate) fn work(x: u64) -> Answer {
    let x = black_box(x);
    if x == u64::MAX { Err(Fault::Down) } else { Ok(x + 1) }
}

#[inline(never)]
pub(crate) fn plain(x: u64) -> Answer {
    work(x)
}

#[inline(never)]
#[circuit_breaker("growth")]
pub(crate) fn breaker(x: u64) -> Answer {
    work(x)
}

/// Guarded functions, sync and async under one name, each with one more function that calls it.
macro_rules! guarded {
    ($($kind:ident $name:ident: $(#[$attribute:meta])+;)*) => {
        $(guarded!(@$kind $name $(#[$attribute])+);)*
    };
    (@sync $name:ident $(#[$attribute:meta])+) => {
        pub(crate) fn $name(x: u64) -> u64 {
            #[inline(never)]
            $(#[$attribute])+
            fn call(x: u64) -> Answer {
                work(x)
            }
            call(x).expect("a success")
        }
    };
    (@async $name:ident $(#[$attribute:meta])+) => {
        pub(crate) fn $name(x: u64) -> u64 {
            #[inline(never)]
            $(#[$attribute])+
            async fn call(x: u64) -> Answer {
                std::future::ready(work(x)).await
            }
            now(pin!(call(x))).expect("a success")
        }
    };
}

guarded! {
    sync consecutive: #[circuit_breaker];
    sync in_calls: #[circuit_breaker(failure_rate = 50%, window = 100)];
    sync in_time: #[circuit_breaker(failure_rate = 50%, window = 10s)];
    sync slow: #[circuit_breaker(slow_call = 1s, slow_rate = 50%)];
    sync retried: #[retry];
    sync stand_in: #[fallback(value = 7)] #[retry] #[circuit_breaker];
    sync limited: #[rate_limit(1_000_000_000 / 1s)];
    sync pooled: #[bulkhead(max_concurrent = 1000)];
    async consecutive_later: #[circuit_breaker];
    async retried_later: #[retry];
    async timed_later: #[timeout(1h)];
    async stand_in_later: #[fallback(value = 7)] #[retry] #[circuit_breaker] #[timeout(1h)];
    async stack_later:
        #[fallback(value = 7)]
        #[retry]
        #[rate_limit(1_000_000_000 / 1s)]
        #[circuit_breaker]
        #[bulkhead(max_concurrent = 1000)]
        #[timeout(1h)];
}

fn now<T>(future: Pin<&mut impl Future<Output = T>>) -> T {
    match future.poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(output) => output,
        Poll::Pending => unreachable!("these futures never wait"),
    }
}
