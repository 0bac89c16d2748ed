//! The token that whoever changes something must have.

use std::{hint::black_box, time::Duration};

use tokio::{sync::Semaphore, time};

use crate::ConfigError;

/// The shortest token, in bytes.
const SHORTEST: usize = 16;
const LONGEST: usize = 1024;
/// How long the answer to a wrong token takes, and how many may wait for theirs.
const PENALTY: Duration = Duration::from_secs(1);
const WAITING: usize = 64;

/// A secret, and the brake for those who guess it.
pub(super) struct Token {
    secret: Box<[u8]>,
    guesses: Semaphore,
}

/// What came of a look at a token.
pub(super) enum Look {
    Right,
    Wrong,
    /// Wrong, and too many wait for that answer.
    Busy,
}

impl Token {
    pub(super) fn new(secret: &str) -> Result<Self, ConfigError> {
        let problem = if secret.is_empty() {
            "the dashboard's token is empty: give it at least 16 characters, `openssl rand -hex 32` for example, or none, and actions stay off"
        } else if secret.len() < SHORTEST {
            "the dashboard's token is too short: give it at least 16 characters, `openssl rand -hex 32` for example"
        } else if secret.len() > LONGEST {
            "the dashboard's token is too long: at most 1024 characters"
        } else if !secret.bytes().all(|byte| byte.is_ascii_graphic()) {
            "the dashboard's token has a character that no `Authorization` header can hold: letters, digits and punctuation of ASCII, without spaces"
        } else {
            return Ok(Self { secret: secret.as_bytes().into(), guesses: Semaphore::new(WAITING) });
        };
        Err(ConfigError::new("token", problem))
    }

    /// Looks at the value of an `Authorization` header. A right token is answered at once, whatever others try, so that
    /// nobody locks the operator out. A wrong one waits for its answer; where too many wait already, it is told so instead.
    /// Nothing is kept of those who guessed: what keeps them out is the token's length.
    pub(super) async fn look(&self, header: Option<&[u8]>) -> Look {
        if header.and_then(bearer).is_some_and(|given| is_same(&self.secret, given)) {
            return Look::Right;
        }
        if header.is_none() {
            return Look::Wrong;
        }
        let Ok(_place) = self.guesses.try_acquire() else { return Look::Busy };
        time::sleep(PENALTY).await;
        Look::Wrong
    }
}

/// The token of `Bearer TOKEN`.
fn bearer(header: &[u8]) -> Option<&[u8]> {
    let (scheme, rest) = header.split_at_checked("Bearer ".len())?;
    scheme.eq_ignore_ascii_case(b"Bearer ").then(|| rest.trim_ascii())
}

/// Takes as long for a token that is nearly right as for any other of its length.
fn is_same(secret: &[u8], given: &[u8]) -> bool {
    let mut difference = secret.len() ^ given.len();
    for (byte, expected) in given.iter().zip(secret.iter().cycle()) {
        difference |= usize::from(black_box(byte ^ expected));
    }
    black_box(difference) == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_same_bytes_are_the_same() {
        let secret = b"0123456789abcdef";
        assert!(is_same(secret, secret));
        for wrong in [
            "",
            "0",
            "0123456789abcdeF",
            "1123456789abcdef",
            "0123456789abcdef0123456789abcdef",
            "0123456789abcde",
        ] {
            assert!(!is_same(secret, wrong.as_bytes()), "{wrong}");
        }
    }
}
