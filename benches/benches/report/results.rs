//! `RESULTS.md`.

use std::fmt::Write;

use resilience_benches::{Case, Mode, Subject, floors};

use super::{
    Result, bars,
    figures::{Figure, Figures},
    machine,
};

/// The page without the sections that other programs write.
pub(crate) fn page(figures: &Figures) -> Result<String> {
    let mut page = String::from("# Results\n\n");
    writeln!(
        page,
        "Written by `cargo bench -p resilience-benches --bench report --features peers` on {}.",
        machine::today()
    )?;
    writeln!(page, "{}", machine::describe()?)?;
    writeln!(page, "Beside ours: {}.", machine::versions()?)?;
    writeln!(page, "The machine was its own for {:.0} % of the batches.", 100.0 * figures.quiet_share())?;
    page.push_str(METHOD);
    bars::section(figures, &mut page)?;
    for case in Case::ALL.into_iter().filter(|case| has_table(*case)) {
        table(figures, case, &mut page)?;
    }
    Ok(page)
}

const METHOD: &str = "
How to read the tables:

- *ns* is the median of many batches of dependent calls, each given the answer of the last: several processes, in each of
  them every row once a round in a new random order. A batch counts only if a piece of work that never changes went at the
  machine's own pace right before and right after it, so that no neighbour of this virtual machine is measured; *all* is
  the median without that rule.
- *added* is what the guard adds to the same call without it, *× plain* how often that call would fit in. Nothing is
  subtracted elsewhere: an empty loop is in every figure.
- *× ours* compares with our attribute, *× best peer* with the fastest of the others in that table, sync with sync and
  async with async.
- *2 threads* is ns of a call on each of two threads that use one and the same policy; a batch counts only while the other
  thread runs and neither has to wait for a processor, except where a policy's own lock always makes them. *× 1 thread* is
  what that does to a call.
- *instr.* are instructions of a call by callgrind, where reading the clock is a system call, not the quick path of the
  real machine. *alloc.* are allocations of a call.
- The guarded function does next to nothing, in line, as a user's own lines stand in a function. Ours has an error with
  room for a refusal, the peers' one that holds nothing, so that no peer pays for the size of ours; the plain call is
  measured with both. Async calls are awaited in a tokio runtime of one thread, outside its budget, and polled through a
  pointer, as an executor does it; none has to wait.
- Before and after each measurement 50 calls are checked: a refusal that runs the function, or a closed circuit that has
  opened, ends the program.
";

const fn has_table(case: Case) -> bool {
    !matches!(case, Case::Floor | Case::Plain | Case::PlainFailing | Case::PlainThird)
}

/// The section with this title in an earlier page; empty if there is none.
pub(crate) fn section(page: &str, title: &str) -> String {
    let Some(start) = page.find(&format!("{title}\n")) else {
        return String::new();
    };
    let section = &page[start..];
    let end = section[1..].find("\n## ").map_or(section.len(), |end| end + 2);
    section[..end].to_owned()
}

/// A section that may stay on the page when the rest is measured again.
pub(crate) fn dated(section: &str) -> String {
    section.replacen("\n\n", &format!("\n\nMeasured on {}.\n\n", machine::today()), 1)
}

fn table(figures: &Figures, case: Case, page: &mut String) -> Result<()> {
    writeln!(page, "\n## {}\n", case.title())?;
    page.push_str("| | ns | all | added | × plain | × ours | × best peer | 2 threads | × 1 thread | instr. | alloc. |\n");
    page.push_str("|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|\n");
    for mode in [Mode::Sync, Mode::Async] {
        let of_case = |figure: &&Figure| figure.row.case == case && figure.row.mode == mode;
        let mut rows: Vec<&Figure> = figures.0.iter().filter(of_case).collect();
        if rows.is_empty() {
            continue;
        }
        rows.sort_by(|one, other| {
            one.row.is_peer().cmp(&other.row.is_peer()).then(one.alone().total_cmp(&other.alone()))
        });
        let plain = case.plain().unwrap_or(Case::Plain);
        let plains = [Subject::Plain, Subject::PlainSmall];
        let plains = plains.into_iter().filter_map(|subject| figures.get(plain, mode, subject));
        for figure in plains.chain(rows) {
            line(figures, case, figure, page)?;
        }
    }
    for name in floors_of(case) {
        if let Some(figure) = figures.get(Case::Floor, Mode::Sync, Subject::Floor(name)) {
            line(figures, case, figure, page)?;
        }
    }
    notes(figures, case, page)?;
    Ok(())
}

fn floors_of(case: Case) -> &'static [&'static str] {
    match case {
        Case::Open | Case::TrialsTaken | Case::RateLimitUsed | Case::ClosedTime | Case::ClosedSlow => {
            &[floors::LOAD, floors::OWNED, floors::CONTENDED, floors::CLOCK]
        }
        Case::RateLimit | Case::Timeout | Case::Stack | Case::StackOpen => {
            &[floors::LOAD, floors::CONTENDED, floors::CLOCK]
        }
        _ => &[floors::LOAD, floors::OWNED, floors::CONTENDED],
    }
}

fn line(figures: &Figures, case: Case, figure: &Figure, page: &mut String) -> Result<()> {
    let row = &figure.row;
    let ours = figures.get(case, row.mode, Subject::Attribute);
    let best = figures.best_peer(case, row.mode);
    let is_floor = matches!(row.subject, Subject::Floor(_));
    let name = match row.subject {
        Subject::Floor(name) => format!("*floor: {name}*"),
        Subject::Attribute | Subject::Handle => format!("**{}: {}**", mode(row.mode), row.subject),
        _ => format!("{}: {}", mode(row.mode), row.subject),
    };
    let ratio = |to: Option<&Figure>| to.filter(|_| !is_floor).map(|to| figure.alone() / to.alone());
    writeln!(
        page,
        "| {name} | {} | {} | {} | {} | {} | {} | {} | {} | {} | {} |",
        nanos(figure.alone()),
        nanos(figure.everyday()),
        figures.added(figure).map_or_else(dash, nanos),
        ratio(figures.plain(row)).map_or_else(dash, times),
        ratio(ours).map_or_else(dash, times),
        ratio(best).map_or_else(dash, times),
        nanos(figure.together()),
        times(figure.contention()),
        figure.instructions.map_or_else(dash, |count| count.to_string()),
        figure.allocations.map_or_else(dash, allocations),
    )?;
    Ok(())
}

fn notes(figures: &Figures, case: Case, page: &mut String) -> Result<()> {
    let mut told = Vec::new();
    for figure in figures.0.iter().filter(|figure| figure.row.case == case && !figure.row.note.is_empty()) {
        let note = format!("- {}: {}", figure.row.subject, figure.row.note);
        if !told.contains(&note) {
            told.push(note);
        }
    }
    let about = about(case);
    if !about.is_empty() {
        writeln!(page, "\n{about}")?;
    }
    if !told.is_empty() {
        writeln!(page, "\nWhat differs:\n\n{}", told.join("\n"))?;
    }
    Ok(())
}

/// What must be known of our own rows.
const fn about(case: Case) -> &'static str {
    match case {
        Case::Trial => {
            "The trial call ends with an error that the breaker ignores: it gives its place back, and the breaker stays \
             half-open. Of the peers only one can be kept there as long."
        }
        Case::TrialsTaken => "No peer can be kept in this state for as long as a measurement takes.",
        Case::Open => "Our refusal says how long the circuit stays open.",
        Case::RateLimitUsed => "Our refusal says when the next permit is there; governor's can be asked.",
        Case::Stack | Case::StackOpen => {
            "fallback(retry(breaker(bulkhead(call)))); in async functions a timeout of a second stands around the call."
        }
        _ => "",
    }
}

pub(crate) const fn mode(mode: Mode) -> &'static str {
    match mode {
        Mode::Sync => "sync",
        Mode::Async => "async",
    }
}

fn dash() -> String {
    String::from("–")
}

/// Nanoseconds with as many digits as they deserve.
pub(crate) fn nanos(nanos: f64) -> String {
    match nanos.abs() {
        _ if nanos.is_nan() => dash(),
        0.0..20.0 => format!("{nanos:.1}"),
        20.0..10_000.0 => format!("{nanos:.0}"),
        _ => format!("{:.0} k", nanos / 1_000.0),
    }
}

/// A ratio likewise.
pub(crate) fn times(ratio: f64) -> String {
    match ratio {
        _ if ratio.is_nan() => dash(),
        ..10.0 => format!("{ratio:.2}"),
        ..1_000.0 => format!("{ratio:.0}"),
        _ => format!("{:.0} k", ratio / 1_000.0),
    }
}

fn allocations(count: f64) -> String {
    if count < 0.005 { String::from("0") } else { format!("{count:.1}") }
}
