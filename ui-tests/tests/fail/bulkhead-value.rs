use resilience::{Rejected, bulkhead};

#[bulkhead("a", max_concurrent = 0)]
fn places_zero() -> Result<(), Rejected> {
    Ok(())
}

#[bulkhead("a", max_concurrent = 1_000_001)]
fn places_large() -> Result<(), Rejected> {
    Ok(())
}

#[bulkhead("a", max_wait = 2d)]
fn wait_long() -> Result<(), Rejected> {
    Ok(())
}

#[bulkhead("a", max_queue = 10)]
fn queue_alone() -> Result<(), Rejected> {
    Ok(())
}

#[bulkhead("a", max_wait = 0ms, max_queue = 10)]
fn queue_without_wait() -> Result<(), Rejected> {
    Ok(())
}

#[bulkhead("a", max_wait = 1s, max_queue = 0)]
fn queue_zero() -> Result<(), Rejected> {
    Ok(())
}

#[bulkhead("a", max_wait = 1s, max_queue = 1_000_001)]
fn queue_large() -> Result<(), Rejected> {
    Ok(())
}

fn main() {}
