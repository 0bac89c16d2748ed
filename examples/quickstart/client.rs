//! The client: ordinary functions, each with a line or more above it.

use std::{fmt, io};

use resilience::{
    Rejected, bulkhead, circuit_breaker, fallback, preset, rate_limit, resilient, retry, timeout,
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

#[derive(Debug)]
pub(crate) enum QuoteError {
    UnknownSymbol(String),
    Status(u16),
    Network(io::Error),
    Unavailable(Rejected),
}

impl From<Rejected> for QuoteError {
    fn from(rejected: Rejected) -> Self {
        Self::Unavailable(rejected)
    }
}

impl From<io::Error> for QuoteError {
    fn from(error: io::Error) -> Self {
        Self::Network(error)
    }
}

impl fmt::Display for QuoteError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UnknownSymbol(symbol) => write!(f, "nobody knows `{symbol}`"),
            Self::Status(status) => write!(f, "the service answered {status}"),
            Self::Network(error) => write!(f, "network: {error}"),
            Self::Unavailable(rejected) => rejected.fmt(f),
        }
    }
}

/// A price, and where it comes from.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Quote {
    pub(crate) price: String,
    pub(crate) live: bool,
}

preset! {
    /// The settings of this shop for its internal services.
    pub(crate) const INTERNAL: Preset = {
        circuit_breaker(failure_rate = 50%, window = 5s, min_calls = 4, open_for = 700ms..2s, half_open = 1),
        retry(attempts = 2, backoff = fixed(20ms)),
        timeout(250ms),
    };
}

/// The shop's connection to its services.
pub(crate) struct Client {
    pub(crate) address: String,
}

impl Client {
    #[fallback(Self::cached_quote, on = resilience::Failure::Rejected(_) | resilience::Failure::Error(QuoteError::Status(_) | QuoteError::Network(_)))]
    #[retry(attempts = 2, backoff = exponential(30ms..200ms), abort_on = QuoteError::UnknownSymbol(_))]
    #[circuit_breaker("quotes", threshold = 4, open_for = 800ms, half_open = 2, success_threshold = 2, ignore = QuoteError::UnknownSymbol(_))]
    #[bulkhead(max_concurrent = 8, max_wait = 50ms)]
    #[timeout(250ms)]
    pub(crate) async fn quote(&self, symbol: &str) -> Result<Quote, QuoteError> {
        let price = self.get(&format!("/quote/{symbol}")).await?;
        Ok(Quote { price, live: true })
    }

    /// What the shop shows when there is no live price.
    #[allow(clippy::unused_async)] // A fallback of an async function may be one too.
    async fn cached_quote(&self, _symbol: &str) -> Result<Quote, QuoteError> {
        Ok(Quote { price: "41.90".into(), live: false })
    }

    #[resilient(INTERNAL, name = "stock", retry(attempts = 3))]
    pub(crate) async fn stock(&self, symbol: &str) -> Result<String, QuoteError> {
        self.get(&format!("/stock/{symbol}")).await
    }

    #[rate_limit("reports", 3 / 1m)]
    pub(crate) async fn report(&self) -> Result<String, QuoteError> {
        self.get("/report").await
    }

    #[bulkhead("exports", max_concurrent = 2)]
    pub(crate) async fn export(&self) -> Result<String, QuoteError> {
        self.get("/export").await
    }

    /// One GET over a connection of its own.
    async fn get(&self, path: &str) -> Result<String, QuoteError> {
        let mut stream = TcpStream::connect(&self.address).await?;
        stream
            .write_all(format!("GET {path} HTTP/1.1\r\nhost: shop\r\nconnection: close\r\n\r\n").as_bytes())
            .await?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await?;
        let status = answer.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or(0);
        match status {
            200 => Ok(answer.rsplit("\r\n").next().unwrap_or_default().to_owned()),
            404 => Err(QuoteError::UnknownSymbol(path.rsplit('/').next().unwrap_or_default().to_owned())),
            status => Err(QuoteError::Status(status)),
        }
    }
}
