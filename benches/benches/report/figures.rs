//! What was measured, row by row.

use std::{collections::HashMap, env};

use resilience_benches::{
    Case, Mode, Row, Subject,
    measure::{self, Plan, Samples, quantile},
    rows,
};

use super::{Result, machine};

/// A row and its figures.
pub(crate) struct Figure {
    pub(crate) row: Row,
    pub(crate) samples: Samples,
    pub(crate) instructions: Option<u64>,
    pub(crate) allocations: Option<f64>,
}

impl Figure {
    /// Nanoseconds of a call on one thread, the median of the undisturbed batches.
    pub(crate) fn alone(&self) -> f64 {
        let Samples { alone, disturbed, .. } = &self.samples;
        median(&[alone, disturbed])
    }

    /// On each of two threads.
    pub(crate) fn together(&self) -> f64 {
        let Samples { together, crowded, parked, .. } = &self.samples;
        median(&[together, crowded, parked])
    }

    /// The median of all batches on one thread, disturbed or not.
    pub(crate) fn everyday(&self) -> f64 {
        quantile(&[&self.samples.alone[..], &self.samples.disturbed].concat(), 0.5)
    }

    /// How much more a call costs when another thread makes them too.
    pub(crate) fn contention(&self) -> f64 {
        self.together() / self.alone()
    }
}

/// The median of the first list that has any.
fn median(lists: &[&Vec<f64>]) -> f64 {
    let list = lists.iter().find(|list| !list.is_empty());
    list.map_or(f64::NAN, |list| quantile(list, 0.5))
}

/// All of them.
pub(crate) struct Figures(pub(crate) Vec<Figure>);

impl Figures {
    /// The figures of a row, if it was measured.
    pub(crate) fn get(&self, case: Case, mode: Mode, subject: Subject) -> Option<&Figure> {
        self.0.iter().find(|figure| {
            figure.row.case == case && figure.row.mode == mode && figure.row.subject == subject
        })
    }

    /// Which share of the batches on one thread was undisturbed.
    pub(crate) fn quiet_share(&self) -> f64 {
        let count = |list: fn(&Samples) -> &Vec<f64>| {
            let batches: u32 =
                self.0.iter().map(|figure| list(&figure.samples).len().try_into().unwrap_or(0)).sum();
            f64::from(batches)
        };
        let quiet = count(|samples| &samples.alone);
        quiet / (quiet + count(|samples| &samples.disturbed)).max(1.0)
    }

    /// The unguarded call beside a row.
    pub(crate) fn plain(&self, row: &Row) -> Option<&Figure> {
        let subject = if row.is_peer() { Subject::PlainSmall } else { Subject::Plain };
        self.get(row.case.plain()?, row.mode, subject)
    }

    /// What the guard adds to the unguarded call.
    pub(crate) fn added(&self, figure: &Figure) -> Option<f64> {
        Some(figure.alone() - self.plain(&figure.row)?.alone())
    }

    /// The fastest peer.
    pub(crate) fn best_peer(&self, case: Case, mode: Mode) -> Option<&Figure> {
        self.0
            .iter()
            .filter(|figure| figure.row.case == case && figure.row.mode == mode)
            .filter(|figure| matches!(figure.row.subject, Subject::Peer(_)))
            .min_by(|one, other| one.alone().total_cmp(&other.alone()))
    }
}

/// Rows whose name has one of these words in it, and always the unguarded calls.
fn chosen(words: &[&str]) -> Vec<Row> {
    let mut rows = rows();
    rows.retain(|row| {
        let name = row.key();
        words.is_empty() || name.starts_with("plain") || words.iter().any(|word| name.contains(word))
    });
    rows
}

/// Measures in this process.
pub(crate) fn measure(plan: Plan, words: &[&str]) -> Figures {
    let rows = chosen(words);
    let samples = measure::measure(&rows, plan);
    let figure = |(row, samples)| Figure { row, samples, instructions: None, allocations: None };
    Figures(rows.into_iter().zip(samples).map(figure).collect())
}

/// Measures in this process, for [`gather`].
pub(crate) fn print_samples(plan: Plan, words: &[&str]) {
    for figure in measure(plan, words).0 {
        let list = |samples: &[f64]| {
            samples.iter().map(|sample| format!("{sample:.3}")).collect::<Vec<String>>().join(" ")
        };
        let Samples { alone, disturbed, together, crowded, parked } = &figure.samples;
        let lists = [alone, disturbed, together, crowded, parked].map(|samples| list(samples)).join("\t");
        println!("{}\t{lists}", figure.row.key());
    }
}

/// Measures in so many processes, counts instructions and allocations in others.
pub(crate) fn gather(runs: usize, words: &[&str]) -> Result<Figures> {
    let mut samples: HashMap<String, Samples> = HashMap::new();
    let own = env::current_exe()?;
    let own = own.to_str().ok_or("a path that is no text")?;
    for _ in 0..runs {
        let arguments: Vec<&str> = ["--samples"].into_iter().chain(words.iter().copied()).collect();
        for line in machine::output(own, &arguments)?.lines() {
            let mut fields = line.split('\t');
            let known = samples.entry(fields.next().unwrap_or_default().to_owned()).or_default();
            known.alone.extend(numbers(fields.next()));
            known.disturbed.extend(numbers(fields.next()));
            known.together.extend(numbers(fields.next()));
            known.crowded.extend(numbers(fields.next()));
            known.parked.extend(numbers(fields.next()));
        }
    }
    let instructions = table(&machine::output(env!("CARGO_BIN_EXE_instructions"), &[])?);
    let allocations = table(&machine::output(env!("CARGO_BIN_EXE_allocations"), &[])?);
    let figure = |row: Row| {
        let name = row.key();
        let samples = samples.remove(&name).unwrap_or_default();
        let instructions = instructions.get(&name).and_then(|count| count.parse().ok());
        let allocations = allocations.get(&name).and_then(|count| count.parse().ok());
        Figure { row, samples, instructions, allocations }
    };
    Ok(Figures(chosen(words).into_iter().map(figure).collect()))
}

fn numbers(list: Option<&str>) -> impl Iterator<Item = f64> {
    list.unwrap_or_default().split(' ').filter_map(|number| number.parse().ok())
}

/// Lines of a name and figures, of which the first is taken.
fn table(text: &str) -> HashMap<String, String> {
    text.lines()
        .filter_map(|line| {
            let mut fields = line.split('\t');
            Some((fields.next()?.to_owned(), fields.next()?.to_owned()))
        })
        .collect()
}
