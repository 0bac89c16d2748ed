fn get<'life0, 'async_trait>(
    &'life0 mut self,
    id: String,
) -> ::core::pin::Pin<
    Box<
        dyn ::core::future::Future<
            Output = Result<u64, Error>,
        > + ::core::marker::Send + 'async_trait,
    >,
>
where
    'life0: 'async_trait,
    Self: 'async_trait,
{
    Box::pin(async move {
        type __GuardedByResilience = ();
        ::resilience::__private::function! {
            ::resilience::__private::Source::new(::resilience::__private::core::module_path!(),
            "get")
        }
        #[allow(clippy::used_underscore_binding)]
        let mut __id = ::resilience::__private::Some(id);
        let __answer = 'call: {
            let __failure = {
                let mut __retry0 = {
                    static __RESILIENCE_SITE: ::resilience::__private::Site<
                        ::resilience::retry::Config,
                    > = ::resilience::__private::Site::unnamed(
                        ::resilience::retry::Config::new(),
                        ::resilience::__private::core::module_path!(),
                        "get",
                    );
                    ::resilience::__private::layer! {
                        0, __RESILIENCE_SITE, preset : "", keys : & [], code : & []
                    }
                    &__RESILIENCE_SITE
                }
                    .start();
                'retry0: loop {
                    let __delay = 'attempt0: {
                        let __failure = match <Result<
                            u64,
                            Error,
                        > as ::resilience::__private::Answer>::result(
                            async {
                                if let ::resilience::__private::Some(__answer) = ::resilience::__private::None::<
                                    Result<u64, Error>,
                                > {
                                    return __answer;
                                }
                                let id = ::resilience::__private::argument::<
                                    String,
                                >(&__retry0, &mut __id);
                                {
                                    let mut __self = &mut *self;
                                    let id = id;
                                    let __ret: Result<u64, Error> = { Ok(1) };
                                    __ret
                                }
                            }
                                .await,
                        ) {
                            ::resilience::__private::Ok(__value) => {
                                __retry0.succeeded();
                                break 'call ::resilience::__private::Ok(__value);
                            }
                            ::resilience::__private::Err(__error) => {
                                ::resilience::__private::Failure::Error(__error)
                            }
                        };
                        match __retry0
                            .wait_after(
                                &__failure,
                                ::resilience::__private::always,
                                ::resilience::__private::no_hint,
                            )
                        {
                            ::resilience::__private::Some(__delay) => __delay,
                            ::resilience::__private::None => break 'retry0 __failure,
                        }
                    };
                    if !__delay.is_none() {
                        __retry0.pause(__delay).await;
                    }
                }
            };
            ::resilience::__private::Err(::resilience::__private::only_error(__failure))
        };
        <Result<u64, Error> as ::resilience::__private::Answer>::answer(__answer)
    })
}
