fn quote(symbol: String) -> Result<u64, Error> {
    type __GuardedByResilience = ();
    ::resilience::__private::function! {
        ::resilience::__private::Source::new(::resilience::__private::core::module_path!(),
        "quote")
    }
    const _: () = ::resilience::__private::check(
        ::resilience::__private::sync_timeout_problem(
            (::resilience::__private::Given {
                preset: HTTP_API,
            })
                .preset
                .__timeout_section(),
        ),
    );
    const _: () = ::resilience::__private::check(
        ::resilience::__private::sync_timeout_problem(
            (::resilience::__private::Given {
                preset: HTTP_API,
            })
                .preset
                .__total_timeout_section(),
        ),
    );
    #[allow(clippy::used_underscore_binding)]
    let mut __symbol = ::resilience::__private::Some(symbol);
    let __answer = 'call: {
        let __failure = {
            let mut __retry0 = {
                const __RESILIENCE_CONFIG: ::resilience::retry::Config = ::resilience::retry::Config::or(
                    {
                        let __config = ::resilience::retry::Config::new();
                        let __config = ::resilience::retry::Config::attempts(
                            __config,
                            2,
                        );
                        __config
                    },
                    match (::resilience::__private::Given {
                        preset: HTTP_API,
                    })
                        .preset
                        .__retry_section()
                    {
                        ::resilience::__private::Some(__section) => __section,
                        ::resilience::__private::None => {
                            ::resilience::retry::Config::new()
                        }
                    },
                );
                const _: () = ::resilience::__private::check(
                    ::resilience::retry::Config::problem(
                        &__RESILIENCE_CONFIG,
                        "attempts",
                    ),
                );
                const _: () = ::resilience::__private::check(
                    ::resilience::retry::Config::any_problem(
                        &__RESILIENCE_CONFIG,
                        &["attempts"],
                    ),
                );
                const __RESILIENCE_NAME: &str = "quotes";
                const _: () = ::resilience::__private::check(
                    ::resilience::__private::name_problem(__RESILIENCE_NAME),
                );
                static __RESILIENCE_SITE: ::resilience::__private::Site<
                    ::resilience::retry::Config,
                > = ::resilience::__private::Site::new(
                    ::resilience::__private::Some(__RESILIENCE_NAME),
                    __RESILIENCE_CONFIG,
                    ::resilience::__private::Source::new(
                        ::resilience::__private::core::module_path!(),
                        "quote",
                    ),
                );
                ::resilience::__private::layer! {
                    0, __RESILIENCE_SITE, preset : "HTTP_API", keys : & ["attempts"],
                    code : & []
                }
                &__RESILIENCE_SITE
            }
                .start();
            'retry0: loop {
                let __failure = 'layer1: {
                    if let ::resilience::__private::Err(__rejected) = {
                        const __RESILIENCE_NAME: &str = "quotes";
                        const _: () = ::resilience::__private::check(
                            ::resilience::__private::name_problem(__RESILIENCE_NAME),
                        );
                        static __RESILIENCE_SITE: ::resilience::__private::OptionalSite<
                            ::resilience::rate_limit::Config,
                        > = ::resilience::__private::OptionalSite::new(
                            ::resilience::__private::Some(__RESILIENCE_NAME),
                            (::resilience::__private::Given {
                                preset: HTTP_API,
                            })
                                .preset
                                .__rate_limit_section(),
                            ::resilience::__private::Source::new(
                                ::resilience::__private::core::module_path!(),
                                "quote",
                            ),
                        );
                        ::resilience::__private::layer! {
                            1, __RESILIENCE_SITE, preset : "HTTP_API", keys : & [], code
                            : & []
                        }
                        &__RESILIENCE_SITE
                    }
                        .pass()
                    {
                        break 'layer1 ::resilience::__private::refused(__rejected);
                    }
                    'layer2: {
                        let __permit2 = match {
                            const __RESILIENCE_NAME: &str = "quotes";
                            const _: () = ::resilience::__private::check(
                                ::resilience::__private::name_problem(__RESILIENCE_NAME),
                            );
                            static __RESILIENCE_SITE: ::resilience::__private::OptionalSite<
                                ::resilience::circuit_breaker::Config,
                            > = ::resilience::__private::OptionalSite::new(
                                ::resilience::__private::Some(__RESILIENCE_NAME),
                                (::resilience::__private::Given {
                                    preset: HTTP_API,
                                })
                                    .preset
                                    .__circuit_breaker_section(),
                                ::resilience::__private::Source::new(
                                    ::resilience::__private::core::module_path!(),
                                    "quote",
                                ),
                            );
                            ::resilience::__private::layer! {
                                2, __RESILIENCE_SITE, preset : "HTTP_API", keys : & [], code
                                : & []
                            }
                            &__RESILIENCE_SITE
                        }
                            .admit()
                        {
                            ::resilience::__private::Ok(__permit) => __permit,
                            ::resilience::__private::Err(__refusal) => {
                                break 'layer2 ::resilience::__private::refused(__refusal);
                            }
                        };
                        let __failure = 'layer3: {
                            let __place3 = 'enter3: {
                                let __site = {
                                    const __RESILIENCE_NAME: &str = "quotes";
                                    const _: () = ::resilience::__private::check(
                                        ::resilience::__private::name_problem(__RESILIENCE_NAME),
                                    );
                                    static __RESILIENCE_SITE: ::resilience::__private::OptionalSite<
                                        ::resilience::bulkhead::Config,
                                    > = ::resilience::__private::OptionalSite::new(
                                        ::resilience::__private::Some(__RESILIENCE_NAME),
                                        (::resilience::__private::Given {
                                            preset: HTTP_API,
                                        })
                                            .preset
                                            .__bulkhead_section(),
                                        ::resilience::__private::Source::new(
                                            ::resilience::__private::core::module_path!(),
                                            "quote",
                                        ),
                                    );
                                    ::resilience::__private::layer! {
                                        3, __RESILIENCE_SITE, preset : "HTTP_API", keys : & [], code
                                        : & []
                                    }
                                    &__RESILIENCE_SITE
                                };
                                let __later = match __site.ask() {
                                    ::resilience::__private::Asked::Place(__place) => {
                                        break 'enter3 __place;
                                    }
                                    ::resilience::__private::Asked::Full(__full) => {
                                        break 'layer3 ::resilience::__private::refused(
                                            __full.refusal(),
                                        );
                                    }
                                    ::resilience::__private::Asked::Later(__later) => __later,
                                };
                                match __later.place_later() {
                                    ::resilience::__private::Ok(__place) => __place,
                                    ::resilience::__private::Err(__rejected) => {
                                        break 'layer3 ::resilience::__private::refused(__rejected);
                                    }
                                }
                            };
                            match <Result<
                                u64,
                                Error,
                            > as ::resilience::__private::Answer>::result(
                                ::resilience::__private::once(|| -> Result<u64, Error> {
                                    let symbol = ::resilience::__private::argument::<
                                        String,
                                    >(&__retry0, &mut __symbol);
                                    { Ok(1) }
                                }),
                            ) {
                                ::resilience::__private::Ok(__value) => {
                                    __permit2.success();
                                    __retry0.succeeded();
                                    break 'call ::resilience::__private::Ok(__value);
                                }
                                ::resilience::__private::Err(__error) => {
                                    ::resilience::__private::Failure::Error(__error)
                                }
                            }
                        };
                        __permit2.fail(&__failure);
                        __failure
                    }
                };
                if !__retry0
                    .again_after(
                        &__failure,
                        ::resilience::__private::always,
                        ::resilience::__private::no_hint,
                    )
                {
                    break 'retry0 __failure;
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
