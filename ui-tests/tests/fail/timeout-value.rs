use resilience::{Rejected, timeout};

#[timeout]
async fn none() -> Result<(), Rejected> {
    Ok(())
}

#[timeout()]
async fn empty() -> Result<(), Rejected> {
    Ok(())
}

#[timeout(0ms)]
async fn zero() -> Result<(), Rejected> {
    Ok(())
}

#[timeout(8d)]
async fn long() -> Result<(), Rejected> {
    Ok(())
}

fn main() {}
