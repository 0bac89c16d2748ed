//! What the figures must not exceed, and whether they do.

use std::fmt::Write;

use resilience_benches::{Case, Mode, Subject};

use super::{
    Result,
    figures::{Figure, Figures},
    results::{mode, nanos, times},
};

/// One demand on our attributes.
struct Bar {
    what: String,
    demand: String,
    measured: String,
    met: bool,
}

const BOTH: [Mode; 2] = [Mode::Sync, Mode::Async];

/// The table of all bars.
pub(crate) fn section(figures: &Figures, page: &mut String) -> Result<()> {
    let bars: Vec<Bar> = [
        breakers(figures),
        refusals(figures),
        retries(figures),
        limits(figures),
        stacks(figures),
        vec![allocations(figures)],
    ]
    .into_iter()
    .flatten()
    .collect();
    page.push_str("\n## Bars\n\nThrough the attributes, medians of this run; \"plain\" is the same call without a guard.\n\n");
    page.push_str("| case | at most | measured | met |\n|---|---|---|---|\n");
    for bar in bars {
        let met = if bar.met { "yes" } else { "**no**" };
        writeln!(page, "| {} | {} | {} | {met} |", bar.what, bar.demand, bar.measured)?;
    }
    Ok(())
}

/// Ours, if it was measured.
fn ours(figures: &Figures, case: Case, mode: Mode) -> Option<&Figure> {
    figures.get(case, mode, Subject::Attribute)
}

/// Not more than so many nanoseconds above the unguarded call.
fn added(figures: &Figures, case: Case, in_mode: Mode, most: f64) -> Option<Bar> {
    let added = figures.added(ours(figures, case, in_mode)?)?;
    Some(Bar {
        what: format!("{}, {}", case.title(), mode(in_mode)),
        demand: format!("plain + {most} ns"),
        measured: format!("plain + {} ns", nanos(added)),
        met: added <= most,
    })
}

/// Not more than so many nanoseconds in all.
fn whole(figures: &Figures, case: Case, in_mode: Mode, most: f64) -> Option<Bar> {
    let whole = ours(figures, case, in_mode)?.alone();
    Some(Bar {
        what: format!("{}, {}", case.title(), mode(in_mode)),
        demand: format!("{most} ns"),
        measured: format!("{} ns", nanos(whole)),
        met: whole <= most,
    })
}

/// Two threads with one policy do not cost each other more than this.
fn contention(figures: &Figures, case: Case, in_mode: Mode, most: f64) -> Option<Bar> {
    let ratio = ours(figures, case, in_mode)?.contention();
    Some(Bar {
        what: format!("{}, {}, two threads", case.title(), mode(in_mode)),
        demand: format!("{most} of one thread"),
        measured: times(ratio),
        met: ratio <= most,
    })
}

/// Not more than this share of what a peer takes.
fn share(
    figures: &Figures,
    case: Case,
    in_mode: Mode,
    peer: &'static str,
    most: f64,
    together: bool,
) -> Option<Bar> {
    let (ours, peers) = (ours(figures, case, in_mode)?, figures.get(case, in_mode, Subject::Peer(peer))?);
    let ratio = if together { ours.together() / peers.together() } else { ours.alone() / peers.alone() };
    let threads = if together { ", two threads" } else { "" };
    Some(Bar {
        what: format!("{}, {}{threads}", case.title(), mode(in_mode)),
        demand: format!("{most} of {peer}"),
        measured: times(ratio),
        met: ratio <= most,
    })
}

fn breakers(figures: &Figures) -> Vec<Bar> {
    let mut bars = Vec::new();
    bars.extend(added(figures, Case::Closed, Mode::Sync, 1.5));
    bars.extend(added(figures, Case::Closed, Mode::Async, 3.5));
    for in_mode in BOTH {
        bars.extend(added_share(figures, Case::Closed, in_mode, "recloser", 0.2));
        bars.extend(contention(figures, Case::Closed, in_mode, 1.2));
    }
    for case in [Case::ClosedCalls, Case::ClosedTime, Case::ClosedSlow] {
        for in_mode in BOTH {
            bars.extend(added(figures, case, in_mode, 4.0));
            bars.extend(contention(figures, case, in_mode, 1.3));
        }
    }
    for in_mode in BOTH {
        bars.extend(added(figures, Case::Failing, in_mode, 9.0));
    }
    bars
}

fn refusals(figures: &Figures) -> Vec<Bar> {
    let mut bars = Vec::new();
    for in_mode in BOTH {
        bars.extend(below_best(figures, Case::Open, in_mode));
    }
    bars.extend(whole(figures, Case::Open, Mode::Sync, 15.0));
    bars.extend(whole(figures, Case::BulkheadFull, Mode::Sync, 5.0));
    // An async call without a guard takes about so long itself.
    bars.extend(added(figures, Case::BulkheadFull, Mode::Async, 5.0));
    bars
}

fn below_best(figures: &Figures, case: Case, in_mode: Mode) -> Option<Bar> {
    let (ours, best) = (ours(figures, case, in_mode)?, figures.best_peer(case, in_mode)?);
    Some(Bar {
        what: format!("{}, {}", case.title(), mode(in_mode)),
        demand: format!("the best peer, {}: {} ns", best.row.subject, nanos(best.alone())),
        measured: format!("{} ns", nanos(ours.alone())),
        met: ours.alone() < best.alone(),
    })
}

fn retries(figures: &Figures) -> Vec<Bar> {
    let mut bars = Vec::new();
    bars.extend(added(figures, Case::RetryFirst, Mode::Sync, 1.0));
    bars.extend(added(figures, Case::RetryFirst, Mode::Async, 3.0));
    for in_mode in BOTH {
        bars.extend(share(figures, Case::RetryThird, in_mode, "backon", 1.0, false));
    }
    bars.extend(share(figures, Case::RetryThird, Mode::Async, "tokio-retry", 1.0, false));
    bars
}

/// Not more than this share of what a peer adds to the call without a guard.
fn added_share(figures: &Figures, case: Case, in_mode: Mode, peer: &'static str, most: f64) -> Option<Bar> {
    let added = figures.added(ours(figures, case, in_mode)?)?;
    let peers = figures.added(figures.get(case, in_mode, Subject::Peer(peer))?)?;
    Some(Bar {
        what: format!("{}, {}, added", case.title(), mode(in_mode)),
        demand: format!("{most} of what {peer} adds"),
        measured: times(added / peers),
        met: added <= peers * most,
    })
}

fn limits(figures: &Figures) -> Vec<Bar> {
    let mut bars = Vec::new();
    for (case, peer, together) in
        [(Case::RateLimit, "governor", 0.9), (Case::Bulkhead, "tokio, `try_acquire`", 0.5)]
    {
        bars.extend(share(figures, case, Mode::Sync, peer, 0.7, false));
        // The async call without a guard is about half of either figure.
        bars.extend(added_share(figures, case, Mode::Async, peer, 0.7));
        for in_mode in BOTH {
            bars.extend(share(figures, case, in_mode, peer, together, true));
        }
    }
    bars.extend(added(figures, Case::Timeout, Mode::Async, 4.0));
    bars
}

fn stacks(figures: &Figures) -> Vec<Bar> {
    let mut bars = Vec::new();
    bars.extend(whole(figures, Case::Stack, Mode::Async, 25.0));
    bars.extend(whole(figures, Case::StackOpen, Mode::Async, 30.0));
    bars
}

fn allocations(figures: &Figures) -> Bar {
    let ours =
        figures.0.iter().filter(|figure| matches!(figure.row.subject, Subject::Attribute | Subject::Handle));
    let some: Vec<String> = ours
        .filter(|figure| figure.allocations.is_none_or(|count| count >= 0.005))
        .map(|figure| figure.row.key())
        .collect();
    Bar {
        what: String::from("Allocations of a call, every case of ours"),
        demand: String::from("0"),
        measured: if some.is_empty() { String::from("0") } else { format!("some: {}", some.join(", ")) },
        met: some.is_empty(),
    }
}
