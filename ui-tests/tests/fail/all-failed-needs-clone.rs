use resilience::{Failure, Rejected, fallback};

pub struct Plain;

fn cached() -> Result<u8, Plain> {
    Ok(1)
}

#[fallback(|_failure| cached(), all_failed = |_failures| Plain)]
fn blocking() -> Result<u8, Plain> {
    cached()
}

#[fallback(|_failure| async { cached() }, all_failed = |_failures| Plain)]
async fn later() -> Result<u8, Plain> {
    cached()
}

fn main() {
    let _: Option<Failure<Rejected>> = None;
}
