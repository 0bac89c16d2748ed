//! Programs that a user would run: `cargo run --example quickstart`, `cargo run --example policies_by_hand`.
