#[cfg(not(doc))]
async fn push(
    &mut self,
    text: String,
    out: &mut Vec<String>,
    __arg3: (u8, u8),
) -> Result<usize, Error> {
    type __GuardedByResilience = ();
    ::resilience::__private::function! {
        ::resilience::__private::Source::new(::resilience::__private::core::module_path!(),
        "push")
    }
    #[allow(clippy::used_underscore_binding)]
    let mut __text = ::resilience::__private::Some(text);
    #[allow(clippy::used_underscore_binding)]
    let mut __slot3 = ::resilience::__private::Some(__arg3);
    let __answer = 'call: {
        let __failure = {
            let mut __retry0 = {
                const __RESILIENCE_CONFIG: ::resilience::retry::Config = {
                    let __config = ::resilience::retry::Config::new();
                    let __config = ::resilience::retry::Config::attempts(__config, 3);
                    let __config = ::resilience::retry::Config::backoff(
                        __config,
                        ::resilience::retry::Backoff::fixed(
                            ::resilience::__private::core::time::Duration::new(
                                1u64,
                                0u32,
                            ),
                        ),
                    );
                    __config
                };
                const _: () = ::resilience::__private::check(
                    ::resilience::retry::Config::problem(
                        &__RESILIENCE_CONFIG,
                        "attempts",
                    ),
                );
                const _: () = ::resilience::__private::check(
                    ::resilience::retry::Config::problem(&__RESILIENCE_CONFIG, "backoff"),
                );
                static __RESILIENCE_SITE: ::resilience::__private::Site<
                    ::resilience::retry::Config,
                > = ::resilience::__private::Site::unnamed(
                    __RESILIENCE_CONFIG,
                    ::resilience::__private::core::module_path!(),
                    "push",
                );
                ::resilience::__private::layer! {
                    0, __RESILIENCE_SITE, preset : "", keys : & ["attempts", "backoff"],
                    code : & [("on", "Error :: Busy (_)")]
                }
                &__RESILIENCE_SITE
            }
                .start();
            'retry0: loop {
                let __delay = 'attempt0: {
                    let __failure = match <Result<
                        usize,
                        Error,
                    > as ::resilience::__private::Answer>::result(
                        async {
                            if let ::resilience::__private::Some(__answer) = ::resilience::__private::None::<
                                Result<usize, Error>,
                            > {
                                return __answer;
                            }
                            let _ = &mut *self;
                            let mut text = ::resilience::__private::argument::<
                                String,
                            >(&__retry0, &mut __text);
                            let out = &mut *out;
                            let (a, b) = ::resilience::__private::argument::<
                                (u8, u8),
                            >(&__retry0, &mut __slot3);
                            { Ok(1) }
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
                            |__error| {
                                #[allow(unreachable_patterns)]
                                match __error {
                                    Error::Busy(_) => true,
                                    _ => false,
                                }
                            },
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
    <Result<usize, Error> as ::resilience::__private::Answer>::answer(__answer)
}
#[cfg(doc)]
async fn push(
    &mut self,
    mut text: String,
    out: &mut Vec<String>,
    (a, b): (u8, u8),
) -> Result<usize, Error> {
    Ok(1)
}
