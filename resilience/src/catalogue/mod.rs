//! The catalogue: every guarded function of the program, before its first call. Needs the feature `catalogue`.
//!
//! A registry knows a policy from its first call on. The linker knows every function that carries an attribute, called or
//! not, and so does [`catalogue()`](crate::catalogue()): where it stands, which policies it has, outermost first, what they
//! are called, and with which settings.
//!
//! ```
//! use resilience::{catalogue, circuit_breaker, retry};
//!
//! #[retry(attempts = 4)]
//! #[circuit_breaker("quotes", threshold = 5, open_for = 30s)]
//! fn quote(symbol: &str) -> std::io::Result<u32> {
//!     Ok(symbol.len() as u32)
//! }
//!
//! let catalogue = catalogue();
//! let quote = catalogue.iter().find(|function| function.path.ends_with("::quote")).unwrap();
//! assert_eq!(quote.layers[1].name, "quotes");
//! assert!(!quote.is_called());
//! print!("{catalogue}");
//! ```
//!
//! prints a row for each policy:
//!
//! ```text
//! FUNCTION     PLACE              POLICY           NAME    CALLED  SETTINGS
//! shop::quote  src/shop.rs:5:4    retry            -       no      attempts = 4
//!                                 circuit_breaker  quotes  no      threshold = 5, open_for = 30s
//! ```
//!
//! A function that joins a service has a row for that, and one for each of the service's policies once it is registered.
//! `{:#}` shows the defaults as well. With the feature `serde` a catalogue can be serialised. Settings of a policy that
//! exists may have been changed since: [`Layer::in_force`] has them, of the registry in force.
//!
//! The functions are collected before `main` by the crate [`inventory`](https://docs.rs/inventory). A call is not a single
//! instruction longer for it. What the linker leaves out is not in the catalogue: a crate that is named in `Cargo.toml`
//! and nowhere in the program. Under Miri the catalogue is empty.

mod function;
mod table;

use std::collections::BTreeSet;

pub use function::{Code, Function, Layer, Membership, Origin, Place, Setting};

use crate::{
    PolicyKind,
    private::{Entry, Source, inventory},
    registry,
};

/// Every guarded function of the program, called or not, with what the registry in force knows of it.
#[must_use]
pub fn catalogue() -> Catalogue {
    let registry = registry();
    let mut entries: Vec<&'static Entry> = inventory::iter::<Entry>.into_iter().collect();
    // Two functions of one name and place, made by one macro, are still two statics.
    entries.sort_by_key(|entry| (entry.function, address(entry), entry.index));
    let of_one_function = entries.chunk_by(|a, b| address(a) == address(b));
    let functions = of_one_function.map(|entries| {
        let source = entries[0].function;
        let (path, place) = (source.default_name(), Place::of(source));
        let mut function = Function { path, place, layers: Vec::new(), service: None };
        for entry in entries {
            entry.site.list(&entry.written, &registry, &mut function);
        }
        function
    });
    let mut functions: Vec<Function> = functions.collect();
    functions.sort_by(|a, b| (&a.path, a.place).cmp(&(&b.path, b.place)));
    Catalogue { functions }
}

fn address(entry: &Entry) -> usize {
    std::ptr::from_ref::<Source>(entry.function).addr()
}

/// Every guarded function of the program, sorted by path and place: see [`catalogue()`](crate::catalogue()).
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize), serde(transparent))]
pub struct Catalogue {
    functions: Vec<Function>,
}

impl Catalogue {
    /// The functions, by path and place.
    pub fn iter(&self) -> std::slice::Iter<'_, Function> {
        self.functions.iter()
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.functions.len()
    }

    /// Whether no function of the program is guarded.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.functions.is_empty()
    }

    /// The name of every policy of this kind that a function has, sorted, each once; without names of their own, by their
    /// functions' paths.
    #[must_use]
    pub fn known(&self, kind: PolicyKind) -> Vec<&str> {
        let layers = self.iter().flat_map(|function| &function.layers);
        let names = layers.filter(|layer| layer.kind == kind).map(|layer| layer.name.as_str());
        names.collect::<BTreeSet<_>>().into_iter().collect()
    }
}

impl IntoIterator for Catalogue {
    type Item = Function;
    type IntoIter = std::vec::IntoIter<Function>;

    fn into_iter(self) -> Self::IntoIter {
        self.functions.into_iter()
    }
}

impl<'a> IntoIterator for &'a Catalogue {
    type Item = &'a Function;
    type IntoIter = std::slice::Iter<'a, Function>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}
