use super::sheet::write_to;
use crate::{Preset, bulkhead, circuit_breaker, presets, rate_limit, retry, timeout};

/// A service as a file describes it: a `[service.NAME]` section.
///
/// ```toml
/// [service.database]
/// preset = "DATABASE"
/// retry = { attempts = 2 }
/// timeout = { limit = "2s" }
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct Service {
    /// The ready-made preset that it starts from, if it names one.
    pub preset: Option<&'static str>,
    /// Its layers: the sections that are written, and under them those of the preset.
    pub settings: Preset,
    pub(super) written: Sections,
}

/// What the sections of a service say themselves.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Sections {
    circuit_breaker: Option<circuit_breaker::Config>,
    retry: Option<retry::Config>,
    bulkhead: Option<bulkhead::Config>,
    rate_limit: Option<rate_limit::Config>,
    timeout: Option<timeout::Config>,
    total_timeout: Option<timeout::Config>,
}

/// Its sections.
pub(crate) const SECTIONS: &[&str] =
    &["circuit_breaker", "retry", "bulkhead", "rate_limit", "timeout", "total_timeout"];

impl Service {
    /// Begins a section, also one without a setting.
    pub(crate) fn open(&mut self, section: &str) {
        macro_rules! open {
            ($($section:ident)*) => {
                $(if section == stringify!($section) {
                    self.written.$section.get_or_insert_default();
                })*
            };
        }
        open!(circuit_breaker retry bulkhead rate_limit timeout total_timeout);
    }

    /// Writes a setting of a section.
    pub(crate) fn write(&mut self, section: &str, key: &str, text: &str) -> Result<(), String> {
        macro_rules! write {
            ($($section:ident)*) => {
                match section {
                    $(stringify!($section) => {
                        write_to(self.written.$section.get_or_insert_default(), key, text)
                    })*
                    _ => Ok(()),
                }
            };
        }
        write!(circuit_breaker retry bulkhead rate_limit timeout total_timeout)
    }

    /// Puts the sections over the preset; every section's first problem with the name of its setting.
    pub(crate) fn finish(&mut self) -> Vec<(&'static str, &'static str, String)> {
        let base = self.preset.and_then(presets::by_name).unwrap_or(Preset::EMPTY);
        let mut problems = Vec::new();
        let mut settings = base;
        macro_rules! section {
            ($($section:ident $getter:ident)*) => {
                $(
                    if let Some(written) = self.written.$section {
                        let whole = base.$getter().map_or(written, |base| written.or(base));
                        if let Err(error) = whole.validate() {
                            problems.push((stringify!($section), error.setting(), error.to_string()));
                        }
                        settings = settings.$section(whole);
                    }
                )*
            };
        }
        section! {
            circuit_breaker __circuit_breaker_section
            retry __retry_section
            bulkhead __bulkhead_section
            rate_limit __rate_limit_section
            timeout __timeout_section
            total_timeout __total_timeout_section
        }
        self.settings = settings;
        problems
    }
}
