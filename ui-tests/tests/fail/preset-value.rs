use resilience::Rejected;

mod shared {
    resilience::preset! {
        /// Several at once, each at its own place.
        pub const BAD: Preset = {
            circuit_breaker(threshold = 0, window = 30s),
            retry(attempts = 0, backoff = linear(2s..1s)),
            bulkhead(max_concurrent = 0),
            rate_limit(0 / 1s),
            timeout(0s),
        };
        pub const PAIR: Preset = {
            circuit_breaker(slow_call = 10s, slow_rate = 50%),
            timeout(5s),
            total_timeout(5s),
        };
        pub const TYPE: Preset = { retry(attempts = "five") };
    }
}

#[resilience::resilient(shared::BAD)]
async fn user() -> Result<(), Rejected> {
    Ok(())
}

fn main() {}
