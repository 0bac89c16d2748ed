//! A small HTTP service that goes through a bad day: healthy, slow, down, healthy again.

use std::{
    io,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    time::{Instant, sleep},
};

/// How the service feels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mood {
    Healthy,
    Slow,
    Down,
}

impl Mood {
    /// The plan of the day.
    pub(crate) fn at(since_start: Duration) -> Self {
        match since_start.as_millis() {
            1500..3500 => Self::Slow,
            3500..5500 => Self::Down,
            _ => Self::Healthy,
        }
    }
}

/// What the service saw, to be compared with what its client says.
#[derive(Default)]
pub(crate) struct Seen {
    pub(crate) quotes: AtomicU32,
    pub(crate) unknown: AtomicU32,
    pub(crate) reports: AtomicU32,
    pub(crate) exports: AtomicU32,
    exports_now: AtomicU32,
    pub(crate) exports_at_once: AtomicU32,
}

/// Serves on a free loopback port until the program ends.
pub(crate) async fn start() -> io::Result<(String, Instant, Arc<Seen>)> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?.to_string();
    let seen = Arc::new(Seen::default());
    let born = Instant::now();
    let witness = Arc::clone(&seen);
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let seen = Arc::clone(&witness);
            tokio::spawn(async move {
                // A client that gave up is not the service's problem.
                let _ = answer(stream, born, &seen).await;
            });
        }
    });
    Ok((address, born, seen))
}

async fn answer(mut stream: TcpStream, born: Instant, seen: &Seen) -> io::Result<()> {
    let mut request = Vec::new();
    while !request.ends_with(b"\r\n\r\n") {
        if stream.read_buf(&mut request).await? == 0 {
            return Ok(());
        }
    }
    let request = String::from_utf8_lossy(&request);
    let path = request.split(' ').nth(1).unwrap_or("/");
    let (status, body) = respond(path, Mood::at(born.elapsed()), seen).await;
    let head = format!("HTTP/1.1 {status}\r\ncontent-length: {}\r\nconnection: close\r\n\r\n", body.len());
    stream.write_all(format!("{head}{body}").as_bytes()).await
}

async fn respond(path: &str, mood: Mood, seen: &Seen) -> (&'static str, &'static str) {
    match path {
        "/quote/NOPE" => {
            seen.unknown.fetch_add(1, Ordering::Relaxed);
            ("404 Not Found", "no such symbol")
        }
        "/report" => {
            seen.reports.fetch_add(1, Ordering::Relaxed);
            ("200 OK", "a report")
        }
        "/export" => {
            seen.exports.fetch_add(1, Ordering::Relaxed);
            let now = seen.exports_now.fetch_add(1, Ordering::SeqCst) + 1;
            seen.exports_at_once.fetch_max(now, Ordering::SeqCst);
            sleep(Duration::from_millis(150)).await;
            seen.exports_now.fetch_sub(1, Ordering::SeqCst);
            ("200 OK", "an export")
        }
        path => {
            seen.quotes.fetch_add(1, Ordering::Relaxed);
            match mood {
                Mood::Healthy => ("200 OK", if path.starts_with("/stock") { "7 pieces" } else { "42.17" }),
                Mood::Slow => {
                    sleep(Duration::from_millis(900)).await;
                    ("200 OK", "42.17")
                }
                Mood::Down => ("503 Service Unavailable", "down for maintenance"),
            }
        }
    }
}
