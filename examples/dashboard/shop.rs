//! The shop: ordinary functions, each with a line or more above it.

use std::{io, net::SocketAddr};

use resilience::{
    Rejected, Service, bulkhead, circuit_breaker, fallback, rate_limit, registry, resilient, retry, timeout,
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

#[derive(Debug)]
pub(crate) enum ShopError {
    Status,
    Network,
    Refused,
}

impl From<Rejected> for ShopError {
    fn from(_: Rejected) -> Self {
        Self::Refused
    }
}

impl From<io::Error> for ShopError {
    fn from(_: io::Error) -> Self {
        Self::Network
    }
}

/// The shop, and where its suppliers are.
#[derive(Clone, Copy)]
pub(crate) struct Shop {
    suppliers: SocketAddr,
}

impl Shop {
    /// A shop whose services are registered.
    pub(crate) fn open(suppliers: SocketAddr) -> Result<Self, resilience::ConfigError> {
        Service::builder("shipping")
            .circuit_breaker(
                circuit_breaker::Config::new()
                    .failure_rate(0.5)
                    .slow_call(std::time::Duration::from_millis(200))
                    .slow_rate(0.6)
                    .min_calls(8)
                    .open_for(std::time::Duration::from_secs(4))
                    .latency(true),
            )
            .bulkhead(bulkhead::Config::new().max_concurrent(6))
            .register()?;
        registry().health().mark_critical("payments");
        Ok(Self { suppliers })
    }

    #[fallback(value = "from the cache", name = "catalogue")]
    #[retry(name = "catalogue", attempts = 3, backoff = exponential(10ms..80ms))]
    #[circuit_breaker("catalogue", failure_rate = 50%, min_calls = 10, open_for = 3s..20s, latency = true)]
    #[timeout(250ms, name = "catalogue")]
    pub(crate) async fn product(&self) -> Result<&'static str, ShopError> {
        self.get("/catalogue").await
    }

    #[retry(name = "payments", attempts = 2, backoff = fixed(25ms))]
    #[circuit_breaker("payments", threshold = 5, open_for = 3s, half_open = 2, latency = true)]
    #[bulkhead("payments", max_concurrent = 10, max_wait = 50ms)]
    #[timeout(800ms, name = "payments")]
    pub(crate) async fn pay(&self) -> Result<&'static str, ShopError> {
        self.get("/payments").await
    }

    #[retry(name = "stock", attempts = 4, backoff = exponential(15ms..120ms))]
    #[circuit_breaker("stock", failure_rate = 60%, min_calls = 20, open_for = 5s, latency = true)]
    pub(crate) async fn stock(&self) -> Result<&'static str, ShopError> {
        self.get("/stock").await
    }

    #[resilient(service = "shipping", operation = "quote")]
    pub(crate) async fn delivery(&self) -> Result<&'static str, ShopError> {
        self.get("/shipping").await
    }

    #[fallback(value = "nothing found", name = "search")]
    #[rate_limit("search", 30 / 1s, burst = 10)]
    #[circuit_breaker("search", failure_rate = 25%, min_calls = 10, open_for = 2s, latency = true)]
    pub(crate) async fn search(&self) -> Result<&'static str, ShopError> {
        self.get("/search").await
    }

    #[fallback(value = "no reviews yet", name = "reviews")]
    #[circuit_breaker("reviews", threshold = 8, open_for = 4s, initial = metrics_only)]
    pub(crate) async fn reviews(&self) -> Result<&'static str, ShopError> {
        self.get("/reviews").await
    }

    /// One GET over a connection of its own.
    async fn get(&self, path: &str) -> Result<&'static str, ShopError> {
        let mut stream = TcpStream::connect(self.suppliers).await?;
        stream.write_all(format!("GET {path} HTTP/1.1\r\nhost: shop\r\n\r\n").as_bytes()).await?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await?;
        if answer.starts_with("HTTP/1.1 200") { Ok("fresh") } else { Err(ShopError::Status) }
    }
}
