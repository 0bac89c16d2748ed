//! What rustc says about a body, it says where it would without the attribute.

use resilience::{Rejected, circuit_breaker};

#[derive(Debug)]
pub enum Error {
    Refused(Rejected),
}

impl From<Rejected> for Error {
    fn from(rejected: Rejected) -> Self {
        Self::Refused(rejected)
    }
}

#[circuit_breaker("a")]
fn wrong_tail() -> Result<u8, Error> {
    let answer: Result<&str, Error> = Ok("text");
    answer
}

#[circuit_breaker("a")]
fn bare_tail() -> Result<u8, Error> {
    5
}

#[circuit_breaker("a")]
fn semicolon_too_many() -> Result<u8, Error> {
    Ok(5);
}

#[circuit_breaker("a")]
fn empty() -> Result<u8, Error> {}

#[circuit_breaker("a")]
fn early_return(a: u8) -> Result<u8, Error> {
    if a > 3 {
        return "early";
    }
    Ok(a)
}

#[circuit_breaker("a")]
fn question_mark() -> Result<u8, Error> {
    let number: u8 = "5".parse()?;
    Ok(number)
}

#[circuit_breaker("a")]
fn error_of_another_type() -> Result<u8, Error> {
    let answer: Result<u8, i32> = Err(5);
    answer
}

#[circuit_breaker("a")]
fn if_without_else(a: u8) -> Result<u8, Error> {
    if a > 3 {
        Ok(a)
    }
}

#[circuit_breaker("a")]
fn unknown_method(a: u8) -> Result<u8, Error> {
    Ok(a.missing())
}

#[circuit_breaker("a")]
fn ambiguous() -> Result<u8, Error> {
    let numbers = Vec::new();
    Ok(1)
}

fn main() {}
