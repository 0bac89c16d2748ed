//! What the configs of all policies share: each holds only what is written, as options.

/// A config as its written settings, `Config { threshold: 5 }`; nothing else can be in the way of reading it.
macro_rules! show_written {
    ($config:ident: $($key:ident)*) => {
        impl std::fmt::Debug for $config {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                let mut written = f.debug_struct(stringify!($config));
                $(
                    if let Some(value) = &self.$key {
                        written.field(stringify!($key), value);
                    }
                )*
                written.finish()
            }
        }

        impl $config {
            /// The keys of the written settings.
            pub(crate) fn written(&self) -> Vec<&'static str> {
                let keys = [$(self.$key.is_some().then_some(stringify!($key))),*];
                keys.into_iter().flatten().collect()
            }
        }
    };
}
pub(crate) use show_written;

/// The questions that every config answers by asking its `problem` about each of its `KEYS`.
macro_rules! validated {
    ($config:ident) => {
        impl $config {
            /// The first problem of a setting that is not in `except`.
            #[must_use]
            pub const fn any_problem(&self, except: &[&str]) -> Option<&'static str> {
                let mut at = 0;
                while at < KEYS.len() {
                    // Asked last: a text is compared byte by byte, and there is a problem but rarely.
                    if let Some(problem) = self.problem(KEYS[at])
                        && !$crate::text::contains(except, KEYS[at])
                    {
                        return Some(problem);
                    }
                    at += 1;
                }
                None
            }

            /// The settings again. What is wrong with `setting` stops the compilation, at the caller's token.
            ///
            /// # Panics
            ///
            /// In constants only: that is the compile error.
            #[doc(hidden)]
            #[must_use]
            #[track_caller]
            pub const fn checked(self, setting: &str) -> Self {
                $crate::private::check(self.problem(setting));
                self
            }

            /// Checks every written setting, by itself and beside the others.
            ///
            /// # Errors
            ///
            /// The first setting that cannot be, in the words that an attribute would use at compile time.
            pub fn validate(&self) -> Result<(), $crate::ConfigError> {
                let problem = |key: &&'static str| {
                    self.problem(key).map(|problem| $crate::ConfigError::new(key, problem))
                };
                KEYS.iter().find_map(problem).map_or(Ok(()), Err)
            }
        }
    };
}
pub(crate) use validated;

/// Writing and erasing settings one by one, by their keys, with the reader of each value in `config::value`.
macro_rules! keyed {
    ($config:ident: $($key:ident = $reader:ident,)*) => {
        impl $config {
            /// Every key.
            pub(crate) const KEYS: &'static [&'static str] = &KEYS;

            /// Writes a setting; `None` if there is no such key.
            pub(crate) fn write(&mut self, key: &str, text: &str) -> Option<Result<(), $crate::config::Wrong>> {
                match key {
                    $(stringify!($key) => {
                        let value = $crate::config::value::$reader(stringify!($key), text);
                        Some(value.map(|value| self.$key = Some(value)))
                    })*
                    _ => None,
                }
            }

            /// Takes a setting back. Whether it was written.
            pub(crate) fn erase(&mut self, key: &str) -> bool {
                match key {
                    $(stringify!($key) => self.$key.take().is_some(),)*
                    _ => false,
                }
            }
        }
    };
}
pub(crate) use keyed;
