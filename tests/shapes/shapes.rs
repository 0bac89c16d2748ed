// Every shape of function that an attribute may stand on. This file is compiled as it is under editions 2018, 2021 and
// 2024, with all warnings denied and clippy's pedantic lints on; `check` then calls what can be called.

use std::{cell::Cell, convert::Infallible, fmt::Display, future::Future, pin::Pin, sync::Arc};

use async_trait::async_trait;
use resilience::{
    Failure, Rejected, bulkhead, circuit_breaker, fallback, preset, rate_limit, resilient, retry, timeout,
};

#[derive(Debug, PartialEq)]
pub enum Fault {
    Broken(u32),
    Refused(Rejected),
}

impl From<Rejected> for Fault {
    fn from(rejected: Rejected) -> Self {
        Fault::Refused(rejected)
    }
}

pub type Answer<T> = Result<T, Fault>;

// ---- free functions ----

#[circuit_breaker]
pub fn plain(x: u32) -> Result<u32, Fault> {
    Ok(x + 1)
}

#[circuit_breaker]
pub async fn plain_async(x: u32) -> Result<u32, Fault> {
    Ok(x + 1)
}

#[retry(attempts = 2, backoff = fixed(0ms))]
pub fn alias(x: u32) -> Answer<u32> {
    Ok(x)
}

#[retry(backoff = fixed(0ms))]
pub fn io(path: &str) -> std::io::Result<usize> {
    Ok(path.len())
}

#[circuit_breaker]
#[must_use = "an answer"]
#[inline]
#[doc(alias = "soon")]
/// Documented.
pub fn early(x: u32) -> Answer<u32> {
    if x > 10 {
        return Err(Fault::Broken(x));
    }
    let mut sum = 0;
    'outer: for i in 0..x {
        for j in 0..x {
            if i * j > 6 {
                break 'outer;
            }
            if j > i {
                continue 'outer;
            }
            sum += i;
        }
    }
    let checked = 'block: {
        if sum > 100 {
            break 'block 100;
        }
        sum
    };
    Ok(checked)
}

#[retry(backoff = fixed(0ms))]
#[circuit_breaker]
pub async fn question_mark(x: u32) -> Answer<u32> {
    let value = plain_async(x).await?;
    let closure = |y: u32| -> Answer<u32> {
        let z = plain(y)?;
        Ok(z)
    };
    let value = closure(value)?;
    if value == 0 {
        return Err(Fault::Broken(0));
    }
    Ok(value)
}

// ---- generics, lifetimes, impl Trait ----

#[circuit_breaker]
pub fn generic<T, const N: usize>(items: &[T; N]) -> Answer<Vec<T>>
where
    T: Clone + Display,
{
    Ok(items.to_vec())
}

#[retry(backoff = fixed(0ms))]
#[circuit_breaker]
pub async fn generic_async<'a, T>(first: &'a T, second: &T, third: T) -> Answer<&'a T>
where
    T: Clone + Display + Send + Sync,
{
    let _ = (second.to_string(), third.to_string());
    Ok(first)
}

#[circuit_breaker]
pub fn elided(text: &str) -> Answer<&str> {
    Ok(text.trim())
}

#[circuit_breaker]
#[timeout(5s)]
pub async fn elided_async(text: &str) -> Answer<&str> {
    Ok(text.trim())
}

#[retry(backoff = fixed(0ms))]
pub fn impl_argument(text: impl Display + Clone) -> Answer<String> {
    Ok(text.to_string())
}

#[circuit_breaker]
pub fn impl_return(n: u32) -> Answer<impl Iterator<Item = u32>> {
    Ok(0..n)
}

#[retry(backoff = fixed(0ms))]
#[timeout(5s)]
pub async fn impl_return_async(n: u32) -> Answer<impl Iterator<Item = u32>> {
    Ok(0..n)
}

#[circuit_breaker]
pub fn borrowed_mut(items: &mut [u32]) -> Answer<&mut u32> {
    items.first_mut().ok_or(Fault::Broken(0))
}

#[circuit_breaker]
pub async fn borrowed_mut_async(items: &mut [u32]) -> Answer<&mut u32> {
    items.first_mut().ok_or(Fault::Broken(0))
}

// ---- parameters ----

#[retry(backoff = fixed(0ms))]
pub fn patterns((a, b): (u32, u32), [c, ..]: [u32; 3], _: u32, mut d: u32) -> Answer<u32> {
    d += 1;
    Ok(a + b + c + d)
}

#[retry(backoff = fixed(0ms))]
#[circuit_breaker]
pub async fn patterns_async((a, mut b): (u32, u32), mut text: String, _: &str, out: &mut Vec<String>) -> Answer<u32> {
    b += 1;
    text.push('!');
    out.push(text);
    Ok(a + b)
}

#[circuit_breaker]
pub fn configured(#[cfg(any())] _missing: Missing, #[cfg(all())] there: u32) -> Answer<u32> {
    Ok(there)
}

#[retry(backoff = fixed(0ms))]
pub async fn configured_async(#[cfg(any())] missing: Missing, #[cfg(all())] there: String) -> Answer<usize> {
    Ok(there.len())
}

#[retry(backoff = fixed(0ms))]
pub async fn cell(cell: Cell<u32>, reference: &mut Cell<u32>) -> Answer<u32> {
    reference.set(1);
    Ok(cell.get() + reference.get())
}

// ---- odd functions ----

/// # Safety
///
/// None needed.
#[circuit_breaker]
pub unsafe fn not_safe(x: u32) -> Answer<u32> {
    Ok(x)
}

#[circuit_breaker]
#[allow(improper_ctypes_definitions)]
pub extern "C" fn foreign(x: u32) -> Answer<u32> {
    Ok(x)
}

#[circuit_breaker]
#[retry(backoff = fixed(0ms))]
pub fn recursive(depth: u32) -> Answer<u32> {
    if depth == 0 { Ok(0) } else { Ok(1 + recursive(depth - 1)?) }
}

#[circuit_breaker]
#[timeout(5s)]
pub async fn recursive_async(depth: u32) -> Answer<u32> {
    if depth == 0 { Ok(0) } else { Ok(1 + Box::pin(recursive_async(depth - 1)).await?) }
}

#[circuit_breaker]
pub fn r#type(r#in: u32) -> Answer<u32> {
    Ok(r#in)
}

#[circuit_breaker]
pub fn inner_attribute() -> Answer<u32> {
    #![allow(unused_variables)]
    let unused = 1;
    Ok(0)
}

#[circuit_breaker]
#[retry(backoff = fixed(0ms))]
pub fn diverging(_x: u32) -> Answer<u32> {
    panic!("nobody calls this")
}

#[circuit_breaker]
pub fn shadowing() -> Answer<u32> {
    // Names and items like those of an expansion must not meet it.
    static SITE: u32 = 1;
    const CONFIG: u32 = 2;
    let __permit0 = 3;
    let __failure = 4;
    Ok(SITE + CONFIG + __permit0 + __failure)
}

#[circuit_breaker]
pub fn shadowed_types() -> Answer<u32> {
    #[allow(non_camel_case_types, dead_code)]
    enum Other {
        Result,
        Ok,
        Err,
    }
    #[allow(unused_imports)]
    use Other::Result;
    Ok(0)
}

macro_rules! made {
    ($(#[$attribute:meta])* $name:ident, $argument:ident: $type:ty, $limit:expr, $lifetime:lifetime) => {
        $(#[$attribute])*
        #[circuit_breaker(threshold = $limit)]
        #[retry(attempts = $limit, backoff = fixed(0ms))]
        pub async fn $name<$lifetime>($argument: $type, other: &$lifetime str) -> Answer<usize> {
            Ok($argument.len() + other.len())
        }
    };
}

made!(#[allow(clippy::ptr_arg)] made_by_macro, text: &mut String, 4, 'a);

pub mod without_imports {
    #[resilience::circuit_breaker("without-imports")]
    #[resilience::retry(backoff = fixed(0ms))]
    pub fn full_path(x: u32) -> super::Answer<u32> {
        Ok(x)
    }
}

// ---- methods ----

#[derive(Clone, Debug)]
pub struct Service {
    pub calls: u32,
    pub text: String,
}

impl Service {
    const LIMIT: u32 = 3;

    #[circuit_breaker]
    pub fn new(calls: u32) -> Answer<Self> {
        Ok(Self { calls, text: String::from("text") })
    }

    #[circuit_breaker]
    #[bulkhead(max_concurrent = 5)]
    pub fn by_reference(&self) -> Answer<&str> {
        Ok(&self.text)
    }

    #[fallback(Self::stand_in)]
    #[retry(backoff = fixed(0ms))]
    #[circuit_breaker]
    #[bulkhead(max_concurrent = 5)]
    #[timeout(5s)]
    pub async fn by_reference_async(&self, key: u32, text: &str) -> Answer<usize> {
        if key > Self::LIMIT {
            return Err(Fault::Broken(key));
        }
        Ok(self.text.len() + text.len())
    }

    #[allow(clippy::unused_async)]
    async fn stand_in(&self, _key: u32, _text: &str) -> Answer<usize> {
        Ok(usize::from(self.calls > 0))
    }

    #[retry(backoff = fixed(0ms))]
    #[circuit_breaker]
    pub fn by_mut(&mut self, by: u32) -> Answer<u32> {
        self.calls += by;
        Ok(self.calls)
    }

    #[timeout(5s)]
    #[retry(backoff = fixed(0ms))]
    #[circuit_breaker]
    pub async fn by_mut_async(&mut self, text: String, out: &mut Vec<String>, key: &str) -> Answer<usize> {
        self.calls += 1;
        out.push(text);
        Ok(out.len() + key.len())
    }

    #[circuit_breaker]
    pub fn borrowing_mut(&mut self) -> Answer<&mut String> {
        Ok(&mut self.text)
    }

    #[circuit_breaker]
    pub fn by_value(self) -> Answer<String> {
        Ok(self.text)
    }

    #[circuit_breaker]
    #[timeout(5s)]
    pub async fn by_value_async(mut self) -> Answer<String> {
        self.text.push('!');
        Ok(self.text)
    }

    #[retry(backoff = fixed(0ms))]
    #[circuit_breaker]
    pub async fn by_arc(self: Arc<Self>, x: u32) -> Answer<u32> {
        Ok(self.calls + x)
    }

    #[circuit_breaker]
    #[timeout(5s)]
    pub async fn by_pin(self: Pin<&mut Self>) -> Answer<u32> {
        Ok(self.calls)
    }

    #[retry(backoff = fixed(0ms))]
    pub async fn by_pin_retried(self: Pin<&mut Self>) -> Answer<u32> {
        Ok(self.calls)
    }

    #[circuit_breaker]
    pub fn by_box(self: Box<Self>) -> Answer<u32> {
        Ok(self.calls)
    }
}

pub trait Store {
    fn key(&self) -> u32;

    /// # Errors
    ///
    /// None.
    #[circuit_breaker]
    #[retry(backoff = fixed(0ms))]
    fn load(&self, by: u32) -> Answer<u32> {
        Ok(self.key() + by)
    }

    /// # Errors
    ///
    /// Its own.
    fn store(&mut self, value: u32) -> Answer<u32>;
}

impl Store for Service {
    fn key(&self) -> u32 {
        self.calls
    }

    #[circuit_breaker]
    #[retry(backoff = fixed(0ms))]
    fn store(&mut self, value: u32) -> Answer<u32> {
        self.calls = value;
        Ok(value)
    }
}

impl<T: Store> Store for Arc<T> {
    fn key(&self) -> u32 {
        (**self).key()
    }

    #[rate_limit(1_000_000 / 1s)]
    fn store(&mut self, value: u32) -> Answer<u32> {
        Err(Fault::Broken(value))
    }
}

pub struct Wrapper<T, const N: usize>(pub [T; N]);

impl<T: Clone + Send + Sync, const N: usize> Wrapper<T, N> {
    #[fallback(|_| Err(Fault::Broken(0)))]
    #[retry(backoff = fixed(0ms))]
    #[circuit_breaker]
    pub async fn first<'a>(&'a self, default: T) -> Answer<T>
    where
        T: 'a,
    {
        Ok(self.0.first().cloned().unwrap_or(default))
    }
}

#[async_trait]
pub trait Remote {
    async fn get(&self, id: u64) -> Answer<u64>;
    async fn put(&mut self, id: u64, text: String) -> Answer<usize>;
}

#[async_trait]
impl Remote for Service {
    #[retry(backoff = fixed(0ms))]
    #[circuit_breaker]
    #[timeout(5s)]
    async fn get(&self, id: u64) -> Answer<u64> {
        Ok(id + u64::from(self.calls))
    }

    #[circuit_breaker]
    #[timeout(5s)]
    async fn put(&mut self, id: u64, text: String) -> Answer<usize> {
        self.text = text;
        Ok(self.text.len() + usize::from(id > 0))
    }
}

// ---- blocks ----

#[resilient(SYNC, name = "block", circuit_breaker(threshold = 4))]
#[allow(clippy::unused_self)]
impl Service {
    /// Documented.
    ///
    /// # Errors
    ///
    /// None.
    #[must_use = "an answer"]
    #[inline]
    pub fn in_block(&self, x: u32) -> Result<u32, Fault> {
        let y = self.in_block_skipped(x)?;
        Ok(y + self.in_block_without_result())
    }

    #[retry(attempts = 3)]
    pub fn in_block_generic<T: Clone, const N: usize>(&mut self, items: [T; N]) -> Result<[T; N], Fault> {
        self.calls += 1;
        Ok(items)
    }

    #[resilient(skip)]
    pub fn in_block_skipped(&self, x: u32) -> Result<u32, Fault> {
        Ok(x)
    }

    const fn in_block_without_result(&self) -> u32 {
        Self::ONE
    }

    const ONE: u32 = 1;

    pub async fn in_block_async(&self, (a, mut b): (u32, u32), text: &str) -> Result<usize, Fault> {
        b += a;
        Ok(text.len() + b as usize)
    }
}

macro_rules! block {
    ($name:ident, $preset:expr, $method:ident -> $type:ty, $body:block) => {
        pub struct $name;

        #[resilient($preset)]
        impl $name {
            pub fn $method(&self) -> $type $body
        }
    };
}

block!(MadeByMacro, SYNC, made -> Result<u32, Fault>, { Ok(9) });

#[async_trait]
#[resilient(EVERYTHING)]
impl Remote for MadeByMacro {
    async fn get(&self, id: u64) -> Result<u64, Fault> {
        Ok(id)
    }

    #[resilient(skip)]
    async fn put(&mut self, _id: u64, text: String) -> Result<usize, Fault> {
        Ok(text.len())
    }
}

#[resilient(EVERYTHING, retry(attempts = 3))]
#[async_trait]
impl<T: Send + Sync, const N: usize> Remote for Wrapper<T, N> {
    async fn get(&self, id: u64) -> Result<u64, Fault> {
        Ok(id + N as u64)
    }

    #[bulkhead(max_concurrent = 2)]
    async fn put(&mut self, _id: u64, text: String) -> Result<usize, Fault> {
        Ok(text.len() + N)
    }
}

// ---- together with other attributes ----

#[tracing::instrument(skip(text))]
#[circuit_breaker]
#[timeout(5s)]
pub async fn instrumented_outside(text: &str) -> Answer<usize> {
    Ok(text.len())
}

#[circuit_breaker]
#[timeout(5s)]
#[tracing::instrument(skip(text))]
pub async fn instrumented_inside(text: &str) -> Answer<usize> {
    Ok(text.len())
}

#[circuit_breaker]
#[tracing::instrument(skip(text))]
pub fn instrumented_sync(text: &str) -> Answer<usize> {
    Ok(text.len())
}

// ---- every layer, fallbacks, presets ----

preset! {
    /// Everything a preset can hold.
    pub const EVERYTHING: Preset = {
        circuit_breaker(threshold = 3, open_for = 5s..1m),
        retry(attempts = 2, backoff = fixed(0ms)),
        rate_limit(1_000_000 / 1s),
        bulkhead(max_concurrent = 10, max_wait = 10ms),
        timeout(5s),
        total_timeout(20s),
    };
}

preset! {
    const SYNC: Preset = { circuit_breaker(threshold = 3), retry(attempts = 2, backoff = fixed(0ms)) };
}

#[resilient(EVERYTHING, name = "everything", retry(attempts = 3))]
pub async fn with_preset(text: String) -> Answer<String> {
    Ok(text)
}

#[fallback(value = 7)]
#[resilient(SYNC)]
pub fn with_sync_preset(x: u32) -> Answer<u32> {
    Ok(x)
}

#[timeout(20s)]
#[circuit_breaker("order-outer", failure_rate = 50%, window = 10s, failure_if = |answer| matches!(answer, Ok(0)))]
#[retry(attempts = 3, backoff = fixed(0ms), retry_if = |answer| matches!(answer, Ok(1)), on_retry = |_| {})]
#[rate_limit(1_000_000 / 1s)]
#[circuit_breaker("order-inner", ignore = Fault::Refused(_), failure = Fault::Broken(n) if *n > 3)]
#[bulkhead(max_concurrent = 4, max_wait = 10ms, max_queue = 2)]
#[timeout(5s)]
pub async fn every_layer(x: u32, out: &mut Vec<u32>) -> Answer<u32> {
    out.push(x);
    Ok(x)
}

#[fallback(second_tier, third_tier, |_| Ok(String::from("closure")))]
#[circuit_breaker]
pub async fn tiers(text: String, fail: bool) -> Answer<String> {
    if fail { Err(Fault::Broken(1)) } else { Ok(text) }
}

#[circuit_breaker]
#[allow(clippy::unused_async)]
async fn second_tier(_text: String, _fail: bool) -> Answer<String> {
    Err(Fault::Broken(2))
}

fn third_tier(_text: String, _fail: bool) -> Pin<Box<dyn Future<Output = Answer<String>> + Send>> {
    Box::pin(async { Err(Fault::Broken(3)) })
}

#[fallback(|failure| async move {
    match failure {
        Failure::Error(Fault::Broken(n)) => plain_async(n).await,
        _ => Ok(0),
    }
})]
pub async fn async_closure(x: u32) -> Answer<u32> {
    Err(Fault::Broken(x))
}

#[fallback(|_| Err(()))]
#[bulkhead(max_concurrent = 1)]
pub fn no_conversion_needed(x: u32) -> Result<u32, ()> {
    Ok(x)
}

// ---- an error or a value that cannot be: rustc would find an arm of ours too many ----

#[retry(backoff = fixed(0ms))]
pub fn cannot_fail(x: u32) -> Result<u32, Infallible> {
    Ok(x)
}

#[fallback(value = 0)]
#[retry(backoff = fixed(0ms))]
#[circuit_breaker]
#[bulkhead]
#[timeout(1s)]
pub async fn cannot_fail_async(x: u32) -> Result<u32, Infallible> {
    Ok(x)
}

#[circuit_breaker]
pub fn cannot_succeed(x: u32) -> Result<Infallible, Fault> {
    Err(Fault::Broken(x))
}

#[timeout(1s)]
#[retry(attempts = 2, backoff = fixed(0ms))]
#[rate_limit(100 / 1s)]
#[circuit_breaker]
pub async fn cannot_succeed_async(x: u32) -> Result<Infallible, Fault> {
    Err(Fault::Broken(x))
}

// ---- they do what they say ----

pub fn check_sync() {
    assert_eq!(cannot_fail(3), Ok(3));
    assert_eq!(cannot_succeed(3), Err(Fault::Broken(3)));
    assert_eq!(plain(1), Ok(2));
    assert_eq!(alias(1), Ok(1));
    assert_eq!(io("four").unwrap(), 4);
    assert_eq!(early(3), Ok(8));
    assert_eq!(early(11), Err(Fault::Broken(11)));
    assert_eq!(generic(&[1, 2]).unwrap(), [1, 2]);
    assert_eq!(elided(" x "), Ok("x"));
    assert_eq!(impl_argument(5).unwrap(), "5");
    assert_eq!(impl_return(3).unwrap().sum::<u32>(), 3);
    let mut items = [1, 2];
    *borrowed_mut(&mut items).unwrap() = 5;
    assert_eq!(items, [5, 2]);
    assert_eq!(patterns((1, 2), [3, 0, 0], 9, 4), Ok(11));
    assert_eq!(configured(3), Ok(3));
    assert_eq!(foreign(3), Ok(3));
    assert_eq!(recursive(3), Ok(3));
    assert_eq!(r#type(3), Ok(3));
    assert_eq!(inner_attribute(), Ok(0));
    assert_eq!(shadowing(), Ok(10));
    assert_eq!(shadowed_types(), Ok(0));
    assert_eq!(without_imports::full_path(4), Ok(4));
    assert_eq!(with_sync_preset(4), Ok(4));
    assert_eq!(no_conversion_needed(4), Ok(4));
    assert_eq!(instrumented_sync("four"), Ok(4));

    let mut service = Service::new(1).unwrap();
    assert_eq!(service.by_reference(), Ok("text"));
    assert_eq!(service.by_mut(2), Ok(3));
    service.borrowing_mut().unwrap().push('!');
    assert_eq!(service.load(1), Ok(4));
    assert_eq!(service.store(5), Ok(5));
    assert_eq!(Arc::new(service.clone()).store(5), Err(Fault::Broken(5)));
    assert_eq!(Box::new(service.clone()).by_box(), Ok(5));
    assert_eq!(service.in_block(4), Ok(5));
    assert_eq!(service.in_block_generic([1, 2]), Ok([1, 2]));
    assert_eq!(MadeByMacro.made(), Ok(9));
    assert_eq!(service.by_value(), Ok(String::from("text!")));
}

pub async fn check_async() {
    assert_eq!(plain_async(1).await, Ok(2));
    assert_eq!(question_mark(1).await, Ok(3));
    assert_eq!(generic_async(&1, &2, 3).await, Ok(&1));
    assert_eq!(elided_async(" x ").await, Ok("x"));
    assert_eq!(impl_return_async(3).await.unwrap().sum::<u32>(), 3);
    let mut items = [1, 2];
    *borrowed_mut_async(&mut items).await.unwrap() = 5;
    assert_eq!(items, [5, 2]);
    let mut out = Vec::new();
    assert_eq!(patterns_async((1, 2), String::from("x"), "", &mut out).await, Ok(4));
    assert_eq!(out, ["x!"]);
    assert_eq!(configured_async(String::from("four")).await, Ok(4));
    assert_eq!(cell(Cell::new(2), &mut Cell::new(0)).await, Ok(3));
    assert_eq!(recursive_async(3).await, Ok(3));
    assert_eq!(made_by_macro(&mut String::from("abc"), "de").await, Ok(5));

    let mut service = Service::new(1).unwrap();
    assert_eq!(service.by_reference_async(1, "abc").await, Ok(7));
    assert_eq!(service.by_reference_async(4, "abc").await, Ok(1));
    assert_eq!(service.by_mut_async(String::from("y"), &mut out, "key").await, Ok(5));
    assert_eq!(Arc::new(service.clone()).by_arc(1).await, Ok(3));
    assert_eq!(Pin::new(&mut service).by_pin().await, Ok(2));
    assert_eq!(Pin::new(&mut service).by_pin_retried().await, Ok(2));
    assert_eq!(Remote::get(&service, 1).await, Ok(3));
    assert_eq!(service.put(1, String::from("long")).await, Ok(5));
    assert_eq!(service.in_block_async((1, 2), "abc").await, Ok(6));
    assert_eq!(MadeByMacro.get(3).await, Ok(3));
    assert_eq!(MadeByMacro.put(3, String::from("four")).await, Ok(4));
    assert_eq!(Wrapper([1, 2]).get(3).await, Ok(5));
    assert_eq!(Wrapper([1, 2]).put(3, String::from("four")).await, Ok(6));
    assert_eq!(service.by_value_async().await, Ok(String::from("long!")));
    assert_eq!(Wrapper([1, 2]).first(0).await, Ok(1));

    assert_eq!(instrumented_outside("four").await, Ok(4));
    assert_eq!(instrumented_inside("four").await, Ok(4));
    assert_eq!(with_preset(String::from("x")).await, Ok(String::from("x")));
    let mut seen = Vec::new();
    assert_eq!(every_layer(1, &mut seen).await, Ok(1));
    assert_eq!(seen, [1, 1, 1]);
    assert_eq!(tiers(String::from("x"), true).await, Ok(String::from("closure")));
    assert_eq!(async_closure(4).await, Ok(5));
}

/// Every future that can be is `Send`, as it was without the attributes.
pub fn check_send(service: &mut Service, out: &mut Vec<String>) {
    fn is_send(_: impl Send) {}
    is_send(cannot_fail_async(1));
    is_send(cannot_succeed_async(1));
    is_send(plain_async(1));
    is_send(question_mark(1));
    is_send(patterns_async((1, 2), String::new(), "", out));
    is_send(service.by_reference_async(1, ""));
    is_send(service.by_mut_async(String::new(), out, ""));
    is_send(Arc::new(service.clone()).by_arc(1));
    is_send(Pin::new(&mut *service).by_pin_retried());
    is_send(Remote::get(&MadeByMacro, 1));
    is_send(Remote::get(&Wrapper([1]), 1));
    is_send(service.in_block_async((1, 2), ""));
    is_send(cell(Cell::new(2), &mut Cell::new(0)));
    is_send(with_preset(String::new()));
    is_send(every_layer(1, &mut Vec::new()));
    is_send(tiers(String::new(), true));
    is_send(async_closure(1));
    is_send(instrumented_inside(""));
}
