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
                        ::resilience::__private::core::module_path!(),
                        "quote",
                    );
                    ::resilience::__private::layer! {
                        1, __RESILIENCE_SITE, preset : "", keys : & ["attempts"], code :
                        & [("retry_if", "| r | r . is_err ()")]
                    }
                    &__RESILIENCE_SITE
                }
                    .start();
                'retry1: loop {
                    let __failure = 'layer2: {
                        let mut __guard2 = ::resilience::__private::Guard::new();
                        let __gates = {
                            static __RESILIENCE_SITE: (
                                ::resilience::__private::Site<
                                    ::resilience::circuit_breaker::Config,
                                >,
                                ::resilience::__private::Site<
                                    ::resilience::bulkhead::Config,
                                >,
                            ) = (
                                {
                                    ::resilience::__private::Site::unnamed(
                                        ::resilience::circuit_breaker::Config::new(),
                                        ::resilience::__private::core::module_path!(),
                                        "quote",
                                    )
                                },
                                {
                                    ::resilience::__private::Site::unnamed(
                                        ::resilience::bulkhead::Config::checked(
                                            ::resilience::bulkhead::Config::max_concurrent(
                                                ::resilience::bulkhead::Config::new(),
                                                20,
                                            ),
                                            "max_concurrent",
                                        ),
                                        ::resilience::__private::core::module_path!(),
                                        "quote",
                                    )
                                },
                            );
                            ::resilience::__private::layer! {
                                2, __RESILIENCE_SITE.0, preset : "", keys : & [], code : &
                                [("ignore",
                                "Error :: NotFound (_) | Error :: Http { status } if * status < 500")]
                            }
                            ::resilience::__private::layer! {
                                3, __RESILIENCE_SITE.1, preset : "", keys : &
                                ["max_concurrent"], code : & []
                            }
                            &__RESILIENCE_SITE
                        };
                        if !::resilience::__private::enter_after(
                            __gates,
                            &mut __guard2,
                            &__retry1,
                        ) {
                            let __entered = match ::resilience::__private::ask_again(
                                __gates,
                                &mut __guard2,
                            ) {
                                ::resilience::__private::Ok(()) => {
                                    ::resilience::__private::entering(__gates, &mut __guard2)
                                        .await
                                }
                                __refused => __refused,
                            };
                            if let ::resilience::__private::Err(__refusal) = __entered {
                                break 'layer2 ::resilience::__private::refused(__refusal);
                            }
                        }
                        let __failure = match <Result<
                            u64,
                            Error,
                        > as ::resilience::__private::Answer>::in_time(
                            {
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
                                    ::resilience::__private::core::module_path!(),
                                    "quote",
                                );
                                ::resilience::__private::layer! {
                                    4, __RESILIENCE_SITE, preset : "", keys : & ["limit"], code
                                    : & []
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
                                .await,
                        ) {
                            ::resilience::__private::Ok(__value) => {
                                __guard2.success();
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
                                    if __retry1.follows_unwanted() {
                                        continue 'retry1;
                                    }
                                } else {
                                    __retry1.succeeded();
                                }
                                break 'call ::resilience::__private::Ok(__value);
                            }
                            ::resilience::__private::Err(__failure) => __failure,
                        };
                        __guard2
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
                    if !__retry1
                        .follows_after(
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
                        break 'retry1 __failure;
                    }
                }
            };
            let __site = {
                static __RESILIENCE_SITE: ::resilience::__private::Site<
                    ::resilience::fallback::Config,
                > = ::resilience::__private::Site::unnamed(
                    ::resilience::fallback::Config::new(),
                    ::resilience::__private::core::module_path!(),
                    "quote",
                );
                ::resilience::__private::layer! {
                    0, __RESILIENCE_SITE, preset : "", keys : & [], code : & [("tier",
                    "Self :: cached"), ("value", "7")]
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
            let __value = {
                ::resilience::__private::done(__failure);
                ::resilience::__private::value::<Result<u64, Error>>(7)
            };
            break 'call ::resilience::__private::Ok(__value);
        };
        ::resilience::__private::Err(::resilience::__private::only_error(__failure))
    };
    <Result<u64, Error> as ::resilience::__private::Answer>::answer(__answer)
}
