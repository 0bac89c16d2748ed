//! Measures every row, and writes `RESULTS.md` and `chart.svg`.
//!
//! ```text
//! cargo bench -p resilience-benches --bench report --features peers             everything, about half an hour
//! ... -- --without-compile --without-growth    the tables alone, in minutes; the rest of RESULTS.md stays as it is
//! cargo bench -p resilience-benches --bench report -- --quick closed retry     rows with these words, in seconds, told only
//! ```

mod bars;
mod chart;
mod figures;
mod machine;
mod results;
mod terminal;

use std::{env, error::Error, fs, path::Path, process::ExitCode, time::Duration};

use figures::Figures;
use resilience_benches::measure::Plan;

type Result<T> = std::result::Result<T, Box<dyn Error>>;

/// Processes that measure, so that no figure hangs on where one of them put its memory.
const RUNS: usize = 3;
const FULL: Plan = Plan { rounds: 30, batch: Duration::from_micros(300), patience: Duration::from_mins(2) };
const QUICK: Plan = Plan { rounds: 20, batch: Duration::from_micros(200), patience: Duration::from_secs(20) };

fn main() -> ExitCode {
    // Cargo adds `--bench`.
    let arguments: Vec<String> = env::args().skip(1).filter(|argument| argument != "--bench").collect();
    match run(&arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: &[String]) -> Result<()> {
    let (options, words): (Vec<&str>, Vec<&str>) =
        arguments.iter().map(String::as_str).partition(|argument| argument.starts_with("--"));
    match options[..] {
        ["--quick"] => terminal::print(&figures::measure(QUICK, &words)),
        ["--samples"] => figures::print_samples(FULL, &words),
        _ if !cfg!(feature = "peers") => {
            return Err("only `--quick` does without `--features peers`".into());
        }
        _ => {
            let unknown = |option: &&&str| !["--without-growth", "--without-compile"].contains(*option);
            if let Some(option) = options.iter().find(unknown) {
                return Err(format!("no option `{option}`").into());
            }
            write(&figures::gather(RUNS, &words)?, &options)?;
        }
    }
    Ok(())
}

fn write(figures: &Figures, options: &[&str]) -> Result<()> {
    terminal::print(figures);
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"));
    let file = folder.join("RESULTS.md");
    let before = fs::read_to_string(&file).unwrap_or_default();
    let mut text = results::page(figures)?;
    for (title, program, option) in [
        ("## Growth", option_env!("CARGO_BIN_EXE_growth"), "--without-growth"),
        ("## Compile time", option_env!("CARGO_BIN_EXE_compile"), "--without-compile"),
    ] {
        let section = match program {
            Some(program) if !options.contains(&option) => results::dated(&machine::output(program, &[])?),
            _ => results::section(&before, title),
        };
        if !section.is_empty() {
            text.push('\n');
            text.push_str(section.trim_end());
            text.push('\n');
        }
    }
    fs::write(file, text)?;
    fs::write(folder.join("chart.svg"), chart::draw(figures))?;
    Ok(())
}
