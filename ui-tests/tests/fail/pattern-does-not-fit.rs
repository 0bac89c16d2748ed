use resilience::{Failure, Rejected, circuit_breaker, fallback, retry};

#[derive(Debug)]
pub enum Error {
    NotFound,
    Status(u16),
    Refused(Rejected),
}

impl From<Rejected> for Error {
    fn from(rejected: Rejected) -> Self {
        Self::Refused(rejected)
    }
}

#[circuit_breaker("a", ignore = Error::Missing(_))]
fn no_variant() -> Result<u8, Error> {
    Ok(1)
}

#[circuit_breaker("a", ignore = Option::None, failure = Error::Status)]
fn another_type() -> Result<u8, Error> {
    Ok(1)
}

#[retry(on = Error::Status(code) if code >= 500)]
fn reference() -> Result<u8, Error> {
    Ok(1)
}

#[retry(abort_on = Error::Status(..) | Error::NotFound(_))]
async fn fields() -> Result<u8, Error> {
    Ok(1)
}

#[fallback(value = 3, on = Error::NotFound)]
fn no_failure() -> Result<u8, Error> {
    Ok(1)
}

fn main() {
    let _: Option<Failure<Error>> = None;
}
