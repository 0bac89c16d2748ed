async fn quote(&self, symbol: String) -> Result<u64, Error> {
    type __GuardedByResilience = ();
    ::resilience::__private::function! {
        ::resilience::__private::Source::new(::resilience::__private::core::module_path!(),
        "quote")
    }
    #[allow(clippy::used_underscore_binding)]
    let mut __symbol = ::resilience::__private::Some(symbol);
    let __answer = 'call: {
        let __failure = {
            let __joined = {
                const __RESILIENCE_SERVICE: &str = "database";
                const _: () = ::resilience::__private::check(
                    ::resilience::__private::name_problem(__RESILIENCE_SERVICE),
                );
                const __RESILIENCE_OPERATION: &str = "query";
                const _: () = ::resilience::__private::check(
                    ::resilience::__private::name_problem(__RESILIENCE_OPERATION),
                );
                static __RESILIENCE_SITE: ::resilience::__private::ServiceSite = ::resilience::__private::ServiceSite::new(
                    __RESILIENCE_SERVICE,
                    __RESILIENCE_OPERATION,
                    ::resilience::__private::Source::new(
                        ::resilience::__private::core::module_path!(),
                        "quote",
                    ),
                );
                ::resilience::__private::layer! {
                    0, __RESILIENCE_SITE, preset : "", keys : & [], code : & []
                }
                __RESILIENCE_SITE.join()
            };
            let mut __passage = __joined.begin(0usize);
            'service0: loop {
                let __answer = match __passage.enter().await {
                    ::resilience::__private::Ok(()) => {
                        match __passage
                            .run(async {
                                if let ::resilience::__private::Some(__answer) = ::resilience::__private::None::<
                                    Result<u64, Error>,
                                > {
                                    return __answer;
                                }
                                let symbol = ::resilience::__private::lend::<
                                    String,
                                >(&mut __symbol, false);
                                { Ok(1) }
                            })
                            .await
                        {
                            ::resilience::__private::Ok(__answer) => {
                                ::resilience::__private::core::result::Result::map_err(
                                    <Result<
                                        u64,
                                        Error,
                                    > as ::resilience::__private::Answer>::result(__answer),
                                    ::resilience::__private::Failure::Error,
                                )
                            }
                            ::resilience::__private::Err(__rejected) => {
                                ::resilience::__private::Err(
                                    ::resilience::__private::Failure::Rejected(__rejected),
                                )
                            }
                        }
                    }
                    ::resilience::__private::Err(__rejected) => {
                        ::resilience::__private::Err(
                            ::resilience::__private::Failure::Rejected(__rejected),
                        )
                    }
                };
                match __passage.outcome(__answer).await {
                    ::resilience::__private::Some(
                        ::resilience::__private::Ok(__value),
                    ) => break 'call ::resilience::__private::Ok(__value),
                    ::resilience::__private::Some(
                        ::resilience::__private::Err(__failure),
                    ) => break 'service0 __failure,
                    ::resilience::__private::None => {}
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
