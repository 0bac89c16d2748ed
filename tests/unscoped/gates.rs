//! Groups of gates, on the short way in. What one gate decides at once and the next does not is asked again from there.

use resilience_tests::twins;

twins! {
    in_the_process limit_and_breaker: limit breaker;
    in_the_process breaker_and_limit: breaker limit;
    in_the_process limit_and_bulkhead: limit bulkhead;
    in_the_process bulkhead_and_limit: bulkhead limit;
    in_the_process breaker_and_bulkhead: breaker bulkhead;
    in_the_process bulkhead_and_breaker: bulkhead breaker;
    in_the_process limit_breaker_bulkhead: limit breaker bulkhead;
    in_the_process limit_bulkhead_breaker: limit bulkhead judge;
    in_the_process breaker_limit_bulkhead: judge limit bulkhead;
    in_the_process breaker_bulkhead_limit: breaker bulkhead limit;
    in_the_process bulkhead_limit_breaker: bulkhead limit breaker;
    in_the_process bulkhead_breaker_limit: bulkhead judge limit;
    in_the_process below_a_retry: retry breaker bulkhead;
    in_the_process the_recommended_order: total retry limit breaker bulkhead each;
    in_the_process two_groups: bulkhead judge each limit second;
}
