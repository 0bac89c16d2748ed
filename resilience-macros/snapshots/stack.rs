#[doc(hidden)]
async fn quote(&self, symbol: String) -> Result<u64, Error> {
    type __GuardedByResilience = ();
    #[retry(__resilience_proof_of_retry)]
    const _: () = {
        ::core::compile_error!(
            "this `retry` is not the one of `resilience`; write `use resilience::retry;`, or its whole path"
        );
    };
    #[circuit_breaker(__resilience_proof_of_circuit_breaker)]
    const _: () = {
        ::core::compile_error!(
            "this `circuit_breaker` is not the one of `resilience`; write `use resilience::circuit_breaker;`, or its whole path"
        );
    };
    #[bulkhead(__resilience_proof_of_bulkhead)]
    const _: () = {
        ::core::compile_error!(
            "this `bulkhead` is not the one of `resilience`; write `use resilience::bulkhead;`, or its whole path"
        );
    };
    #[timeout(__resilience_proof_of_timeout)]
    const _: () = {
        ::core::compile_error!(
            "this `timeout` is not the one of `resilience`; write `use resilience::timeout;`, or its whole path"
        );
    };
    ::resilience::__private::function! {
        ::resilience::__private::Source::new(::resilience::__private::core::module_path!(),
        "quote")
    }
    #[allow(clippy::used_underscore_binding)]
    let mut __symbol = ::resilience::__private::Some(symbol);
    let __answer = 'call: {
        let __failure = 'layer0: {
            let __failure = {
                let mut __retry1 = {
                    static __RESILIENCE_SITE: ::resilience::__private::Site<
                        ::resilience::retry::Config,
                    > = ::resilience::__private::Site::unnamed(
                        ::resilience::retry::Config::checked(
                            ::resilience::retry::Config::attempts(
                                ::resilience::retry::Config::new(),
                                3,
                            ),
                            "attempts",
                        ),
                        ::resilience::__private::Source::new(
                            ::resilience::__private::core::module_path!(),
                            "quote",
                        ),
                    );
                    ::resilience::__private::layer! {
                        1, preset : "", keys : & ["attempts"], code : & [("retry_if",
                        "| r | r . is_err ()")]
                    }
                    &__RESILIENCE_SITE
                }
                    .start();
                'retry1: loop {
                    let __delay = 'attempt1: {
                        let __failure = 'layer2: {
                            let mut __permit2 = match {
                                static __RESILIENCE_SITE: ::resilience::__private::Site<
                                    ::resilience::circuit_breaker::Config,
                                > = ::resilience::__private::Site::unnamed(
                                    ::resilience::circuit_breaker::Config::new(),
                                    ::resilience::__private::Source::new(
                                        ::resilience::__private::core::module_path!(),
                                        "quote",
                                    ),
                                );
                                ::resilience::__private::layer! {
                                    2, preset : "", keys : & [], code : & [("ignore",
                                    "Error :: NotFound (_) | Error :: Http { status } if * status < 500")]
                                }
                                &__RESILIENCE_SITE
                            }
                                .admit_async()
                            {
                                ::resilience::__private::Ok(__permit) => __permit,
                                ::resilience::__private::Err(__refusal) => {
                                    break 'layer2 ::resilience::__private::refused(__refusal);
                                }
                            };
                            let __failure = 'layer3: {
                                let __place3 = 'enter3: {
                                    let __site = {
                                        static __RESILIENCE_SITE: ::resilience::__private::Site<
                                            ::resilience::bulkhead::Config,
                                        > = ::resilience::__private::Site::unnamed(
                                            ::resilience::bulkhead::Config::checked(
                                                ::resilience::bulkhead::Config::max_concurrent(
                                                    ::resilience::bulkhead::Config::new(),
                                                    20,
                                                ),
                                                "max_concurrent",
                                            ),
                                            ::resilience::__private::Source::new(
                                                ::resilience::__private::core::module_path!(),
                                                "quote",
                                            ),
                                        );
                                        ::resilience::__private::layer! {
                                            3, preset : "", keys : & ["max_concurrent"], code : & []
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
                                    match __later.queueing().await {
                                        ::resilience::__private::Ok(__place) => __place,
                                        ::resilience::__private::Err(__rejected) => {
                                            break 'layer3 ::resilience::__private::Failure::Rejected(
                                                __rejected,
                                            );
                                        }
                                    }
                                };
                                let __failure = match {
                                    static __RESILIENCE_SITE: ::resilience::__private::Site<
                                        ::resilience::timeout::Config,
                                    > = ::resilience::__private::Site::unnamed(
                                        ::resilience::timeout::Config::checked(
                                            ::resilience::timeout::Config::limit(
                                                ::resilience::timeout::Config::new(),
                                                ::resilience::__private::core::time::Duration::new(
                                                    0u64,
                                                    800000000u32,
                                                ),
                                            ),
                                            "limit",
                                        ),
                                        ::resilience::__private::Source::new(
                                            ::resilience::__private::core::module_path!(),
                                            "quote",
                                        ),
                                    );
                                    ::resilience::__private::layer! {
                                        4, preset : "", keys : & ["limit"], code : & []
                                    }
                                    &__RESILIENCE_SITE
                                }
                                    .timing()
                                    .limit(
                                        ::resilience::__private::body::<
                                            1usize,
                                            _,
                                        >(async {
                                            if let ::resilience::__private::Some(__answer) = ::resilience::__private::None::<
                                                Result<u64, Error>,
                                            > {
                                                return __answer;
                                            }
                                            let symbol = ::resilience::__private::lend::<
                                                String,
                                            >(&mut __symbol, false);
                                            { Ok(1) }
                                        }),
                                    )
                                    .await
                                {
                                    ::resilience::__private::Ok(__answer) => {
                                        match <Result<
                                            u64,
                                            Error,
                                        > as ::resilience::__private::Answer>::result(__answer) {
                                            ::resilience::__private::Ok(__value) => {
                                                __permit2.success();
                                                if ::resilience::__private::predicate::<
                                                    <Result<
                                                        u64,
                                                        Error,
                                                    > as ::resilience::__private::Answer>::Value,
                                                    <Result<
                                                        u64,
                                                        Error,
                                                    > as ::resilience::__private::Answer>::Error,
                                                >(::resilience::__private::Ok(&__value), |r| r.is_err()) {
                                                    if let ::resilience::__private::Some(__delay) = __retry1
                                                        .wait_unwanted()
                                                    {
                                                        break 'attempt1 __delay;
                                                    }
                                                } else {
                                                    __retry1.succeeded();
                                                }
                                                break 'call ::resilience::__private::Ok(__value);
                                            }
                                            ::resilience::__private::Err(__failure) => {
                                                ::resilience::__private::Failure::Error(__failure)
                                            }
                                        }
                                    }
                                    ::resilience::__private::Err(__rejected) => {
                                        ::resilience::__private::Failure::Rejected(__rejected)
                                    }
                                };
                                ::resilience::__private::unlikely();
                                __failure
                            };
                            __permit2
                                .settle({
                                    let __watch = ::resilience::__private::watch::<1usize>();
                                    let __watched = ::resilience::__private::blame(
                                        &__failure,
                                        |__error| {
                                            #[allow(unreachable_patterns)]
                                            match __error {
                                                Error::NotFound(_) => {
                                                    ::resilience::__private::Verdict::Neither
                                                }
                                                Error::Http { status } if *status < 500 => {
                                                    ::resilience::__private::Verdict::Neither
                                                }
                                                _ => ::resilience::__private::Verdict::Failure,
                                            }
                                        },
                                    );
                                    __watch.done();
                                    __watched
                                });
                            __failure
                        };
                        match __retry1
                            .wait_after(
                                &__failure,
                                |__error| {
                                    #[allow(unreachable_patterns)]
                                    match __error {
                                        _ if ::resilience::__private::predicate::<
                                            <Result<
                                                u64,
                                                Error,
                                            > as ::resilience::__private::Answer>::Value,
                                            <Result<
                                                u64,
                                                Error,
                                            > as ::resilience::__private::Answer>::Error,
                                        >(::resilience::__private::Err(__error), |r| r.is_err()) => {
                                            true
                                        }
                                        _ => false,
                                    }
                                },
                                ::resilience::__private::no_hint,
                            )
                        {
                            ::resilience::__private::Some(__delay) => __delay,
                            ::resilience::__private::None => break 'retry1 __failure,
                        }
                    };
                    if !__delay.is_none() {
                        __retry1.pause(__delay).await;
                    }
                }
            };
            let __site = {
                static __RESILIENCE_SITE: ::resilience::__private::Site<
                    ::resilience::fallback::Config,
                > = ::resilience::__private::Site::unnamed(
                    ::resilience::fallback::Config::new(),
                    ::resilience::__private::Source::new(
                        ::resilience::__private::core::module_path!(),
                        "quote",
                    ),
                );
                ::resilience::__private::layer! {
                    0, preset : "", keys : & [], code : & [("tier", "Self :: cached"),
                    ("value", "7")]
                }
                &__RESILIENCE_SITE
            };
            if !__site.stands_in_as_last_resort(&__failure) {
                break 'layer0 __failure;
            }
            let __failure = match {
                ::resilience::__private::done(__failure);
                let __tier = Self::cached(
                    self,
                    ::resilience::__private::lend::<String>(&mut __symbol, true),
                );
                ::resilience::__private::given::<Result<u64, Error>, _, _>(__tier).await
            } {
                ::resilience::__private::Ok(__value) => {
                    break 'call ::resilience::__private::Ok(__value);
                }
                ::resilience::__private::Err(__error) => {
                    ::resilience::__private::Failure::Error(__error)
                }
            };
            let __failure = match {
                ::resilience::__private::done(__failure);
                ::resilience::__private::value::<Result<u64, Error>>(7)
            } {
                ::resilience::__private::Ok(__value) => {
                    break 'call ::resilience::__private::Ok(__value);
                }
                ::resilience::__private::Err(__error) => {
                    ::resilience::__private::Failure::Error(__error)
                }
            };
            __site.failed();
            __failure
        };
        ::resilience::__private::Err(::resilience::__private::only_error(__failure))
    };
    <Result<u64, Error> as ::resilience::__private::Answer>::answer(__answer)
}
