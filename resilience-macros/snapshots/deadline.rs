async fn quote(symbol: &str) -> Result<u64, Error> {
    type __GuardedByResilience = ();
    #[circuit_breaker(__resilience_proof_of_circuit_breaker)]
    const _: () = {
        ::core::compile_error!(
            "this `circuit_breaker` is not the one of `resilience`; write `use resilience::circuit_breaker;`, or its whole path"
        );
    };
    ::resilience::__private::function! {
        ::resilience::__private::Source::new(::resilience::__private::core::module_path!(),
        "quote")
    }
    let __answer = 'call: {
        let __failure = 'layer0: {
            let __timing = {
                static __RESILIENCE_SITE: ::resilience::__private::Site<
                    ::resilience::timeout::Config,
                > = ::resilience::__private::Site::unnamed(
                    ::resilience::timeout::Config::checked(
                        ::resilience::timeout::Config::limit(
                            ::resilience::timeout::Config::new(),
                            ::resilience::__private::core::time::Duration::new(
                                5u64,
                                0u32,
                            ),
                        ),
                        "limit",
                    ),
                    ::resilience::__private::core::module_path!(),
                    "quote",
                );
                ::resilience::__private::layer! {
                    0, __RESILIENCE_SITE, preset : "", keys : & ["limit"], code : & []
                }
                &__RESILIENCE_SITE
            }
                .timing();
            let mut __deadline0 = ::resilience::__private::core::pin::pin!(
                __timing.deadline(true)
            );
            'until0: {
                let __failure = 'layer1: {
                    let mut __permit1 = match {
                        static __RESILIENCE_SITE: ::resilience::__private::Site<
                            ::resilience::circuit_breaker::Config,
                        > = ::resilience::__private::Site::unnamed(
                            ::resilience::circuit_breaker::Config::new(),
                            ::resilience::__private::core::module_path!(),
                            "quote",
                        );
                        ::resilience::__private::layer! {
                            1, __RESILIENCE_SITE, preset : "", keys : & [], code : & []
                        }
                        &__RESILIENCE_SITE
                    }
                        .admit_async()
                    {
                        ::resilience::__private::Ok(__permit) => __permit,
                        ::resilience::__private::Err(__refusal) => {
                            break 'layer1 ::resilience::__private::refused(__refusal);
                        }
                    };
                    {
                        let __result = <Result<
                            u64,
                            Error,
                        > as ::resilience::__private::Answer>::result(
                            match ::resilience::__private::until(
                                    __deadline0.as_mut(),
                                    ::resilience::__private::shielded::<
                                        1usize,
                                        _,
                                    >(async move {
                                        if let ::resilience::__private::Some(__answer) = ::resilience::__private::None::<
                                            Result<u64, Error>,
                                        > {
                                            return __answer;
                                        }
                                        { Ok(1) }
                                    }),
                                )
                                .await
                            {
                                ::resilience::__private::Some(__ended) => __ended,
                                ::resilience::__private::None => break 'until0,
                            },
                        );
                        match __result {
                            ::resilience::__private::Ok(__value) => {
                                __permit1.success();
                                break 'call ::resilience::__private::Ok(__value);
                            }
                            ::resilience::__private::Err(_) => {
                                __permit1.failed();
                                ::resilience::__private::own_failure(__result)
                            }
                        }
                    }
                };
                break 'layer0 __failure;
            }
            ::resilience::__private::refused(__deadline0.as_mut().expire())
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
