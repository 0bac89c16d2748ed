/// Docs stay.
#[inline]
pub fn quote(symbol: &str) -> Result<u64, Error> {
    type __GuardedByResilience = ();
    ::resilience::__private::function! {
        ::resilience::__private::Source::new(::resilience::__private::core::module_path!(),
        "quote")
    }
    let __answer = 'call: {
        let __failure = 'layer0: {
            let __permit0 = match {
                const __RESILIENCE_CONFIG: ::resilience::circuit_breaker::Config = {
                    let __config = ::resilience::circuit_breaker::Config::new();
                    let __config = ::resilience::circuit_breaker::Config::threshold(
                        __config,
                        5,
                    );
                    __config
                };
                const _: () = ::resilience::__private::check(
                    ::resilience::circuit_breaker::Config::problem(
                        &__RESILIENCE_CONFIG,
                        "threshold",
                    ),
                );
                const __RESILIENCE_NAME: &str = "quotes";
                const _: () = ::resilience::__private::check(
                    ::resilience::__private::name_problem(__RESILIENCE_NAME),
                );
                static __RESILIENCE_SITE: ::resilience::__private::Site<
                    ::resilience::circuit_breaker::Config,
                > = ::resilience::__private::Site::new(
                    ::resilience::__private::Some(__RESILIENCE_NAME),
                    __RESILIENCE_CONFIG,
                    ::resilience::__private::Source::new(
                        ::resilience::__private::core::module_path!(),
                        "quote",
                    ),
                );
                ::resilience::__private::layer! {
                    0, __RESILIENCE_SITE, preset : "", keys : & ["threshold"], code : &
                    []
                }
                &__RESILIENCE_SITE
            }
                .admit()
            {
                ::resilience::__private::Ok(__permit) => __permit,
                ::resilience::__private::Err(__refusal) => {
                    break 'layer0 ::resilience::__private::refused(__refusal);
                }
            };
            {
                let __result = <Result<
                    u64,
                    Error,
                > as ::resilience::__private::Answer>::result(
                    ::resilience::__private::once(move || -> Result<u64, Error> {
                        ask(symbol)?
                    }),
                );
                match __result {
                    ::resilience::__private::Ok(__value) => {
                        __permit0.success();
                        break 'call ::resilience::__private::Ok(__value);
                    }
                    ::resilience::__private::Err(_) => {
                        __permit0.failed();
                        ::resilience::__private::own_failure(__result)
                    }
                }
            }
        };
        ::resilience::__private::Err(
            <<Result<
                u64,
                Error,
            > as ::resilience::__private::Answer>::Error as ::resilience::__private::FromRejected>::into_error(
                __failure,
            ),
        )
    };
    <Result<u64, Error> as ::resilience::__private::Answer>::answer(__answer)
}
