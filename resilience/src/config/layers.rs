//! What stands over the settings that the program itself gives.

use std::{collections::BTreeMap, fmt};

use crate::{ConfigError, private::Policy};

/// What one layer says of one kind of policy.
#[derive(Clone, Default)]
pub(crate) struct Overlay<C> {
    /// For every policy of the kind.
    pub(crate) all: C,
    /// For the one of this name; in the environment for those that look like it there.
    pub(crate) named: BTreeMap<String, C>,
}

impl<C: Policy> Overlay<C> {
    /// For the policy of this name.
    pub(crate) fn of(&self, name: &str) -> C {
        self.named.get(name).map_or(self.all, |named| named.or(self.all))
    }

    /// The settings for a name, or for all.
    pub(crate) fn section(&mut self, name: Option<&str>) -> &mut C {
        match name {
            Some(name) => self.named.entry(name.to_owned()).or_default(),
            None => &mut self.all,
        }
    }
}

/// The layers over the program's own settings, the last the strongest.
#[derive(Clone, Default)]
pub(crate) struct Layers<C> {
    pub(crate) file: Overlay<C>,
    pub(crate) environment: Overlay<C>,
    pub(crate) run_time: Overlay<C>,
}

/// The settings that a policy is to have.
pub(crate) struct Effective<C> {
    pub(crate) config: C,
    /// Why the layers are left out, if they are: they contradict what the program wrote.
    pub(crate) misfit: Option<ConfigError>,
    /// Nobody has yet given what the kind cannot do without.
    pub(crate) is_incomplete: bool,
}

impl<C: Policy> Layers<C> {
    fn of(&self, name: &str) -> C {
        self.run_time.of(name).or(self.environment_of(name)).or(self.file.of(name))
    }

    fn environment_of(&self, name: &str) -> C {
        if self.environment.named.is_empty() {
            self.environment.all
        } else {
            self.environment.of(&variable_name(name))
        }
    }

    /// Where each setting comes from that a policy with this name and these settings of the program's has.
    pub(crate) fn written(&self, name: &str, written: &C) -> Vec<WrittenSetting> {
        let program = (Layer::Program, written.written());
        let layers = if self.over(name, written).misfit.is_some() {
            vec![program]
        } else {
            let file = (Layer::File, self.file.of(name).written());
            let environment = (Layer::Environment, self.environment_of(name).written());
            vec![(Layer::RunTime, self.run_time.of(name).written()), environment, file, program]
        };
        let layer_of = |key| layers.iter().find(|(_, keys)| keys.contains(&key)).map(|(layer, _)| *layer);
        C::KEYS.iter().filter_map(|&key| Some(WrittenSetting { key, layer: layer_of(key)? })).collect()
    }

    /// What holds for a policy with this name and these settings of the program's.
    pub(crate) fn over(&self, name: &str, written: &C) -> Effective<C> {
        let config = self.of(name).or(*written);
        let Err(error) = config.validate() else {
            return Effective { config, misfit: None, is_incomplete: false };
        };
        if written.validate().is_ok() {
            return Effective { config: *written, misfit: Some(error), is_incomplete: false };
        }
        // The layers hold all the same.
        let completed = config.or(C::unlimited());
        match completed.validate() {
            Ok(()) => Effective { config: completed, misfit: None, is_incomplete: true },
            Err(_) => {
                Effective { config: written.or(C::unlimited()), misfit: Some(error), is_incomplete: true }
            }
        }
    }
}

/// The layer of a setting that is written; what is not written is a default.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize), serde(rename_all = "snake_case"))]
#[non_exhaustive]
pub enum Layer {
    /// An attribute, a preset or code.
    Program,
    /// A file.
    File,
    /// The environment.
    Environment,
    /// [`Registry::set`](crate::Registry::set), or a handle's own `reconfigure`.
    RunTime,
}

impl Layer {
    /// A stable name for logs and labels: `program`, `file`, `environment`, `run_time`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Program => "program",
            Self::File => "file",
            Self::Environment => "environment",
            Self::RunTime => "run_time",
        }
    }
}

impl fmt::Display for Layer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// A setting that is written, and the strongest layer that writes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct WrittenSetting {
    /// The key, as attributes and files write it.
    pub key: &'static str,
    /// Where the value in force comes from.
    pub layer: Layer,
}

/// How a name looks in a variable of the environment.
pub(crate) fn variable_name(name: &str) -> String {
    name.chars().map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_uppercase() } else { '_' }).collect()
}
