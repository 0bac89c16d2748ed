//! The same stack as a group and taken apart by empty layers: whatever happens to both, nothing tells them apart.

use std::sync::Arc;

use proptest::prelude::*;
use resilience::{
    Failure, bulkhead, circuit_breaker, fallback, preset, rate_limit, resilient, retry, timeout,
};

use super::{
    Answer, Fault,
    script::{Script, compare, is_bad, is_unwanted, steps},
};

/// Two functions: one whose layers stand as they are written, and one with an empty layer between each two.
macro_rules! twins {
    ($test:ident: $($layer:ident)*) => {
        twins!(@ $test [] [] $($layer)*);
    };
    (@ $test:ident $group:tt $apart:tt limit $($rest:ident)*) => {
        twins!(+ $test $group $apart [#[rate_limit("x", 2 / 10ms, max_wait = 7ms)]] $($rest)*);
    };
    (@ $test:ident $group:tt $apart:tt breaker $($rest:ident)*) => {
        twins!(+ $test $group $apart [#[circuit_breaker("x", threshold = 2, open_for = 8ms, half_open = 2)]] $($rest)*);
    };
    (@ $test:ident $group:tt $apart:tt judge $($rest:ident)*) => {
        twins!(+ $test $group $apart
            [#[circuit_breaker("x", threshold = 2, open_for = 8ms, half_open = 1, ignore = Fault::NotFound, failure_if = is_bad)]]
            $($rest)*);
    };
    (@ $test:ident $group:tt $apart:tt second $($rest:ident)*) => {
        twins!(+ $test $group $apart
            [#[circuit_breaker("y", threshold = 3, open_for = 5ms, half_open = 1, failure = Fault::Down)]] $($rest)*);
    };
    (@ $test:ident $group:tt $apart:tt bulkhead $($rest:ident)*) => {
        twins!(+ $test $group $apart [#[bulkhead("x", max_concurrent = 1, max_wait = 6ms, max_queue = 2)]] $($rest)*);
    };
    (@ $test:ident $group:tt $apart:tt retry $($rest:ident)*) => {
        twins!(+ $test $group $apart
            [#[retry(name = "x", attempts = 3, backoff = fixed(3ms), jitter = none, retry_if = is_unwanted)]] $($rest)*);
    };
    (@ $test:ident $group:tt $apart:tt told $($rest:ident)*) => {
        twins!(+ $test $group $apart
            [#[retry(name = "x", attempts = 3, backoff = linear(2ms..9ms), jitter = none, on_retry = |_| ())]] $($rest)*);
    };
    (@ $test:ident $group:tt $apart:tt decorrelated $($rest:ident)*) => {
        twins!(+ $test $group $apart
            [#[retry(name = "x", attempts = 4, backoff = fibonacci(1ms..9ms), jitter = none, max_elapsed = 12ms)]] $($rest)*);
    };
    (@ $test:ident $group:tt $apart:tt total $($rest:ident)*) => {
        twins!(+ $test $group $apart [#[timeout(12ms, name = "total")]] $($rest)*);
    };
    (@ $test:ident $group:tt $apart:tt each $($rest:ident)*) => {
        twins!(+ $test $group $apart [#[timeout(5ms, name = "each")]] $($rest)*);
    };
    (+ $test:ident [$($group:tt)*] [$($apart:tt)*] [$($layer:tt)*] $($rest:ident)*) => {
        twins!(@ $test
            [$($group)* $($layer)*]
            [$($apart)* #[fallback(value = 0, on = Failure::Error(Fault::Status(1)))] $($layer)*]
            $($rest)*);
    };
    (@ $test:ident $group:tt $apart:tt) => {
        pair!($test $group $apart);
    };
}

/// The function as a group, the function taken apart, and the test that compares them.
macro_rules! pair {
    ($test:ident [$($group:tt)*] [$($apart:tt)*]) => {
        mod $test {
            use super::*;

            $($group)*
            pub(super) async fn group(script: Arc<Script>) -> Answer {
                script.run().await
            }

            $($apart)*
            pub(super) async fn apart(script: Arc<Script>) -> Answer {
                script.run().await
            }
        }

        proptest! {
            #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]
            #[test]
            fn $test(steps in steps()) {
                compare(|script| Box::pin($test::group(script)), |script| Box::pin($test::apart(script)), &steps);
            }
        }
    };
}

/// The same of a preset, beside what it says taken apart.
macro_rules! preset_twins {
    ($test:ident: $preset:ident $($layer:ident)*) => {
        preset_twins!(@ $test $preset [] $($layer)*);
    };
    (@ $test:ident $preset:ident [$($apart:tt)*] $layer:ident $($rest:ident)*) => {
        preset_twins!(+ $test $preset [$($apart)*] $layer $($rest)*);
    };
    (@ $test:ident $preset:ident $apart:tt) => {
        pair!($test [#[resilient($preset, name = "x")]] $apart);
    };
    (+ $test:ident $preset:ident $apart:tt retry $($rest:ident)*) => {
        preset_twins!(- $test $preset $apart [#[retry(name = "x", attempts = 3, backoff = fixed(3ms), jitter = none)]] $($rest)*);
    };
    (+ $test:ident $preset:ident $apart:tt limit $($rest:ident)*) => {
        preset_twins!(- $test $preset $apart [#[rate_limit("x", 2 / 10ms, max_wait = 7ms)]] $($rest)*);
    };
    (+ $test:ident $preset:ident $apart:tt breaker $($rest:ident)*) => {
        preset_twins!(- $test $preset $apart [#[circuit_breaker("x", threshold = 2, open_for = 8ms, half_open = 2)]] $($rest)*);
    };
    (+ $test:ident $preset:ident $apart:tt bulkhead $($rest:ident)*) => {
        preset_twins!(- $test $preset $apart [#[bulkhead("x", max_concurrent = 1, max_wait = 6ms, max_queue = 2)]] $($rest)*);
    };
    (+ $test:ident $preset:ident $apart:tt each $($rest:ident)*) => {
        preset_twins!(- $test $preset $apart [#[timeout(5ms, name = "x")]] $($rest)*);
    };
    (- $test:ident $preset:ident [$($apart:tt)*] [$($layer:tt)*] $($rest:ident)*) => {
        preset_twins!(@ $test $preset
            [$($apart)* #[fallback(value = 0, on = Failure::Error(Fault::Status(1)))] $($layer)*] $($rest)*);
    };
}

preset! {
    pub(super) const ALL: Preset = {
        retry(attempts = 3, backoff = fixed(3ms), jitter = none),
        rate_limit(2 / 10ms, max_wait = 7ms),
        circuit_breaker(threshold = 2, open_for = 8ms, half_open = 2),
        bulkhead(max_concurrent = 1, max_wait = 6ms, max_queue = 2),
        timeout(5ms),
    };
    pub(super) const WITHOUT_BREAKER: Preset = {
        rate_limit(2 / 10ms, max_wait = 7ms),
        bulkhead(max_concurrent = 1, max_wait = 6ms, max_queue = 2),
    };
    pub(super) const WITHOUT_LIMIT: Preset = {
        circuit_breaker(threshold = 2, open_for = 8ms, half_open = 2),
        bulkhead(max_concurrent = 1, max_wait = 6ms, max_queue = 2),
    };
    pub(super) const WITHOUT_BULKHEAD: Preset = {
        retry(attempts = 3, backoff = fixed(3ms), jitter = none),
        rate_limit(2 / 10ms, max_wait = 7ms),
        circuit_breaker(threshold = 2, open_for = 8ms, half_open = 2),
    };
}

twins!(limit_and_breaker: limit breaker);
twins!(breaker_and_limit: breaker limit);
twins!(limit_and_bulkhead: limit bulkhead);
twins!(bulkhead_and_limit: bulkhead limit);
twins!(breaker_and_bulkhead: breaker bulkhead);
twins!(bulkhead_and_breaker: bulkhead breaker);
twins!(limit_breaker_bulkhead: limit breaker bulkhead);
twins!(limit_bulkhead_breaker: limit bulkhead judge);
twins!(breaker_limit_bulkhead: judge limit bulkhead);
twins!(breaker_bulkhead_limit: breaker bulkhead limit);
twins!(bulkhead_limit_breaker: bulkhead limit breaker);
twins!(bulkhead_breaker_limit: bulkhead judge limit);
twins!(below_a_retry: retry limit breaker bulkhead);
twins!(below_a_retry_in_another_order: retry bulkhead judge limit);
twins!(below_a_retry_without_a_breaker: retry bulkhead limit);
twins!(below_a_retry_that_tells: told breaker bulkhead);
twins!(below_a_retry_with_a_limit_in_time: decorrelated bulkhead breaker);
twins!(below_a_timeout: total limit breaker bulkhead);
twins!(above_a_timeout: judge bulkhead limit each);
twins!(the_recommended_order: total retry limit breaker bulkhead each);
twins!(two_groups_around_a_retry: second limit retry bulkhead breaker);
twins!(two_groups_around_a_timeout: bulkhead judge each limit second);
twins!(two_groups_side_by_side: breaker bulkhead second limit);
twins!(above_a_retry: bulkhead breaker retry);
preset_twins!(a_preset_with_every_gate: ALL retry limit breaker bulkhead each);
preset_twins!(a_preset_without_a_breaker: WITHOUT_BREAKER limit bulkhead);
preset_twins!(a_preset_without_a_limit: WITHOUT_LIMIT breaker bulkhead);
preset_twins!(a_preset_without_a_bulkhead: WITHOUT_BULKHEAD retry limit breaker);
