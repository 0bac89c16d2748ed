use std::{collections::BTreeMap, fmt};

use crate::{
    PolicyKind, Registry,
    config::{self, Valued},
    pipeline,
    private::{Site, Source, Written},
};

/// A place in the source, `src/quotes.rs:12:4`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct Place {
    /// The file, as the compiler was told of it.
    pub file: &'static str,
    /// The line, from 1.
    pub line: u32,
    /// The column, from 1.
    pub column: u32,
}

impl Place {
    pub(crate) const fn of(source: &Source) -> Self {
        let location = source.location;
        Self { file: location.file(), line: location.line(), column: location.column() }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}", self.file, self.line, self.column)
    }
}

/// A guarded function.
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct Function {
    /// `module::function`.
    pub path: String,
    /// Where its name stands; a function that a macro made stands where the macro was called.
    pub place: Place,
    /// Its policies, outermost first, those of its service included. None, if a preset has no section at all, or if the
    /// service is not registered yet.
    pub layers: Vec<Layer>,
    /// The service that it runs inside, if it joins one.
    pub service: Option<Membership>,
}

/// A function's part in a service: `#[resilient(service = "database", operation = "query")]`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct Membership {
    /// The service's name.
    pub name: &'static str,
    /// The operation under which its calls are counted.
    pub operation: &'static str,
    /// The attribute that it comes from.
    pub place: Place,
    /// Whether somebody has registered the service in the registry in force. Until then a call runs inside a circuit breaker
    /// and a bulkhead with default settings.
    pub is_registered: bool,
}

impl Function {
    /// Whether a policy of it has been asked, in the registry in force.
    #[must_use]
    pub fn is_called(&self) -> bool {
        self.layers.iter().any(|layer| layer.is_called)
    }
}

/// One policy of a guarded function.
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct Layer {
    /// What it is.
    pub kind: PolicyKind,
    /// The service that brings it, if it is not the function's own.
    pub service: Option<&'static str>,
    /// What it is called, or will be: without a name of its own `module::function`, and `module::function#2` once a call has
    /// found that taken.
    pub name: String,
    /// Whether the name is written, so that other functions may share the policy.
    pub is_named: bool,
    /// The attribute that it comes from.
    pub place: Place,
    /// The preset under its settings, as it is written.
    pub preset: Option<&'static str>,
    /// The settings that the function gives, defaults included; of a service, those in force. Without a written one, a named policy joins what another
    /// function gives.
    pub settings: Vec<Setting>,
    /// What is code and no setting: patterns, predicates, hooks, tiers.
    pub code: Vec<Code>,
    /// Whether this layer has been asked, in the registry in force; of a service, whether the function's operation has been
    /// called.
    pub is_called: bool,
    /// The settings in force, by key, if the policy exists: another function or the program may have given them.
    pub in_force: Option<BTreeMap<&'static str, String>>,
}

/// A setting, as an attribute would write it: `open_for = 5s..5m`.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct Setting {
    /// The key; of the values that are written without one, `rate` and `limit`.
    pub key: &'static str,
    /// The value.
    pub value: String,
    /// Where it comes from.
    pub origin: Origin,
}

/// Where a setting of a function comes from. Later ones win.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[cfg_attr(feature = "serde", derive(serde::Serialize), serde(rename_all = "snake_case"))]
#[non_exhaustive]
pub enum Origin {
    /// Nobody wrote it.
    Default,
    /// The preset has it.
    Preset,
    /// The attribute has it.
    Attribute,
    /// The function's service has it, by its registration or by what was changed since.
    Service,
}

/// A pattern, predicate, hook or tier, as it is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct Code {
    /// The key; `tier` for a fallback's tiers, which have none.
    pub key: &'static str,
    /// The source text.
    pub text: &'static str,
}

impl Layer {
    pub(crate) fn of<C: Valued>(site: &'static Site<C>, written: &Written, registry: &Registry) -> Self {
        let (name, config, source) = site.parts();
        let shelf = registry.shelf::<C>();
        let joined = shelf.joined(site);
        let known = joined.as_ref().map(|(_, core)| C::in_force(core));
        let known = known.or_else(|| Some(C::in_force(&*shelf.find(name?)?)));
        let given = config.written();
        let origin = |key| match () {
            () if written.keys.contains(&key) => Origin::Attribute,
            () if given.contains(&key) => Origin::Preset,
            () => Origin::Default,
        };
        let settings = config.effective().into_iter();
        let settings = settings.map(|(key, value)| Setting { key, value, origin: origin(key) });
        Self {
            kind: C::KIND,
            service: None,
            is_called: joined.is_some(),
            name: match (name, joined) {
                (Some(name), _) | (None, Some((name, _))) => name.to_owned(),
                (None, None) => source.default_name(),
            },
            is_named: name.is_some(),
            place: Place::of(source),
            preset: (!written.preset.is_empty()).then_some(written.preset),
            settings: settings.collect(),
            code: written.code.iter().map(|&(key, text)| Code { key, text }).collect(),
            in_force: known.map(|values| values.into_iter().collect()),
        }
    }

    /// One layer of the service that a function joins.
    pub(crate) fn of_service(layer: &pipeline::Layer, member: &Membership, is_called: bool) -> Self {
        let (in_force, default) = config::layer_values(layer);
        let setting = |setting: &(&'static str, String)| {
            let origin = if default.contains(setting) { Origin::Default } else { Origin::Service };
            Setting { key: setting.0, value: setting.1.clone(), origin }
        };
        Self {
            kind: layer.kind(),
            service: Some(member.name),
            is_called,
            name: layer.name().to_owned(),
            is_named: true,
            place: member.place,
            preset: None,
            settings: in_force.iter().map(setting).collect(),
            code: Vec::new(),
            in_force: Some(in_force.into_iter().collect()),
        }
    }

    /// Whether it gives no setting of its own, and so has those of whoever else uses its name.
    #[must_use]
    pub fn is_joining(&self) -> bool {
        self.is_named
            && self.service.is_none()
            && self.settings.iter().all(|setting| setting.origin == Origin::Default)
    }
}
