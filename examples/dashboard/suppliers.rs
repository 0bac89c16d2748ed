//! What the shop depends on: small HTTP services on one loopback port, each with troubles of its own that come and go.

use std::{io, net::SocketAddr, time::Duration};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    time::{Instant, sleep},
};

/// How a supplier feels.
#[derive(Clone, Copy)]
enum Mood {
    Well,
    /// It answers, but late.
    Slow,
    /// Every third call fails.
    Flaky,
    Down,
}

impl Mood {
    /// The plan, which starts again every minute; somebody is always in trouble after the first seconds.
    fn of(supplier: &str, since_start: Duration) -> Self {
        match (supplier, since_start.as_secs() % 60) {
            ("payments", 4..14) | ("reviews", 44..52) => Self::Down,
            ("shipping", 12..26) | ("catalogue", 50..58) => Self::Slow,
            ("stock", 20..36) | ("search", 34..46) => Self::Flaky,
            _ => Self::Well,
        }
    }
}

/// Serves on a free loopback port until the program ends.
pub(crate) async fn open() -> io::Result<SocketAddr> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    let opened = Instant::now();
    tokio::spawn(async move {
        let mut calls = 0;
        while let Ok((stream, _)) = listener.accept().await {
            calls += 1;
            // A customer who gave up is not the supplier's problem.
            tokio::spawn(async move { answer(stream, opened.elapsed(), calls).await });
        }
    });
    Ok(address)
}

async fn answer(mut stream: TcpStream, since_start: Duration, call: u32) -> io::Result<()> {
    let mut request = Vec::new();
    while !request.ends_with(b"\r\n\r\n") {
        if stream.read_buf(&mut request).await? == 0 {
            return Ok(());
        }
    }
    let request = String::from_utf8_lossy(&request);
    let supplier = request.split(['/', ' ']).nth(2).unwrap_or_default();
    let usual = Duration::from_millis(4 + u64::from(call % 7) * 5);
    let status = match Mood::of(supplier, since_start) {
        Mood::Well => {
            sleep(usual).await;
            "200 OK"
        }
        Mood::Slow => {
            sleep(usual * 14).await;
            "200 OK"
        }
        Mood::Flaky if call.is_multiple_of(3) => "500 Internal Server Error",
        Mood::Flaky => "200 OK",
        Mood::Down => "503 Service Unavailable",
    };
    stream
        .write_all(format!("HTTP/1.1 {status}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n").as_bytes())
        .await
}
