use resilience::{Rejected, retry};

#[retry(backoff = exponental(1s..2s))]
fn slip() -> Result<(), Rejected> {
    Ok(())
}

#[retry(backoff = 1s)]
fn duration() -> Result<(), Rejected> {
    Ok(())
}

#[retry(backoff = fixed)]
fn no_delay() -> Result<(), Rejected> {
    Ok(())
}

#[retry(backoff = exponential)]
fn no_bounds() -> Result<(), Rejected> {
    Ok(())
}

#[retry(backoff = fixed())]
fn empty() -> Result<(), Rejected> {
    Ok(())
}

#[retry(backoff = fixed(1s..2s))]
fn fixed_bounds() -> Result<(), Rejected> {
    Ok(())
}

#[retry(backoff = linear(1s))]
fn one_bound() -> Result<(), Rejected> {
    Ok(())
}

#[retry(backoff = fibonacci(1s..))]
fn open() -> Result<(), Rejected> {
    Ok(())
}

#[retry(backoff = exponential(1s..2s, base = 3))]
fn other_key() -> Result<(), Rejected> {
    Ok(())
}

#[retry(backoff = linear(1s..2s, factor = 3))]
fn no_factor() -> Result<(), Rejected> {
    Ok(())
}

#[retry(backoff = exponential(1s..2s, factor = -3))]
fn negative() -> Result<(), Rejected> {
    Ok(())
}

fn main() {}
