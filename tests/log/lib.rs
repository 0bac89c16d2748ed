//! Tests with `tracing`'s feature `log` on: a program without a subscriber whose logger is one of the `log` crate.
