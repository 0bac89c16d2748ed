//! What the compiler says: every message of ours, and every place where its own must point at the user's token.
//!
//! `cargo test -p resilience-ui-tests`; after a change of messages `TRYBUILD=overwrite cargo test -p resilience-ui-tests`,
//! and read the difference. A case is named after its complaint.

/// The compiler whose words are written down.
pub const COMPILER: &str = "1.95";
