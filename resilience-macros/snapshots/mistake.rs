#[inline]
fn quote() -> Result<u64, Error> {
    #[retry(__resilience_proof_of_retry)]
    const _: () = {
        ::core::compile_error!(
            "this `retry` is not the one of `resilience`; write `use resilience::retry;`, or its whole path"
        );
    };
    Ok(1)
}
::core::compile_error! {
    "unknown setting `treshold` for `#[circuit_breaker]`; did you mean `threshold`?\nexpected one of: `threshold`, `failure_count`, `failure_rate`, `slow_call`, `slow_rate`, `window`, `min_calls`, `open_for`, `half_open`, `success_threshold`, `half_open_for`, `reset_after`, `failure`, `ignore`, `failure_if`, `count_rejections`, `latency`, `initial`, `key`, `max_keys`, `enabled`, `name`, `preset`, `crate`"
}
::core::compile_error! {
    "unknown setting `attempt` for `#[retry]`; did you mean `attempts`?\nexpected one of: `attempts`, `backoff`, `jitter`, `max_elapsed`, `on`, `abort_on`, `retry_if`, `retry_after`, `on_retry`, `exhausted`, `enabled`, `name`, `preset`, `crate`"
}
