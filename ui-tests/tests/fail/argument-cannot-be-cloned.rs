use std::sync::Arc;

use resilience::{Rejected, circuit_breaker, fallback, presets::HTTP_API, resilient, retry};

pub struct Job;

#[retry]
fn blocking(job: Job, number: u8) -> Result<u8, Rejected> {
    drop(job);
    Ok(number)
}

#[retry]
#[circuit_breaker("a")]
async fn later(name: String, mut job: Job, out: &mut String) -> Result<u8, Rejected> {
    out.push_str(&name);
    job = job;
    drop(job);
    Ok(1)
}

#[retry]
fn generic<T>(job: T) -> Result<T, Rejected> {
    Ok(job)
}

#[retry]
fn opaque(job: impl FnOnce() -> u8) -> Result<u8, Rejected> {
    Ok(job())
}

#[retry]
fn pattern((job, number): (Job, u8)) -> Result<u8, Rejected> {
    drop(job);
    Ok(number)
}

#[resilient(HTTP_API)]
async fn preset(job: Job) -> Result<u8, Rejected> {
    drop(job);
    Ok(1)
}

#[fallback(cached)]
fn tier(job: Job) -> Result<u8, Rejected> {
    drop(job);
    Ok(1)
}

fn cached(job: Job) -> Result<u8, Rejected> {
    drop(job);
    Ok(1)
}

struct Client;

impl Client {
    #[retry]
    async fn method(self: Arc<Self>, job: Job) -> Result<u8, Rejected> {
        drop(job);
        Ok(1)
    }
}

fn main() {}
