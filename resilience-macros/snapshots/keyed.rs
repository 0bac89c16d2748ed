#[cfg(not(doc))]
async fn quote(&self, symbol: String, __arg2: (u32, u32)) -> Result<u64, Error> {
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
    ::resilience::__private::function! {
        ::resilience::__private::Source::new(::resilience::__private::core::module_path!(),
        "quote")
    }
    let __key0 = {
        #[allow(unused_variables)]
        let (exchange, lot) = &__arg2;
        match &(exchange + self.shift) {
            __value => {
                #[allow(unused_imports)]
                use ::resilience::__private::{AsText as _, KeyText as _};
                {
                    static __RESILIENCE_SITE: ::resilience::__private::Site<
                        ::resilience::bulkhead::Config,
                    > = ::resilience::__private::Site::unnamed(
                        ::resilience::bulkhead::Config::new(),
                        ::resilience::__private::core::module_path!(),
                        "quote",
                    );
                    ::resilience::__private::layer! {
                        0, __RESILIENCE_SITE, preset : "", keys : & [], code : & [("key",
                        "exchange + self . shift")]
                    }
                    &__RESILIENCE_SITE
                }
                    .key((&::resilience::__private::KeyOf(__value)).key_text())
            }
        }
    };
    let __key2 = {
        match &symbol {
            __value => {
                #[allow(unused_imports)]
                use ::resilience::__private::{AsText as _, KeyText as _};
                {
                    const __RESILIENCE_CONFIG: ::resilience::circuit_breaker::Config = {
                        let __config = ::resilience::circuit_breaker::Config::new();
                        let __config = ::resilience::circuit_breaker::Config::max_keys(
                            __config,
                            100,
                        );
                        __config
                    };
                    const _: () = ::resilience::__private::check(
                        ::resilience::circuit_breaker::Config::problem(
                            &__RESILIENCE_CONFIG,
                            "max_keys",
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
                        2, __RESILIENCE_SITE, preset : "", keys : & ["max_keys"], code :
                        & [("key", "symbol")]
                    }
                    &__RESILIENCE_SITE
                }
                    .key((&::resilience::__private::KeyOf(__value)).key_text())
            }
        }
    };
    #[allow(clippy::used_underscore_binding)]
    let mut __symbol = ::resilience::__private::Some(symbol);
    #[allow(clippy::used_underscore_binding)]
    let mut __slot2 = ::resilience::__private::Some(__arg2);
    let __answer = 'call: {
        let __failure = 'layer0: {
            let __place0 = 'enter0: {
                let __site = __key0;
                let __later = match __site.ask() {
                    ::resilience::__private::Asked::Place(__place) => {
                        break 'enter0 __place;
                    }
                    ::resilience::__private::Asked::Full(__full) => {
                        break 'layer0 ::resilience::__private::refused(__full.refusal());
                    }
                    ::resilience::__private::Asked::Later(__later) => __later,
                };
                match __later.queueing().await {
                    ::resilience::__private::Ok(__place) => __place,
                    ::resilience::__private::Err(__rejected) => {
                        break 'layer0 ::resilience::__private::Failure::Rejected(
                            __rejected,
                        );
                    }
                }
            };
            let __failure = {
                let mut __retry1 = {
                    static __RESILIENCE_SITE: ::resilience::__private::Site<
                        ::resilience::retry::Config,
                    > = ::resilience::__private::Site::unnamed(
                        ::resilience::retry::Config::new(),
                        ::resilience::__private::core::module_path!(),
                        "quote",
                    );
                    ::resilience::__private::layer! {
                        1, __RESILIENCE_SITE, preset : "", keys : & [], code : & []
                    }
                    &__RESILIENCE_SITE
                }
                    .start();
                'retry1: loop {
                    let __delay = 'attempt1: {
                        let __failure = 'layer2: {
                            let mut __permit2 = match ::resilience::__private::core::clone::Clone::clone(
                                    &__key2,
                                )
                                .admit_async()
                            {
                                ::resilience::__private::Ok(__permit) => __permit,
                                ::resilience::__private::Err(__refusal) => {
                                    break 'layer2 ::resilience::__private::refused(__refusal);
                                }
                            };
                            {
                                let __result = <Result<
                                    u64,
                                    Error,
                                > as ::resilience::__private::Answer>::result(
                                    ::resilience::__private::body::<
                                        1usize,
                                        _,
                                    >(async {
                                            if let ::resilience::__private::Some(__answer) = ::resilience::__private::None::<
                                                Result<u64, Error>,
                                            > {
                                                return __answer;
                                            }
                                            #[allow(unused_variables)]
                                            let symbol = ::resilience::__private::argument::<
                                                String,
                                            >(&__retry1, &mut __symbol);
                                            #[allow(unused_variables)]
                                            let (exchange, lot) = ::resilience::__private::argument::<
                                                (u32, u32),
                                            >(&__retry1, &mut __slot2);
                                            { Ok(1) }
                                        })
                                        .await,
                                );
                                match __result {
                                    ::resilience::__private::Ok(__value) => {
                                        __permit2.success();
                                        __retry1.succeeded();
                                        break 'call ::resilience::__private::Ok(__value);
                                    }
                                    ::resilience::__private::Err(_) => {
                                        __permit2.failed();
                                        ::resilience::__private::own_failure(__result)
                                    }
                                }
                            }
                        };
                        match __retry1
                            .wait_after(
                                &__failure,
                                ::resilience::__private::always,
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
            ::resilience::__private::unlikely();
            __failure
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
#[cfg(doc)]
async fn quote(
    &self,
    symbol: String,
    (exchange, lot): (u32, u32),
) -> Result<u64, Error> {
    Ok(1)
}
