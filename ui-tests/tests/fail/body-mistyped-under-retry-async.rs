//! What rustc says about a body, it says where it would without the attribute.

use resilience::{Rejected, circuit_breaker, retry};

#[derive(Debug)]
pub enum Error {
    Refused(Rejected),
}

impl From<Rejected> for Error {
    fn from(rejected: Rejected) -> Self {
        Self::Refused(rejected)
    }
}

#[retry]
#[circuit_breaker("a")]
async fn wrong_tail() -> Result<u8, Error> {
    let answer: Result<&str, Error> = Ok("text");
    answer
}

#[retry]
#[circuit_breaker("a")]
async fn bare_tail() -> Result<u8, Error> {
    5
}

#[retry]
#[circuit_breaker("a")]
async fn semicolon_too_many() -> Result<u8, Error> {
    Ok(5);
}

#[retry]
#[circuit_breaker("a")]
async fn empty() -> Result<u8, Error> {}

#[retry]
#[circuit_breaker("a")]
async fn early_return(a: u8) -> Result<u8, Error> {
    if a > 3 {
        return "early";
    }
    Ok(a)
}

#[retry]
#[circuit_breaker("a")]
async fn question_mark() -> Result<u8, Error> {
    let number: u8 = "5".parse()?;
    Ok(number)
}

#[retry]
#[circuit_breaker("a")]
async fn error_of_another_type() -> Result<u8, Error> {
    let answer: Result<u8, i32> = Err(5);
    answer
}

#[retry]
#[circuit_breaker("a")]
async fn if_without_else(a: u8) -> Result<u8, Error> {
    if a > 3 {
        Ok(a)
    }
}

#[retry]
#[circuit_breaker("a")]
async fn unknown_method(a: u8) -> Result<u8, Error> {
    Ok(a.missing())
}

#[retry]
#[circuit_breaker("a")]
async fn ambiguous() -> Result<u8, Error> {
    let numbers = Vec::new();
    Ok(1)
}

fn main() {}
