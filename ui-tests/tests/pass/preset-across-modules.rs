//! A preset of another module, of a function, of a renamed crate, in every visibility.

#![deny(warnings, missing_docs)]

use resilience as hardened;

mod presets {
    use super::hardened;

    hardened::preset! {
        /// Answers within the second.
        pub(crate) const QUICK: Preset = {
            circuit_breaker(failure_rate = 50%, window = 30s, open_for = 5s..5m),
            retry(attempts = 2, backoff = exponential(50ms..500ms)),
            bulkhead(max_concurrent = 50),
            rate_limit(100 / 1s),
            timeout(300ms),
            total_timeout(1s),
        };

        /// As much as nothing.
        pub(crate) const BARE: Preset = { retry() };
    }
}

#[hardened::resilient(presets::QUICK, crate = hardened, name = "quick", retry(attempts = 3), timeout(200ms))]
async fn whole() -> Result<(), hardened::Rejected> {
    Ok(())
}

#[hardened::retry(preset = presets::BARE, crate = hardened, attempts = 3)]
fn part() -> Result<(), hardened::Rejected> {
    hardened::preset! { const LOCAL: Preset = { bulkhead(max_concurrent = 3) }; }

    #[hardened::bulkhead(preset = LOCAL, crate = hardened)]
    fn inner() -> Result<(), hardened::Rejected> {
        Ok(())
    }

    inner()
}

fn main() {
    let _ = part();
    drop(whole());
}
