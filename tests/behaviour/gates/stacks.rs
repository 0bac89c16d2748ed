//! The same stack as a group and taken apart by empty layers: whatever happens to both, nothing tells them apart.

use resilience::preset;
use resilience_tests::twins;

twins! {
    in_scopes limit_and_breaker: limit breaker;
    in_scopes breaker_and_limit: breaker limit;
    in_scopes limit_and_bulkhead: limit bulkhead;
    in_scopes bulkhead_and_limit: bulkhead limit;
    in_scopes breaker_and_bulkhead: breaker bulkhead;
    in_scopes bulkhead_and_breaker: bulkhead breaker;
    in_scopes limit_breaker_bulkhead: limit breaker bulkhead;
    in_scopes limit_bulkhead_breaker: limit bulkhead judge;
    in_scopes breaker_limit_bulkhead: judge limit bulkhead;
    in_scopes breaker_bulkhead_limit: breaker bulkhead limit;
    in_scopes bulkhead_limit_breaker: bulkhead limit breaker;
    in_scopes bulkhead_breaker_limit: bulkhead judge limit;
    in_scopes below_a_retry: retry limit breaker bulkhead;
    in_scopes below_a_retry_in_another_order: retry bulkhead judge limit;
    in_scopes below_a_retry_without_a_breaker: retry bulkhead limit;
    in_scopes below_a_retry_with_a_hook: retry_with_hook breaker bulkhead;
    in_scopes below_a_retry_with_a_limit_in_time: retry_in_time bulkhead breaker;
    in_scopes below_a_timeout: total limit breaker bulkhead;
    in_scopes above_a_timeout: judge bulkhead limit each;
    in_scopes above_a_retry: bulkhead breaker retry;
    in_scopes the_recommended_order: total retry limit breaker bulkhead each;
    in_scopes two_groups_around_a_retry: second limit retry bulkhead breaker;
    in_scopes two_groups_around_a_timeout: bulkhead judge each limit second;
    in_scopes two_groups_side_by_side: breaker bulkhead second limit;
    in_scopes_and_told told_of_three_gates: limit judge bulkhead;
    in_scopes_and_told told_of_three_gates_in_another_order: bulkhead breaker limit;
    in_scopes_and_told told_of_the_recommended_order: total retry limit breaker bulkhead each;
    in_scopes a_preset_with_every_gate(ALL): plain_retry limit breaker bulkhead each;
    in_scopes a_preset_without_a_breaker(WITHOUT_BREAKER): limit bulkhead;
    in_scopes a_preset_without_a_limit(WITHOUT_LIMIT): breaker bulkhead;
    in_scopes a_preset_without_a_bulkhead(WITHOUT_BULKHEAD): plain_retry limit breaker;
}

preset! {
    const ALL: Preset = {
        retry(attempts = 3, backoff = fixed(3ms), jitter = none),
        rate_limit(2 / 10ms, max_wait = 7ms),
        circuit_breaker(threshold = 2, open_for = 8ms, half_open = 2),
        bulkhead(max_concurrent = 1, max_wait = 6ms, max_queue = 2),
        timeout(5ms),
    };
    const WITHOUT_BREAKER: Preset = {
        rate_limit(2 / 10ms, max_wait = 7ms),
        bulkhead(max_concurrent = 1, max_wait = 6ms, max_queue = 2),
    };
    const WITHOUT_LIMIT: Preset = {
        circuit_breaker(threshold = 2, open_for = 8ms, half_open = 2),
        bulkhead(max_concurrent = 1, max_wait = 6ms, max_queue = 2),
    };
    const WITHOUT_BULKHEAD: Preset = {
        retry(attempts = 3, backoff = fixed(3ms), jitter = none),
        rate_limit(2 / 10ms, max_wait = 7ms),
        circuit_breaker(threshold = 2, open_for = 8ms, half_open = 2),
    };
}
