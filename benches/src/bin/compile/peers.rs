//! What a dependency costs before a line is written with it: its clean build, and the crates that it brings.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
    process::Stdio,
};

use crate::{
    Plan, Result,
    cargo::{Took, cargo, lines, run},
};

/// A crate, or the parts of one that together do what the next column says.
struct Peer {
    shown: &'static str,
    does: &'static str,
    /// `PATH` is the workspace's `resilience`.
    dependencies: &'static str,
}

const PEERS: [Peer; 9] = [
    Peer { shown: "resilience", does: "all six, annotations", dependencies: "resilience = { path = PATH }" },
    Peer {
        shown: "resilience, no default features",
        does: "the same, without tokio's timer",
        dependencies: "resilience = { path = PATH, default-features = false }",
    },
    Peer { shown: "recloser 1.4.0", does: "breaker", dependencies: "recloser = '=1.4.0'" },
    Peer { shown: "failsafe 1.3.0", does: "breaker", dependencies: "failsafe = '=1.3.0'" },
    Peer { shown: "backon 1.6.0", does: "retry", dependencies: "backon = '=1.6.0'" },
    Peer { shown: "tokio-retry 0.3.2", does: "retry", dependencies: "tokio-retry = '=0.3.2'" },
    Peer { shown: "governor 0.10.4", does: "rate limit", dependencies: "governor = '=0.10.4'" },
    Peer {
        shown: "recloser, backon, governor, tokio's `sync` and `time`",
        does: "breaker, retry, rate limit, bulkhead, timeout, by hand",
        dependencies: "recloser = '=1.4.0'\nbackon = '=1.6.0'\ngovernor = '=0.10.4'\n\
                       tokio = { version = '1', features = ['sync', 'time'] }",
    },
    Peer {
        shown: "tower-resilience 0.14.0, six parts",
        does: "all six, as tower layers",
        dependencies: "tower-resilience-circuitbreaker = '=0.14.0'\ntower-resilience-retry = '=0.14.0'\n\
                       tower-resilience-bulkhead = '=0.14.0'\ntower-resilience-ratelimiter = '=0.14.0'\n\
                       tower-resilience-timelimiter = '=0.14.0'\ntower-resilience-fallback = '=0.14.0'",
    },
];

pub(crate) fn report(plan: &Plan, folder: &Path) -> Result<()> {
    println!(
        "A clean debug build of an empty crate with one dependency and its default features: shortest of {} in seconds \
         (of the processor in brackets, where that was least), and how many crates are built for it. Everything was \
         downloaded before.\n",
        plan.rounds
    );
    println!(
        "| dependency | what it does | crates | of these for build scripts and macros alone | clean build |"
    );
    println!("|---|---|---:|---:|---:|");
    for (index, peer) in PEERS.iter().enumerate() {
        eprintln!("clean build: {}", peer.shown);
        let package = Package::new(plan, peer, &folder.join(format!("peer{index}")))?;
        let (linked, all) = (package.crates("normal,no-proc-macro")?, package.crates("normal,build")?);
        let mut times = Vec::new();
        for _ in 0..plan.rounds {
            times.push(package.clean_build()?);
        }
        let least = |part: fn(&Took) -> f64| times.iter().map(part).fold(f64::INFINITY, f64::min);
        println!(
            "| {} | {} | {all} | {} | {:.1} ({:.1}) |",
            peer.shown,
            peer.does,
            all - linked,
            least(|took| took.wall.as_secs_f64()),
            least(|took| took.cpu.as_secs_f64()),
        );
    }
    println!();
    Ok(())
}

struct Package {
    folder: PathBuf,
    target: PathBuf,
}

impl Package {
    fn new(plan: &Plan, peer: &Peer, folder: &Path) -> Result<Self> {
        let path = format!("\"{}\"", plan.workspace.join("resilience").display());
        fs::create_dir_all(folder.join("src"))?;
        fs::write(folder.join("src/lib.rs"), "")?;
        fs::write(
            folder.join("Cargo.toml"),
            format!(
                "[package]\nname = \"empty\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\n[workspace]\n\n[dependencies]\n{}\n",
                peer.dependencies.replace("PATH", &path)
            ),
        )?;
        // The same versions of what several of them depend on.
        fs::copy(plan.workspace.join("Cargo.lock"), folder.join("Cargo.lock"))?;
        let package = Self { folder: folder.to_owned(), target: folder.join("target") };
        run(cargo(&package.folder, &package.target).args(["fetch", "--quiet"]))?;
        Ok(package)
    }

    /// Crates that are built, this package's own not counted.
    fn crates(&self, edges: &str) -> Result<usize> {
        let mut tree = cargo(&self.folder, &self.target);
        tree.args(["tree", "--offline", "--quiet", "--prefix=none", "--format={p}", "--edges", edges]);
        let crates: BTreeSet<String> = lines(tree.stdin(Stdio::null()))?
            .iter()
            .map(|line| line.trim_end_matches(" (*)").to_owned())
            .collect();
        Ok(crates.len() - 1)
    }

    fn clean_build(&self) -> Result<Took> {
        if self.target.exists() {
            fs::remove_dir_all(&self.target)?;
        }
        run(cargo(&self.folder, &self.target).args(["build", "--quiet", "--offline"]))
    }
}
