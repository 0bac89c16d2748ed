fn price(&self, symbol: &str, count: u32) -> Result<u64, Error> {
    type __GuardedByResilience = ();
    ::resilience::__private::function! {
        ::resilience::__private::Source::new(::resilience::__private::core::module_path!(),
        "price")
    }
    let __answer = 'call: {
        let __failure = {
            #[allow(unused_mut)]
            let mut __body0 = || <Result<
                u64,
                Error,
            > as ::resilience::__private::Answer>::result(
                ::resilience::__private::once(|| -> Result<u64, Error> {
                    let mut count = count;
                    { ask(symbol, count) }
                }),
            );
            let __first0 = {
                static __RESILIENCE_SITE: ::resilience::__private::Site<
                    ::resilience::retry::Config,
                > = ::resilience::__private::Site::new(
                    ::resilience::__private::None,
                    ::resilience::retry::Config::new(),
                    ::resilience::__private::Source::new(
                        ::resilience::__private::core::module_path!(),
                        "price",
                    ),
                );
                ::resilience::__private::layer! {
                    0, preset : "", keys : & [], code : & [("on", "Error :: Busy (_)")]
                }
                &__RESILIENCE_SITE
            }
                .first();
            let mut __result = match __body0() {
                ::resilience::__private::Ok(__value) => {
                    __first0.succeeded();
                    break 'call ::resilience::__private::Ok(__value);
                }
                __result => __result,
            };
            let mut __retry0 = __first0.failed();
            'retry0: loop {
                let __failure = match __result {
                    ::resilience::__private::Ok(__value) => {
                        __retry0.succeeded();
                        break 'call ::resilience::__private::Ok(__value);
                    }
                    ::resilience::__private::Err(__error) => {
                        ::resilience::__private::Failure::Error(__error)
                    }
                };
                if !__retry0
                    .again_after(
                        &__failure,
                        |__error| {
                            #[allow(unreachable_patterns)]
                            match __error {
                                Error::Busy(_) => true,
                                _ => false,
                            }
                        },
                        |_| ::resilience::__private::None,
                    )
                {
                    break 'retry0 __failure;
                }
                __result = __body0();
            }
        };
        ::resilience::__private::Err(::resilience::__private::only_error(__failure))
    };
    <Result<u64, Error> as ::resilience::__private::Answer>::answer(__answer)
}
