//! The stacks, written from the names of their layers.

/// Tests of a stack as it is written against the same taken apart by empty layers, in one of two worlds:
/// [`in_scopes`](crate::twins::in_scopes) or [`in_the_process`](crate::twins::in_the_process). A preset stands for its
/// layers.
#[macro_export]
macro_rules! twins {
    ($($world:ident $test:ident $(($preset:ident))?: $($layer:ident)*;)*) => {
        $($crate::twins!(@ $world $test $([$preset])? [] $($layer)*);)*
    };
    (@ $world:ident $test:ident [$preset:ident] [] $($layer:ident)*) => {
        $crate::twins!(? $world $test kept [#[resilient($preset, name = X)]] [] $($layer)*);
    };
    (@ $world:ident $test:ident [] $($layer:ident)*) => {
        $crate::twins!(? $world $test growing [] [] $($layer)*);
    };
    (? $world:ident $test:ident $how:ident $group:tt $apart:tt limit $($rest:ident)*) => {
        $crate::twins!(+ $world $test $how $group $apart
            [#[rate_limit(name = X, 2 / 10ms, max_wait = 7ms)]] $($rest)*);
    };
    (? $world:ident $test:ident $how:ident $group:tt $apart:tt breaker $($rest:ident)*) => {
        $crate::twins!(+ $world $test $how $group $apart
            [#[circuit_breaker(name = X, threshold = 2, open_for = 8ms, half_open = 2)]] $($rest)*);
    };
    (? $world:ident $test:ident $how:ident $group:tt $apart:tt judge $($rest:ident)*) => {
        $crate::twins!(+ $world $test $how $group $apart
            [#[circuit_breaker(name = X, threshold = 2, open_for = 8ms, half_open = 1, ignore = Fault::NotFound, failure_if = is_bad)]]
            $($rest)*);
    };
    (? $world:ident $test:ident $how:ident $group:tt $apart:tt second $($rest:ident)*) => {
        $crate::twins!(+ $world $test $how $group $apart
            [#[circuit_breaker(name = Y, threshold = 3, open_for = 5ms, half_open = 1, failure = Fault::Down)]]
            $($rest)*);
    };
    (? $world:ident $test:ident $how:ident $group:tt $apart:tt bulkhead $($rest:ident)*) => {
        $crate::twins!(+ $world $test $how $group $apart
            [#[bulkhead(name = X, max_concurrent = 1, max_wait = 6ms, max_queue = 2)]] $($rest)*);
    };
    (? $world:ident $test:ident $how:ident $group:tt $apart:tt plain_retry $($rest:ident)*) => {
        $crate::twins!(+ $world $test $how $group $apart
            [#[retry(name = X, attempts = 3, backoff = fixed(3ms), jitter = none)]] $($rest)*);
    };
    (? $world:ident $test:ident $how:ident $group:tt $apart:tt retry $($rest:ident)*) => {
        $crate::twins!(+ $world $test $how $group $apart
            [#[retry(name = X, attempts = 3, backoff = fixed(3ms), jitter = none, retry_if = is_unwanted)]]
            $($rest)*);
    };
    (? $world:ident $test:ident $how:ident $group:tt $apart:tt retry_with_hook $($rest:ident)*) => {
        $crate::twins!(+ $world $test $how $group $apart
            [#[retry(name = X, attempts = 3, backoff = linear(2ms..9ms), jitter = none, on_retry = |_| ())]]
            $($rest)*);
    };
    (? $world:ident $test:ident $how:ident $group:tt $apart:tt retry_in_time $($rest:ident)*) => {
        $crate::twins!(+ $world $test $how $group $apart
            [#[retry(name = X, attempts = 4, backoff = fibonacci(1ms..9ms), jitter = none, max_elapsed = 12ms)]]
            $($rest)*);
    };
    (? $world:ident $test:ident $how:ident $group:tt $apart:tt total $($rest:ident)*) => {
        $crate::twins!(+ $world $test $how $group $apart [#[timeout(12ms, name = Y)]] $($rest)*);
    };
    (? $world:ident $test:ident $how:ident $group:tt $apart:tt each $($rest:ident)*) => {
        $crate::twins!(+ $world $test $how $group $apart [#[timeout(5ms, name = X)]] $($rest)*);
    };
    (+ $world:ident $test:ident growing [$($group:tt)*] [$($apart:tt)*] [$($layer:tt)*] $($rest:ident)*) => {
        $crate::twins!(? $world $test growing
            [$($group)* $($layer)*]
            [$($apart)* #[fallback(value = 0, on = Failure::Error(Fault::Status(1)))] $($layer)*]
            $($rest)*);
    };
    (+ $world:ident $test:ident kept $group:tt [$($apart:tt)*] [$($layer:tt)*] $($rest:ident)*) => {
        $crate::twins!(? $world $test kept $group
            [$($apart)* #[fallback(value = 0, on = Failure::Error(Fault::Status(1)))] $($layer)*]
            $($rest)*);
    };
    (? $world:ident $test:ident $how:ident $group:tt $apart:tt) => {
        mod $test {
            use super::*;

            $crate::twins!(! group "group" $test $group);
            $crate::twins!(! apart "apart" $test $apart);
        }

        proptest::proptest! {
            #![proptest_config(proptest::prelude::ProptestConfig {
                cases: 64,
                failure_persistence: None,
                ..proptest::prelude::ProptestConfig::default()
            })]
            #[test]
            fn $test(steps in $crate::twins::steps()) {
                $crate::twins::$world($test::group::guarded(), $test::apart::guarded(), &steps);
            }
        }
    };
    (! $name:ident $text:literal $test:ident [$($layer:tt)*]) => {
        pub(super) mod $name {
            #[allow(unused_imports)]
            use resilience::{Failure, bulkhead, circuit_breaker, fallback, rate_limit, resilient, retry, timeout};
            #[allow(unused_imports)]
            use $crate::{Fault, twins::{is_bad, is_unwanted}};
            #[allow(unused_imports)]
            use super::*;

            #[allow(dead_code)]
            const X: &str = concat!(stringify!($test), ".", $text, ".x");
            #[allow(dead_code)]
            const Y: &str = concat!(stringify!($test), ".", $text, ".y");

            pub(in super::super) const fn guarded() -> $crate::twins::Guarded {
                $crate::twins::Guarded {
                    call: |script| Box::pin(call(script)),
                    prefix: concat!(stringify!($test), ".", $text, "."),
                }
            }

            $($layer)*
            async fn call(script: std::sync::Arc<$crate::twins::Script>) -> $crate::twins::Answer {
                script.run().await
            }
        }
    };
}
