fn price(&self, symbol: &str, count: u32) -> Result<u64, Error> {
    type __GuardedByResilience = ();
    ::resilience::__private::function! {
        ::resilience::__private::Source::new(::resilience::__private::core::module_path!(),
        "price")
    }
    let __answer = 'call: {
        let __failure = match {
            static __RESILIENCE_SITE: ::resilience::__private::Site<
                ::resilience::retry::Config,
            > = ::resilience::__private::Site::unnamed(
                ::resilience::retry::Config::new(),
                ::resilience::__private::core::module_path!(),
                "price",
            );
            ::resilience::__private::layer! {
                0, __RESILIENCE_SITE, preset : "", keys : & [], code : & [("on",
                "Error :: Busy (_)")]
            }
            &__RESILIENCE_SITE
        }
            .call(
                || <Result<
                    u64,
                    Error,
                > as ::resilience::__private::Answer>::result(
                    ::resilience::__private::once(|| -> Result<u64, Error> {
                        let mut count = count;
                        { ask(symbol, count) }
                    }),
                ),
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
            ::resilience::__private::Ok(__value) => {
                break 'call ::resilience::__private::Ok(__value);
            }
            ::resilience::__private::Err(__error) => {
                ::resilience::__private::Failure::Error(__error)
            }
        };
        ::resilience::__private::Err(::resilience::__private::only_error(__failure))
    };
    <Result<u64, Error> as ::resilience::__private::Answer>::answer(__answer)
}
