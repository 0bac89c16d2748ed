fn price(&self, symbol: &str, count: u32) -> Result<u64, Error> {
    const _: &str = "guarded by resilience";
    ::resilience::__private::function! {
        ::resilience::__private::Source::new(::resilience::__private::core::module_path!(),
        "price", ::resilience::__private::core::file!(),
        ::resilience::__private::core::line!(), ::resilience::__private::core::column!())
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
                const __RESILIENCE_CONFIG: ::resilience::retry::Config = {
                    let __config = ::resilience::retry::Config::new();
                    __config
                };
                const _: () = ::resilience::__private::check(
                    ::resilience::retry::Config::any_problem(&__RESILIENCE_CONFIG, &[]),
                );
                static __RESILIENCE_SITE: ::resilience::__private::Site<
                    ::resilience::retry::Config,
                > = ::resilience::__private::Site::new(
                    ::resilience::__private::core::option::Option::None,
                    __RESILIENCE_CONFIG,
                    ::resilience::__private::Source::new(
                        ::resilience::__private::core::module_path!(),
                        "price",
                        ::resilience::__private::core::file!(),
                        ::resilience::__private::core::line!(),
                        ::resilience::__private::core::column!(),
                    ),
                );
                ::resilience::__private::layer! {
                    0, preset : "", keys : & [], code : & [("on", "Error :: Busy (_)")]
                }
                &__RESILIENCE_SITE
            }
                .first();
            let mut __result = match __body0() {
                #[allow(unreachable_patterns)]
                ::resilience::__private::core::result::Result::Ok(__value) => {
                    __first0.succeeded();
                    break 'call ::resilience::__private::core::result::Result::Ok(
                        __value,
                    );
                }
                #[allow(unreachable_patterns)]
                __result => __result,
            };
            let mut __retry0 = __first0.failed();
            'retry0: loop {
                let __failure = match __result {
                    #[allow(unreachable_patterns)]
                    ::resilience::__private::core::result::Result::Ok(__value) => {
                        __retry0.succeeded();
                        break 'call ::resilience::__private::core::result::Result::Ok(
                            __value,
                        );
                    }
                    #[allow(unreachable_patterns)]
                    ::resilience::__private::core::result::Result::Err(__error) => {
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
                        |_| ::resilience::__private::core::option::Option::None,
                    )
                {
                    break 'retry0 __failure;
                }
                __result = __body0();
            }
        };
        ::resilience::__private::core::result::Result::Err(
            ::resilience::__private::only_error(__failure),
        )
    };
    <Result<u64, Error> as ::resilience::__private::Answer>::answer(__answer)
}
