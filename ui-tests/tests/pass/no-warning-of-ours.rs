//! Nothing that an attribute writes is ever linted, whatever the user denies.

#![deny(warnings, unused, deprecated, unused_qualifications, unreachable_pub, missing_docs, let_underscore_drop)]
#![deny(single_use_lifetimes, trivial_casts, unused_lifetimes, unused_results, variant_size_differences)]
#![forbid(unsafe_code)]

use resilience::{
    Failure, Rejected, bulkhead, circuit_breaker, fallback,
    presets::{CACHE, HTTP_API},
    rate_limit, resilient, retry, timeout,
};

#[derive(Clone, Debug)]
#[allow(dead_code, reason = "only printed")]
enum Error {
    NotFound,
    Status(u16),
    Refused(Rejected),
}

impl From<Rejected> for Error {
    fn from(rejected: Rejected) -> Self {
        Self::Refused(rejected)
    }
}

#[circuit_breaker("one", threshold = 3, ignore = Error::NotFound)]
fn one(number: u16) -> Result<u16, Error> {
    if number == 0 { Err(Error::NotFound) } else { Ok(number) }
}

#[retry(attempts = 2, on = Error::Status(code) if *code >= 500, abort_on = Error::NotFound)]
#[circuit_breaker("two", failure_rate = 50%)]
#[bulkhead(max_concurrent = 3)]
#[rate_limit(100 / 1s)]
fn mutable(mut number: u16, (a, b): (u16, u16)) -> Result<u16, Error> {
    number += a + b;
    one(number)
}

#[retry(attempts = 2)]
#[rate_limit("keys", 5 / 1s, key = format!("{tenant}/{shard}"))]
#[circuit_breaker("keys", key = tenant, max_keys = 100)]
#[bulkhead("keys", key = shard % 3)]
fn keyed(tenant: String, shard: u16, (_a, b): (u16, &str)) -> Result<u16, Error> {
    one(b.len() as u16)
}

#[circuit_breaker("more", key = *host)]
#[bulkhead("more", key = match_on)]
async fn keyed_later(host: &&str, match_on: u8) -> Result<u16, Error> {
    one(7)
}

#[fallback(|_failure| Ok(3), on = Failure::Rejected(_))]
#[retry]
#[timeout(1s)]
async fn layered(mut text: String, out: &mut String) -> Result<u16, Error> {
    text.push('a');
    out.push_str(&text);
    if text.len() > 3 {
        return Err(Error::Status(500));
    }
    mutable(1, (1, 1))
}

#[resilient(HTTP_API, name = "api", retry(attempts = 2))]
async fn whole(text: &str) -> Result<u16, Error> {
    let mut out = String::new();
    layered(text.to_owned(), &mut out).await
}

#[fallback(value = 0)]
#[circuit_breaker(preset = CACHE)]
fn diverging() -> Result<u16, Error> {
    todo!()
}

#[fallback(value = 0)]
#[circuit_breaker]
async fn diverging_later() -> Result<u16, Error> {
    loop {
        drop(whole("a").await);
    }
}

#[fallback(cached, |_| Ok(3), all_failed = |[_, _, _]| Error::NotFound)]
fn tiers(name: String) -> Result<u16, Error> {
    Err(Error::Status(name.len().try_into().unwrap_or(0)))
}

fn cached(_name: String) -> Result<u16, Error> {
    Err(Error::NotFound)
}

fn main() {
    drop(tiers(String::new()));
    drop(diverging_later());
    let _: fn() -> Result<u16, Error> = diverging;
}
