//! The figures in a terminal.

use super::figures::Figures;

/// One line for each row: nanoseconds of a call.
pub(crate) fn print(figures: &Figures) {
    println!(
        "{:<58} {:>8} {:>8} {:>8} {:>10} {:>8}",
        "ns a call", "median", "all", "added", "2 threads", "x 1"
    );
    for figure in &figures.0 {
        println!(
            "{:<58} {:>8.2} {:>8.2} {:>8.2} {:>10.2} {:>8.2}",
            figure.row.key(),
            figure.alone(),
            figure.everyday(),
            figures.added(figure).unwrap_or(f64::NAN),
            figure.together(),
            figure.contention(),
        );
    }
    println!("undisturbed: {:.0} % of the batches", 100.0 * figures.quiet_share());
}
