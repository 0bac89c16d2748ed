//! What annotations cost at compile time: seconds and machine code per function, and the build beside the peers'.
//!
//! Prints one Markdown section. Every figure comes from crates that this program writes into a temporary folder and builds
//! with the cargo and rustc that it finds: 500 functions with annotations, and the same without.
//!
//! ```text
//! cargo run --release -p resilience-benches --bin compile            everything, about twenty minutes
//! cargo run --release -p resilience-benches --bin compile -- --quick one round, without the peers
//! cargo run ... -- functions | peers                                 one half
//! cargo run ... -- sizes                                             machine code alone, of fewer functions: a few minutes
//! cargo run ... -- --only=retry                                      variants whose name has this in it
//! ```

#![allow(clippy::cast_precision_loss, reason = "figures to be read, far below 2^52")]

mod cargo;
mod elf;
mod functions;
mod peers;
mod variants;

use std::{
    env,
    error::Error,
    path::{Path, PathBuf},
    process::ExitCode,
};

type Result<T> = std::result::Result<T, Box<dyn Error>>;

/// What the command line asks for.
struct Plan {
    functions: bool,
    peers: bool,
    sizes: bool,
    rounds: usize,
    only: String,
    /// The workspace whose `resilience` is measured.
    workspace: PathBuf,
}

impl Plan {
    fn read(arguments: impl Iterator<Item = String>) -> Result<Self> {
        let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        let mut plan =
            Self { functions: true, peers: true, sizes: false, rounds: 7, only: String::new(), workspace };
        for argument in arguments {
            match argument.as_str() {
                "--quick" => (plan.rounds, plan.peers) = (1, false),
                "functions" => plan.peers = false,
                "peers" => plan.functions = false,
                "sizes" => plan.sizes = true,
                other => match other.split_once('=') {
                    Some(("--only", text)) => text.clone_into(&mut plan.only),
                    Some(("--rounds", number)) => plan.rounds = number.parse()?,
                    Some(("--workspace", path)) => plan.workspace = path.into(),
                    _ => return Err(format!("no argument `{other}`").into()),
                },
            }
        }
        plan.workspace = plan.workspace.canonicalize()?;
        Ok(plan)
    }
}

fn main() -> ExitCode {
    match Plan::read(env::args().skip(1)).and_then(|plan| report(&plan)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn report(plan: &Plan) -> Result<()> {
    let folder = cargo::Folder::new()?;
    if plan.sizes {
        return functions::sizes(plan, folder.path());
    }
    println!("## Compile time\n");
    if plan.functions {
        functions::report(plan, folder.path())?;
    }
    if plan.peers {
        peers::report(plan, folder.path())?;
    }
    Ok(())
}
