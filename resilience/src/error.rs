use std::{borrow::Cow, error::Error, fmt};

/// A setting that cannot be: which one, and what to write instead.
///
/// The texts are those that the attributes report at compile time, since both come from the one validator of the
/// policy's `Config`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigError {
    setting: &'static str,
    message: Cow<'static, str>,
}

impl ConfigError {
    pub(crate) const fn new(setting: &'static str, message: &'static str) -> Self {
        Self { setting, message: Cow::Borrowed(message) }
    }

    /// The same with a text of its own.
    pub(crate) const fn with(setting: &'static str, message: String) -> Self {
        Self { setting, message: Cow::Owned(message) }
    }

    /// The setting at fault, as its key is written in an attribute: `threshold`, `open_for`, `name`, ...; `key` for a key
    /// that there is not.
    #[must_use]
    pub const fn setting(&self) -> &'static str {
        self.setting
    }
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl Error for ConfigError {}
