use std::time::Duration;

use resilience::{Rejected, timeout};

fn configured() -> Duration {
    Duration::from_secs(1)
}

#[timeout(configured())]
async fn function() -> Result<(), Rejected> {
    Ok(())
}

const ZERO: Duration = Duration::ZERO;

#[timeout(ZERO)]
async fn constant() -> Result<(), Rejected> {
    Ok(())
}

#[timeout(Duration::from_secs(1).saturating_sub(Duration::from_secs(2)))]
async fn computed() -> Result<(), Rejected> {
    Ok(())
}

fn main() {}
