//! The generated crates: so many functions, with these lines above each or with none.

use std::fmt::Write as _;

/// One way to annotate a function.
pub(crate) struct Variant {
    pub(crate) name: &'static str,
    /// As the table shows it.
    pub(crate) shown: &'static str,
    pub(crate) is_async: bool,
    /// The lines above each function; `#N` is its number.
    attributes: &'static str,
}

impl Variant {
    pub(crate) fn is_plain(&self) -> bool {
        self.attributes.is_empty()
    }

    /// As the table calls it.
    pub(crate) fn kind(&self) -> &'static str {
        if self.is_async { "async" } else { "sync" }
    }

    /// The whole program. `edited` is the number of the function whose body differs from that of the others, so that a
    /// program can be changed in one place.
    pub(crate) fn program(&self, functions: usize, edited: usize) -> String {
        let mut program = String::from(HEAD);
        if !self.is_plain() {
            program.push_str(IMPORTS);
        }
        let (keyword, wait) = if self.is_async { ("async ", ".await") } else { ("", "") };
        let fetch = if self.is_async { "fetch_later" } else { "fetch" };
        for number in 0..functions {
            let attributes = self.attributes.replace("#N", &number.to_string());
            let limit = if number == edited { functions + number } else { number };
            let _ = writeln!(
                program,
                "{attributes}\npub {keyword}fn call{number}(client: &Client, key: &str) -> Result<String, Fault> {{\n    \
                 client.{fetch}(key, {limit}){wait}\n}}",
            );
        }
        let (call, entry) = if self.is_async { (ASYNC_CALL, "boxed") } else { (SYNC_CALL, "call") };
        if self.is_async {
            for number in 0..functions {
                let _ = writeln!(
                    program,
                    "pub fn boxed{number}<'a>(client: &'a Client, key: &'a str) -> Boxed<'a> {{\n    \
                     Box::pin(call{number}(client, key))\n}}",
                );
            }
        }
        let _ = writeln!(program, "{call}pub static ALL: [Call; {functions}] = [");
        for number in 0..functions {
            let _ = writeln!(program, "    {entry}{number},");
        }
        program.push_str("];\n");
        program.push_str(if self.is_async { ASYNC_MAIN } else { SYNC_MAIN });
        program
    }
}

/// Both kinds have the same error, with the variant that only the annotated functions make.
const HEAD: &str = r#"#![allow(unused)]
pub struct Client { pub name: String }
#[derive(Debug)]
pub enum Fault { Missing, Busy { after: u64 }, Io(std::io::Error), Refused(resilience::Rejected) }
impl From<resilience::Rejected> for Fault {
    fn from(rejected: resilience::Rejected) -> Self { Self::Refused(rejected) }
}
impl Client {
    #[inline(never)]
    pub fn fetch(&self, key: &str, limit: usize) -> Result<String, Fault> {
        match key.len() {
            0 => Err(Fault::Missing),
            length if length > limit => Err(Fault::Busy { after: length as u64 }),
            _ => Ok(format!("{}/{key}", self.name)),
        }
    }
    #[inline(never)]
    pub async fn fetch_later(&self, key: &str, limit: usize) -> Result<String, Fault> {
        std::future::ready(()).await;
        self.fetch(key, limit)
    }
}
"#;

const IMPORTS: &str = r"
use resilience::{bulkhead, circuit_breaker, fallback, rate_limit, resilient, retry, timeout};
resilience::preset! {
    pub const SERVICE: Preset = {
        circuit_breaker(failure_rate = 50%, window = 30s, min_calls = 10, open_for = 15s..5m),
        retry(attempts = 3, backoff = exponential(200ms..5s)),
        bulkhead(max_concurrent = 50, max_wait = 1s),
    };
}
";

const SYNC_CALL: &str = "pub type Call = fn(&Client, &str) -> Result<String, Fault>;\n";

/// Polled through a trait object, so that the machine code of each future is there, and proved to be `Send`.
const ASYNC_CALL: &str = "pub type Boxed<'a> = std::pin::Pin<Box<dyn Future<Output = Result<String, Fault>> + Send + 'a>>;\n\
                          pub type Call = for<'a> fn(&'a Client, &'a str) -> Boxed<'a>;\n";

const SYNC_MAIN: &str = r#"
fn main() {
    let client = Client { name: String::from("client") };
    for call in std::hint::black_box(&ALL) {
        drop(std::hint::black_box(call(&client, "key")));
    }
}
"#;

const ASYNC_MAIN: &str = r#"
fn main() {
    let client = Client { name: String::from("client") };
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    for call in std::hint::black_box(&ALL) {
        drop(std::hint::black_box(call(&client, "key").as_mut().poll(&mut context)));
    }
}
"#;

/// Without annotations first: every other one is compared with the plain one of its kind.
pub(crate) const VARIANTS: [Variant; 14] = [
    Variant { name: "plain_sync", shown: "none", is_async: false, attributes: "" },
    Variant { name: "plain_async", shown: "none", is_async: true, attributes: "" },
    Variant { name: "retry_sync", shown: "`#[retry]`", is_async: false, attributes: "#[retry]" },
    Variant { name: "retry_async", shown: "`#[retry]`", is_async: true, attributes: "#[retry]" },
    Variant {
        name: "breaker_sync",
        shown: "`#[circuit_breaker]`",
        is_async: false,
        attributes: "#[circuit_breaker]",
    },
    Variant {
        name: "breaker_async",
        shown: "`#[circuit_breaker]`",
        is_async: true,
        attributes: "#[circuit_breaker]",
    },
    Variant {
        name: "settings_sync",
        shown: "a named breaker with six settings",
        is_async: false,
        attributes: SETTINGS,
    },
    Variant {
        name: "settings_async",
        shown: "a named breaker with six settings",
        is_async: true,
        attributes: SETTINGS,
    },
    Variant {
        name: "timeout_async",
        shown: "`#[timeout(5s)]`",
        is_async: true,
        attributes: "#[timeout(5s)]",
    },
    Variant {
        name: "pair_async",
        shown: "retry, breaker",
        is_async: true,
        attributes: "#[retry]\n#[circuit_breaker]",
    },
    Variant {
        name: "preset_sync",
        shown: "`#[resilient(SERVICE)]`, a preset of retry, breaker, bulkhead",
        is_async: false,
        attributes: "#[resilient(SERVICE)]",
    },
    Variant {
        name: "preset_async",
        shown: "`#[resilient(HTTP_API)]`: total timeout, retry, breaker, bulkhead, timeout",
        is_async: true,
        attributes: "#[resilient(resilience::presets::HTTP_API)]",
    },
    Variant {
        name: "stack_sync",
        shown: "fallback, retry, rate limit, breaker, bulkhead",
        is_async: false,
        attributes: "#[fallback(value = String::new())]\n#[retry(attempts = 2)]\n#[rate_limit(1000 / 1s)]\n\
                     #[circuit_breaker(threshold = 7)]\n#[bulkhead]",
    },
    Variant {
        name: "stack_async",
        shown: "fallback, retry, rate limit, breaker, bulkhead, timeout",
        is_async: true,
        attributes: "#[fallback(value = String::new())]\n#[retry(attempts = 2)]\n#[rate_limit(1000 / 1s)]\n\
                     #[circuit_breaker(threshold = 7)]\n#[bulkhead]\n#[timeout(5s)]",
    },
];

const SETTINGS: &str = "#[circuit_breaker(\"name#N\", failure_rate = 50%, window = 30s, min_calls = 20, \
                        open_for = 5s..1m, half_open = 2, ignore = Fault::Missing)]";
