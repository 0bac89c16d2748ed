//! Which layer decides a setting.

use std::fmt::Write;

use serde::Serialize;

use super::{
    layers::{Layers, Overlay},
    listing::Valued,
    sheet::quoted,
};
use crate::PolicyKind;

/// One key of one policy: what holds, and who says so.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct Setting {
    pub(crate) key: &'static str,
    /// As an attribute would write it; nothing if nothing is set.
    pub(crate) value: Option<String>,
    /// The layer that wrote it; `default` if nobody did.
    pub(crate) layer: &'static str,
    /// Whether it is written at run time.
    pub(crate) changed: bool,
    /// What would hold without anything that is written at run time.
    pub(crate) otherwise: Option<String>,
}

/// Something that is written at run time, for one policy or for all of a kind.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct Change {
    pub(crate) kind: PolicyKind,
    pub(crate) name: Option<String>,
    pub(crate) key: &'static str,
    pub(crate) value: String,
}

fn find(values: &[(&'static str, String)], key: &str) -> Option<String> {
    values.iter().find(|(known, _)| *known == key).map(|(_, value)| value.clone())
}

impl<C: Valued> Layers<C> {
    /// Every key of a policy with this name and these settings of the program's. `in_force` is what its handle says, if
    /// these layers are the ones in force.
    pub(crate) fn explain(&self, name: &str, written: &C, in_force: Option<&C::Core>) -> Vec<Setting> {
        let without = Self { run_time: Overlay::default(), ..self.clone() }.over(name, written).config;
        let otherwise = without.all_effective();
        let actual =
            in_force.map_or_else(|| self.over(name, written).config.all_effective(), C::all_in_force);
        let origins = self.written(name, written);
        let run_time = self.run_time.of(name).written();
        let setting = |&key: &&'static str| Setting {
            key,
            value: find(&actual, key),
            layer: origins
                .iter()
                .find(|origin| origin.key == key)
                .map_or("default", |origin| origin.layer.as_str()),
            changed: run_time.contains(&key),
            otherwise: find(&otherwise, key),
        };
        C::KEYS.iter().map(setting).collect()
    }

    /// Everything that is written at run time.
    pub(crate) fn changes(&self) -> Vec<Change> {
        let all = std::iter::once((None, &self.run_time.all));
        let named = self.run_time.named.iter().map(|(name, section)| (Some(name.clone()), section));
        let changes = |(name, section): (Option<String>, &C)| {
            let values = section.all_effective();
            let keys = section.written().into_iter();
            keys.filter_map(move |key| {
                Some(Change { kind: C::KIND, name: name.clone(), key, value: find(&values, key)? })
            })
            .collect::<Vec<_>>()
        };
        all.chain(named).flat_map(changes).collect()
    }
}

/// The changes as lines of a configuration file, those of one section beside each other.
pub(crate) fn toml<'a>(changes: impl IntoIterator<Item = &'a Change>) -> String {
    let mut text = String::new();
    let mut section = String::new();
    for Change { kind, name, key, value } in changes {
        let header = name
            .as_ref()
            .map_or_else(|| format!("[{kind}]\n"), |name| format!("[{kind}.{}]\n", quoted_plainly(name)));
        if header != section {
            if !text.is_empty() {
                text.push('\n');
            }
            text.push_str(&header);
            section = header;
        }
        let is_bare = value == "true" || value == "false" || value.bytes().all(|byte| byte.is_ascii_digit());
        let value = if is_bare { value.clone() } else { in_quotes(value) };
        // A string takes everything.
        let _ = writeln!(text, "{key} = {value}");
    }
    text
}

fn quoted_plainly(name: &str) -> String {
    // What stands bare in a problem's heading can stand bare in a file.
    if quoted(name) == name { name.to_owned() } else { in_quotes(name) }
}

/// A basic string of TOML. Names and values have no control characters.
fn in_quotes(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}
