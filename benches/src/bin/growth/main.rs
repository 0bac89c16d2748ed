//! What grows with the number of policies and of threads, and what does not.
//!
//! Prints one Markdown section: the cost of a call with up to a million registered breakers, the memory of each policy, one
//! for each of up to a million keys, and the writes of a call that other threads' calls touch as well.
//!
//! ```text
//! cargo run --release -p resilience-benches --bin growth                    everything, in a few minutes
//! cargo run --release -p resilience-benches --bin growth -- shared-writes   that table alone
//! cargo run --release -p resilience-benches --bin growth -- keys            that of keys alone
//! cargo run --release -p resilience-benches --bin growth -- check           with fewer threads; fails where a call must share nothing
//! ```
//!
//! The program runs itself as a child, so that no figure depends on what was measured before it.

#![allow(clippy::cast_precision_loss, reason = "figures to be read, far below 2^52")]

mod guarded;
mod keys;
mod memory;
mod population;
mod shared_writes;
mod trace;

use std::{
    env,
    error::Error,
    process::{Command, ExitCode},
};

type Result<T> = std::result::Result<T, Box<dyn Error>>;

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let done = match arguments[..] {
        [] => everything(),
        ["shared-writes"] => shared_writes::report(false),
        ["check"] => shared_writes::report(true),
        // As a child.
        ["population", number] => population::measure(number),
        ["memory", kind, threads] => memory::measure(kind, threads),
        ["keys"] => keys::report(),
        ["keys", kind, number] => keys::measure(kind, number),
        ["snapshot"] => memory::snapshot(),
        ["calls", threads] => shared_writes::make_calls(threads),
        _ => Err("see the first lines of growth/main.rs".into()),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn everything() -> Result<()> {
    println!("## Growth\n");
    population::report()?;
    memory::report()?;
    keys::report()?;
    shared_writes::report(false)
}

/// What this program prints when it is run with these arguments.
fn child(arguments: &[&str]) -> Result<String> {
    let output = Command::new(env::current_exe()?).args(arguments).output()?;
    if !output.status.success() {
        return Err(format!("{arguments:?}: {}", String::from_utf8_lossy(&output.stderr)).into());
    }
    Ok(String::from_utf8(output.stdout)?)
}
