/// LLM APIs.
///
/**| policy | settings |
|---|---|
| `circuit_breaker` | `threshold = 3`, `open_for = 30s .. 5m` |
| `timeout` | `60s` |
*/
pub const AI: ::resilience::Preset = {
    const __RESILIENCE_CIRCUIT_BREAKER: ::resilience::circuit_breaker::Config = {
        let __config = ::resilience::circuit_breaker::Config::new();
        let __config = ::resilience::circuit_breaker::Config::threshold(__config, 3);
        let __config = ::resilience::circuit_breaker::Config::open_for_between(
            __config,
            ::resilience::__private::core::time::Duration::new(30u64, 0u32),
            ::resilience::__private::core::time::Duration::new(300u64, 0u32),
        );
        __config
    };
    const _: () = ::resilience::__private::check(
        ::resilience::circuit_breaker::Config::problem(
            &__RESILIENCE_CIRCUIT_BREAKER,
            "threshold",
        ),
    );
    const _: () = ::resilience::__private::check(
        ::resilience::circuit_breaker::Config::problem(
            &__RESILIENCE_CIRCUIT_BREAKER,
            "open_for",
        ),
    );
    const __RESILIENCE_TIMEOUT: ::resilience::timeout::Config = {
        let __config = ::resilience::timeout::Config::new();
        let __config = ::resilience::timeout::Config::limit(
            __config,
            ::resilience::__private::core::time::Duration::new(60u64, 0u32),
        );
        __config
    };
    const _: () = ::resilience::__private::check(
        ::resilience::timeout::Config::problem(&__RESILIENCE_TIMEOUT, "limit"),
    );
    ::resilience::Preset::timeout(
        ::resilience::Preset::circuit_breaker(
            ::resilience::Preset::EMPTY,
            __RESILIENCE_CIRCUIT_BREAKER,
        ),
        __RESILIENCE_TIMEOUT,
    )
};
