use resilience::{Rejected, circuit_breaker, fallback, retry};

pub enum Error {
    NotFound,
    Refused(Rejected),
}

impl From<Rejected> for Error {
    fn from(rejected: Rejected) -> Self {
        Self::Refused(rejected)
    }
}

#[circuit_breaker("a", ignore = _, failure = not_found)]
fn breaker() -> Result<(), Error> {
    Ok(())
}

#[retry(on = error, abort_on = Error::NotFound | other)]
fn repeats() -> Result<(), Error> {
    Ok(())
}

#[fallback(value = (), on = (_))]
fn tiers() -> Result<(), Error> {
    Ok(())
}

#[circuit_breaker("b", failure = 5 + 3)]
fn no_pattern() -> Result<(), Error> {
    Ok(())
}

#[circuit_breaker("b", failure = |error| error.is_bad())]
fn a_closure() -> Result<(), Error> {
    Ok(())
}

fn main() {}
