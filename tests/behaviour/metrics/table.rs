//! The documentation's table against what there is.

use std::collections::BTreeSet;

use resilience::metrics::Instrument;

use super::*;

#[test]
fn the_table_names_every_metric_and_no_other() {
    let table = include_str!("../../../resilience/src/metrics/table.md");
    let (ours, theirs) = table.split_once("# The names of resilience4j").unwrap();
    let cells = |line: &str| -> Vec<String> {
        line.trim_matches('|').split('|').map(|cell| cell.trim().trim_matches('`').to_owned()).collect()
    };
    let rows = |part: &str| -> BTreeSet<Vec<String>> {
        part.lines().filter(|line| line.starts_with("| `")).map(cells).collect()
    };
    let instrument = |instrument| if instrument == Instrument::Counter { "counter" } else { "gauge" };
    let expected: BTreeSet<Vec<String>> = Names::new()
        .families()
        .iter()
        .map(|family| {
            let unit = family.unit.map_or("", |unit| unit.as_str());
            let labels = labels_of(&Names::new(), family.prometheus_name("resilience"));
            vec![
                family.subject.to_string(),
                family.name.to_owned(),
                instrument(family.instrument).to_owned(),
                unit.to_owned(),
                labels,
                family.help.to_owned(),
            ]
        })
        .collect();
    assert_eq!(rows(ours), expected);
    let expected: BTreeSet<Vec<String>> = Names::resilience4j()
        .families()
        .iter()
        .map(|family| {
            let name = family.prometheus_name("resilience4j");
            let labels = labels_of(&Names::resilience4j(), name.clone());
            vec![name, instrument(family.instrument).to_owned(), labels, family.help.to_owned()]
        })
        .collect();
    assert_eq!(rows(theirs), expected);
}

/// The label beside `name` and its values, in the words of the table; of several labels only which they are.
fn labels_of(names: &Names, name: String) -> String {
    let (scope, _outbox) = busy();
    let mut label = "";
    let mut values = Vec::new();
    for sample in names.samples(&scope.registry()) {
        if sample.family.prometheus_name(names.prefix()) != name {
            continue;
        }
        match *sample.labels.iter().filter(|(key, _)| *key != "name").collect::<Vec<_>>() {
            [] => {}
            [(key, value)] => {
                label = key;
                let value = format!("`{value}`");
                if !values.contains(&value) {
                    values.push(value);
                }
            }
            ref all => {
                let keys: Vec<_> = all.iter().map(|(key, _)| format!("`{key}`")).collect();
                return keys.join(", ").trim_matches('`').to_owned();
            }
        }
    }
    let text = format!("`{label}` = {}", values.join(", "));
    if label.is_empty() { String::new() } else { text.trim_matches('`').to_owned() }
}
