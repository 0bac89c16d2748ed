//! What the attributes expand to, as Rust that a person can read. `BLESS=1 cargo test -p resilience-macros` writes it anew;
//! read the difference before committing it.

use std::{env, fs, path::Path};

use proc_macro2::TokenStream;

use crate::{expand, policy::Policy, preset};

fn attribute(name: &str, policy: Policy, args: &str, item: &str) {
    compare(name, expand::attribute(policy, args.parse().unwrap(), &item.parse().unwrap()));
}

fn compare(name: &str, tokens: TokenStream) {
    let file = syn::parse2(tokens).unwrap();
    let actual = prettyplease::unparse(&file);
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("snapshots").join(name);
    if env::var_os("BLESS").is_some() {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, &actual).unwrap();
    }
    let expected = fs::read_to_string(&path).unwrap_or_default();
    assert!(actual == expected, "{} differs:\n{actual}", path.display());
}

#[test]
fn a_breaker_on_a_blocking_function() {
    let item = "/// Docs stay.\n#[inline]\npub fn quote(symbol: &str) -> Result<u64, Error> { ask(symbol)? }";
    attribute("breaker.rs", Policy::CircuitBreaker, r#""quotes", threshold = 5"#, item);
}

#[test]
fn a_retry_on_an_async_method() {
    let item = "async fn push(&mut self, mut text: String, out: &mut Vec<String>, (a, b): (u8, u8)) -> Result<usize, Error> { Ok(1) }";
    attribute("retry.rs", Policy::Retry, "attempts = 3, backoff = fixed(1s), on = Error::Busy(_)", item);
}

#[test]
fn a_retry_of_a_body_that_reads_its_arguments_begins_apart() {
    let item = "fn price(&self, symbol: &str, mut count: u32) -> Result<u64, Error> { ask(symbol, count) }";
    attribute("first.rs", Policy::Retry, "on = Error::Busy(_)", item);
}

#[test]
fn a_stack_runs_as_it_is_written() {
    let item = r"
        #[retry(attempts = 3, retry_if = |r| r.is_err())]
        #[doc(hidden)]
        #[circuit_breaker(ignore = Error::NotFound(_) | Error::Http { status } if *status < 500)]
        #[bulkhead(max_concurrent = 20)]
        #[timeout(800ms)]
        async fn quote(&self, symbol: String) -> Result<u64, Error> { Ok(1) }
    ";
    attribute("stack.rs", Policy::Fallback, "Self::cached, value = 7", item);
}

#[test]
fn keys_are_looked_up_once_before_the_arguments_go_anywhere() {
    let item = r#"
        #[retry]
        #[circuit_breaker("quotes", key = symbol, max_keys = 100)]
        async fn quote(&self, symbol: String, (exchange, lot): (u32, u32)) -> Result<u64, Error> { Ok(1) }
    "#;
    attribute("keyed.rs", Policy::Bulkhead, "key = exchange + self.shift", item);
}

#[test]
fn a_timeout_around_layers_is_a_deadline_inside_them() {
    let item = "#[circuit_breaker] async fn quote(symbol: &str) -> Result<u64, Error> { Ok(1) }";
    attribute("deadline.rs", Policy::Timeout, "5s", item);
}

#[test]
fn a_preset_may_bring_layers_or_not() {
    let item = "fn quote(symbol: String) -> Result<u64, Error> { Ok(1) }";
    attribute("resilient.rs", Policy::Resilient, r#"HTTP_API, name = "quotes", retry(attempts = 2)"#, item);
}

#[test]
fn a_block_covers_what_returns_a_result() {
    let item = r"
        #[async_trait]
        impl<T> Store for Table<T> {
            #![allow(unused)]
            const SIZE: fn() -> usize = { fn size() -> usize { 1 } size };
            type Row = Result<u8, Error>;
            make_methods! { fn made() -> Result<u8, Error> }
            pub fn len(&self) -> usize { 1 }
            const fn constant() -> Result<u8, Error> { Ok(1) }
            #[instrument] #[retry(attempts = 2)] async fn get(&self) -> io::Result<u8> { Ok(1) }
            #[resilient(skip)] fn skipped(&self) -> Result<u8, Error> { Ok(1) }
            #[resilient(OTHER)] fn own(&self) -> Result<u8, Error> { Ok(1) }
            fn put(&mut self) -> Result<u8, Error> { Ok(1) }
        }
    ";
    attribute("block.rs", Policy::Resilient, r#"DATABASE, name = "db""#, item);
}

#[test]
fn an_async_trait_method_is_guarded_inside_its_box() {
    let item = "
        fn get<'life0, 'async_trait>(
            &'life0 mut self, id: String
        ) -> ::core::pin::Pin<Box<dyn ::core::future::Future<Output = Result<u64, Error>> + ::core::marker::Send + 'async_trait>>
        where 'life0: 'async_trait, Self: 'async_trait {
            Box::pin(async move { let mut __self = self; let id = id; let __ret: Result<u64, Error> = { Ok(1) }; __ret })
        }
    ";
    attribute("boxed.rs", Policy::Retry, "", item);
}

#[test]
fn a_mistake_leaves_the_function_as_it_was() {
    let item = "#[retry(attempt = 3)] #[inline] fn quote() -> Result<u64, Error> { Ok(1) }";
    attribute("mistake.rs", Policy::CircuitBreaker, "treshold = 5", item);
}

#[test]
fn a_preset_is_a_documented_constant() {
    let input = "[$crate] /// LLM APIs.\n pub const AI: Preset = { circuit_breaker(threshold = 3, open_for = 30s..5m), timeout(60s) };";
    let input = input.replace("$crate", "::resilience");
    compare("preset.rs", preset::expand(input.parse().unwrap()));
}

#[test]
fn what_cannot_be_read_is_left_alone() {
    let tokens = expand::attribute(Policy::Retry, TokenStream::new(), &"struct X ;".parse().unwrap());
    assert!(tokens.to_string().starts_with("struct X ;"));
    assert!(tokens.to_string().contains("goes above a function or a method"));
}

#[test]
fn a_function_inside_a_service() {
    let item = "async fn quote(&self, symbol: String) -> Result<u64, Error> { Ok(1) }";
    attribute("service.rs", Policy::Resilient, r#"service = "database", operation = "query""#, item);
}
