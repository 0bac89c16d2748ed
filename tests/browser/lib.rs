//! A real Chromium, driven over `WebDriver`: what the tests of the dashboard's page and its screenshot need, and no more.
//!
//! The protocol is JSON over HTTP on the loopback, of which the tests need a dozen commands, so it is spoken here directly.

#![allow(clippy::missing_panics_doc)] // Whatever goes wrong here fails the test.
#![allow(clippy::must_use_candidate)] // A script may be run for what it does.

mod browser;
mod driver;

pub use browser::{Browser, Look};
pub use driver::Driver;
