//! The text of a key, from whatever the user's expression is.

use std::fmt::{self, Display, Write};

/// A key that is displayed lies on the stack if it is not longer than this.
const SHORT: usize = 64;

/// The value of a key. The first of two traits that fits makes text of it: [`AsText`] for what is text already, itself;
/// [`KeyText`] for everything else, one reference further.
pub struct KeyOf<'a, T: ?Sized>(pub &'a T);

/// Text as it is.
pub trait AsText<'a> {
    /// The text.
    fn key_text(&self) -> &'a str;
}

impl<'a, T: AsRef<str> + ?Sized> AsText<'a> for KeyOf<'a, T> {
    fn key_text(&self) -> &'a str {
        self.0.as_ref()
    }
}

/// Text of what can be displayed. The bound is the method's, so that it says what is wrong and not "no such method".
pub trait KeyText {
    /// What is displayed.
    type Shows: ?Sized;

    /// The text.
    fn key_text(&self) -> Shown
    where
        Self::Shows: KeyValue;
}

impl<T: ?Sized> KeyText for &KeyOf<'_, T> {
    type Shows = T;

    fn key_text(&self) -> Shown
    where
        T: KeyValue,
    {
        Shown::of(|shown| self.0.show(shown))
    }
}

/// What `key = X` may be.
#[diagnostic::on_unimplemented(
    message = "a key is text, a number, or something else that can be displayed, but this is `{Self}`",
    label = "expected a `&str`, a `String`, or a type that implements `Display`",
    note = "write an expression for the text, as in `key = format!(\"{{host}}:{{port}}\")`"
)]
pub trait KeyValue {
    #[doc(hidden)]
    fn show(&self, shown: &mut Shown) -> fmt::Result;
}

#[diagnostic::do_not_recommend]
impl<T: Display + ?Sized> KeyValue for T {
    fn show(&self, shown: &mut Shown) -> fmt::Result {
        write!(shown, "{self}")
    }
}

/// Displayed text: on the stack as long as it is short.
pub struct Shown {
    length: usize,
    short: [u8; SHORT],
    long: String,
}

impl Shown {
    fn of(show: impl FnOnce(&mut Self) -> fmt::Result) -> Self {
        let mut shown = Self { length: 0, short: [0; SHORT], long: String::new() };
        // A `Display` that fails has shown what it could: that is the key.
        let _ = show(&mut shown);
        shown
    }
}

impl Write for Shown {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let end = self.length + text.len();
        if self.long.is_empty()
            && let Some(place) = self.short.get_mut(self.length..end)
        {
            place.copy_from_slice(text.as_bytes());
            self.length = end;
            return Ok(());
        }
        if self.long.is_empty() {
            let short = String::from_utf8_lossy(&self.short[..self.length]).into_owned();
            self.long = short;
        }
        self.long.push_str(text);
        Ok(())
    }
}

impl AsRef<str> for Shown {
    fn as_ref(&self) -> &str {
        if self.long.is_empty() {
            // Only whole texts were copied.
            std::str::from_utf8(&self.short[..self.length]).unwrap_or_default()
        } else {
            &self.long
        }
    }
}
