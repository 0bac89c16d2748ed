//! What rustc says about a body, it says where it would without the attribute.

use resilience::{Rejected, retry};

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
fn wrong_tail() -> Result<u8, Error> {
    let answer: Result<&str, Error> = Ok("text");
    answer
}

#[retry]
fn bare_tail() -> Result<u8, Error> {
    5
}

#[retry]
fn semicolon_too_many() -> Result<u8, Error> {
    Ok(5);
}

#[retry]
fn empty() -> Result<u8, Error> {}

#[retry]
fn early_return(a: u8) -> Result<u8, Error> {
    if a > 3 {
        return "early";
    }
    Ok(a)
}

#[retry]
fn question_mark() -> Result<u8, Error> {
    let number: u8 = "5".parse()?;
    Ok(number)
}

#[retry]
fn error_of_another_type() -> Result<u8, Error> {
    let answer: Result<u8, i32> = Err(5);
    answer
}

#[retry]
fn if_without_else(a: u8) -> Result<u8, Error> {
    if a > 3 {
        Ok(a)
    }
}

#[retry]
fn unknown_method(a: u8) -> Result<u8, Error> {
    Ok(a.missing())
}

#[retry]
fn ambiguous() -> Result<u8, Error> {
    let numbers = Vec::new();
    Ok(1)
}

fn main() {}
