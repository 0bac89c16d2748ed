//! What stands over the settings that the program itself gives.

use std::collections::BTreeMap;

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
        let environment = if self.environment.named.is_empty() {
            self.environment.all
        } else {
            self.environment.of(&variable_name(name))
        };
        self.run_time.of(name).or(environment).or(self.file.of(name))
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

/// How a name looks in a variable of the environment.
pub(crate) fn variable_name(name: &str) -> String {
    name.chars().map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_uppercase() } else { '_' }).collect()
}
