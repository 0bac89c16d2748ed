use std::{ffi::OsString, path::PathBuf, time::Duration};
#[cfg(feature = "config")]
use std::{path::Path, sync::Arc};

#[cfg(feature = "config")]
use super::source::File;
use super::{Loaded, Problems, source::Sources};
use crate::{Registry, registry};

/// Loads file and environment into the process-wide registry: one call at the start of `main`.
///
/// The file is the one that `RESILIENCE_CONFIG` names, or `resilience.toml` in the working directory if it is there;
/// an empty `RESILIENCE_CONFIG` means no file. Everything that is wrong is reported at once, and nothing is applied then.
/// Without this call every policy has the settings that the program gives it. For more, a watched file for example, see
/// [`Init`].
///
/// ```no_run
/// fn main() -> Result<(), resilience::config::Problems> {
///     let loaded = resilience::init()?;
///     for warning in loaded.warnings() {
///         eprintln!("{warning}");
///     }
///     Ok(())
/// }
/// ```
///
/// # Errors
///
/// Every problem of the file and of the environment.
pub fn init() -> Result<Loaded, Problems> {
    Init::from_process().load_into(registry::global())
}

/// What is to be loaded over the program's own settings, and how.
///
/// ```
/// # #[cfg(feature = "config")] {
/// use resilience::{Init, PolicyKind, testing::Scope, circuit_breaker::Config};
///
/// let registry = Scope::new().registry();
/// let quotes = registry.add_circuit_breaker("quotes", Config::new().threshold(3))?;
///
/// Init::new()
///     .text("resilience.toml", "[circuit_breaker.quotes]\nthreshold = 10\nopen_for = \"5s..5m\"\n")
///     .environment([("RESILIENCE__CIRCUIT_BREAKER__QUOTES__THRESHOLD", "20")])
///     .load_into(&registry)?;
/// assert_eq!(quotes.settings().threshold, Some(20));
/// assert_eq!(quotes.settings().open_for.as_secs(), 5);
/// # }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Default)]
#[must_use = "nothing is loaded until `load_into` is called"]
pub struct Init {
    sources: Sources,
    watch: Option<Duration>,
}

impl Init {
    /// Nothing: no file, no environment.
    pub fn new() -> Self {
        Self::default()
    }

    /// What [`init`] loads: the process's environment, and the file that it names or `resilience.toml`.
    pub fn from_process() -> Self {
        let mut init = Self::new().environment(std::env::vars_os());
        init.sources.default_file = Some(PathBuf::from("resilience.toml"));
        init
    }

    /// Reads this file, which must be there. `RESILIENCE_CONFIG` then names none. Of several files and texts, a later
    /// one wins setting by setting.
    #[cfg(feature = "config")]
    pub fn file(mut self, path: impl AsRef<Path>) -> Self {
        self.sources.files.push(File::Path(path.as_ref().to_owned()));
        self
    }

    /// Reads a text as if it were a file of this name.
    #[cfg(feature = "config")]
    pub fn text(mut self, name: &str, text: &str) -> Self {
        self.sources.files.push(File::Text(Arc::from(name), Arc::from(text)));
        self
    }

    /// Reads these variables, instead of any given before. They are read once: a later change of the process's own
    /// changes nothing.
    pub fn environment<K: Into<OsString>, V: Into<OsString>>(
        mut self,
        variables: impl IntoIterator<Item = (K, V)>,
    ) -> Self {
        self.sources.variables =
            variables.into_iter().map(|(name, value)| (name.into(), value.into())).collect();
        self
    }

    /// Looks at the files again after each interval, from a thread of its own that ends with the registry: at least
    /// 1 ms. What changed is applied as a whole or, if there is something wrong with it, refused as a whole, reported and
    /// kept in [`Registry::config_status`]. It also watches after an error, for the file that is put right.
    #[cfg(feature = "config")]
    pub fn watch(mut self, interval: Duration) -> Self {
        self.watch = Some(interval);
        self
    }

    /// Loads it, instead of what was loaded before, and ends the watch of that. What was set at run time stays.
    ///
    /// # Errors
    ///
    /// Every problem of files and environment; nothing is applied then.
    pub fn load_into(self, registry: &Registry) -> Result<Loaded, Problems> {
        super::load::load(registry, self.sources, self.watch)
    }
}
