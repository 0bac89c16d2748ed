use std::fmt;

use super::{Catalogue, Function, Layer, Origin};

const HEAD: [&str; 6] = ["FUNCTION", "PLACE", "POLICY", "NAME", "CALLED", "SETTINGS"];
/// The last column is as wide as it is.
const ALIGNED: usize = HEAD.len() - 1;
/// Of code, a table shows the beginning.
const LONGEST_CODE: usize = 40;

type Row = [String; HEAD.len()];

/// A table with a row for each policy of each function, its columns aligned. `{}` shows the settings that are written, in an
/// attribute or its preset, and `{:#}` those that nobody wrote as well. A name that is only the function's path is `-`. What
/// differs in the policy itself follows as `(now ..)`.
impl fmt::Display for Catalogue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut rows = vec![HEAD.map(str::to_owned)];
        rows.extend(self.iter().flat_map(|function| of(function, f.alternate())));
        let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0);
        let widths: [usize; ALIGNED] = std::array::from_fn(width);
        for row in &rows {
            for (cell, width) in row.iter().zip(widths) {
                write!(f, "{cell:width$}  ")?;
            }
            writeln!(f, "{}", row[ALIGNED])?;
        }
        Ok(())
    }
}

fn of(function: &Function, with_defaults: bool) -> Vec<Row> {
    let (path, place) = (function.path.clone(), function.place.to_string());
    let row = |policy: &str, name: &str, is_called: bool, settings: String| {
        let called = if is_called { "yes" } else { "no" };
        [String::new(), String::new(), policy.to_owned(), name.to_owned(), called.to_owned(), settings]
    };
    let layer = |layer: &Layer| {
        let name = if layer.name == function.path { "-" } else { &layer.name };
        row(layer.kind.as_str(), name, layer.is_called, settings(layer, with_defaults))
    };
    let (own, of_service): (Vec<_>, Vec<_>) =
        function.layers.iter().partition(|layer| layer.service.is_none());
    let mut rows: Vec<Row> = own.into_iter().map(layer).collect();
    if let Some(service) = function.service {
        let registered = if service.is_registered { "" } else { ", not registered" };
        let settings = format!("operation = {}{registered}", service.operation);
        let is_called = of_service.iter().any(|layer| layer.is_called);
        rows.push(row("service", service.name, is_called, settings));
        rows.extend(of_service.into_iter().map(layer));
    }
    if rows.is_empty() {
        rows.push(row("-", "-", false, "nothing".to_owned()));
    }
    [rows[0][0], rows[0][1]] = [path, place];
    rows
}

fn settings(layer: &Layer, with_defaults: bool) -> String {
    let mut words = Vec::new();
    for setting in &layer.settings {
        let (key, value) = (setting.key, &setting.value);
        let now = match &layer.in_force {
            Some(known) if known.get(key) != Some(value) => {
                format!(" (now {})", known.get(key).map_or("unset", String::as_str))
            }
            _ => String::new(),
        };
        if with_defaults || setting.origin != Origin::Default || !now.is_empty() {
            words.push(format!("{key} = {value}{now}"));
        }
    }
    for (key, value) in layer.in_force.iter().flatten() {
        if !layer.settings.iter().any(|setting| setting.key == *key) {
            words.push(format!("{key} (now {value})"));
        }
    }
    words.extend(layer.code.iter().map(|code| format!("{} = {}", code.key, short(code.text))));
    match (layer.preset, words.is_empty()) {
        (Some(preset), true) => preset.to_owned(),
        (Some(preset), false) => format!("{preset}: {}", words.join(", ")),
        (None, true) if layer.is_joining() => "joins".to_owned(),
        (None, true) => "defaults".to_owned(),
        (None, false) => words.join(", "),
    }
}

/// On one line, and not all of a long closure.
fn short(code: &str) -> String {
    let line = code.split_whitespace().collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(LONGEST_CODE) {
        Some((end, _)) => format!("{}..", line[..end].trim_end()),
        None => line,
    }
}
