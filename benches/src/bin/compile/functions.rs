//! What an annotation adds to the build: seconds and bytes per function.

use std::{
    fs,
    path::{Path, PathBuf},
    time::Duration,
};

use crate::{
    Plan, Result,
    cargo::{Took, cargo, run},
    elf::{self, Size},
    variants::{VARIANTS, Variant},
};

/// Functions of a crate. Bytes are taken as the difference to a crate with one, so that the runtime itself and the code
/// of `main` do not count.
const FUNCTIONS: usize = 500;

/// Functions of the two crates whose difference is a quick look at the bytes.
const FEW: [usize; 2] = [8, 40];

/// What one variant took in one round.
#[derive(Clone, Copy)]
struct Round {
    /// The whole crate, nothing reused.
    check: Took,
    /// After an edit of one function.
    edit: Took,
    /// A whole debug build.
    build: Took,
}

pub(crate) fn report(plan: &Plan, folder: &Path) -> Result<()> {
    let crates = Crates::new(plan, folder)?;
    let wanted = wanted(plan);
    crates.warm(&wanted)?;

    let mut rounds: Vec<Vec<Round>> = wanted.iter().map(|_| Vec::new()).collect();
    for round in 0..plan.rounds {
        for (variant, rounds) in wanted.iter().zip(&mut rounds) {
            eprintln!("round {}: {}", round + 1, variant.name);
            rounds.push(crates.time(variant, round)?);
        }
    }
    let mut sizes = Vec::new();
    for variant in &wanted {
        eprintln!("size: {}", variant.name);
        sizes.push(crates.size(variant, [1, FUNCTIONS])?);
    }

    println!(
        "A generated crate of {FUNCTIONS} functions with annotations against the same crate without, each figure divided by \
         {FUNCTIONS}: what one annotated function adds. Times are medians of {} paired rounds, in milliseconds: of the \
         processor in brackets, since the wall also shows what else the machine did. A full check reuses nothing of the \
         crate (dependencies are built); an edit changes one function and is checked incrementally. Bytes are those of the \
         linked program at `opt-level = 3`, without what a crate with a single such function has.\n",
        plan.rounds
    );
    println!("| annotation | | check | check after an edit | debug build | code | unwinding | data |");
    println!("|---|---|---:|---:|---:|---:|---:|---:|");
    for (index, variant) in wanted.iter().enumerate().filter(|(_, variant)| !variant.is_plain()) {
        let base = usize::from(variant.is_async);
        let added = |part: fn(&Round) -> Took| {
            let pairs = || rounds[index].iter().map(part).zip(rounds[base].iter().map(part));
            let wall = median(pairs().map(|(with, without)| difference(with.wall, without.wall)).collect());
            let cpu = median(pairs().map(|(with, without)| difference(with.cpu, without.cpu)).collect());
            format!("{wall:.2} ({cpu:.2})")
        };
        let (size, without) = (sizes[index], sizes[base]);
        println!(
            "| {} | {} | {} | {} | {} | {:.0} | {:.0} | {:.0} |",
            variant.shown,
            variant.kind(),
            added(|round| round.check),
            added(|round| round.edit),
            added(|round| round.build),
            size[0] - without[0],
            size[1] - without[1],
            size[2] - without[2],
        );
    }
    println!();
    Ok(())
}

/// Bytes alone, of fewer functions.
pub(crate) fn sizes(plan: &Plan, folder: &Path) -> Result<()> {
    let crates = Crates::new(plan, folder)?;
    let wanted = wanted(plan);
    crates.begin()?;
    let [few, more] = FEW;
    println!("Bytes per function at `opt-level = 3`, of {more} functions less {few}.\n");
    println!("| annotation | | code | unwinding | data |\n|---|---|---:|---:|---:|");
    let mut sizes = Vec::new();
    for variant in wanted {
        let size = crates.size(variant, FEW)?;
        sizes.push(size);
        if !variant.is_plain() {
            let added: Vec<_> = size
                .iter()
                .zip(sizes[usize::from(variant.is_async)])
                .map(|(with, without)| with - without)
                .collect();
            println!(
                "| {} | {} | {:.0} | {:.0} | {:.0} |",
                variant.shown,
                variant.kind(),
                added[0],
                added[1],
                added[2]
            );
        }
    }
    Ok(())
}

fn wanted(plan: &Plan) -> Vec<&'static Variant> {
    VARIANTS.iter().filter(|it| it.is_plain() || it.name.contains(&plan.only)).collect()
}

/// A workspace of one package per variant, so that all share the dependencies that are built.
struct Crates {
    folder: PathBuf,
    target: PathBuf,
}

impl Crates {
    fn new(plan: &Plan, folder: &Path) -> Result<Self> {
        let folder = folder.join("functions");
        for variant in &VARIANTS {
            let package = folder.join(variant.name);
            fs::create_dir_all(package.join("src"))?;
            fs::write(
                package.join("Cargo.toml"),
                format!(
                    "[package]\nname = \"{}\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\n[dependencies]\nresilience.workspace = true\n",
                    variant.name
                ),
            )?;
        }
        let members: Vec<_> = VARIANTS.iter().map(|variant| variant.name).collect();
        fs::write(
            folder.join("Cargo.toml"),
            format!(
                "[workspace]\nresolver = \"3\"\nmembers = {members:?}\n\n[workspace.dependencies]\nresilience = {{ path = \"{}\" }}\n",
                plan.workspace.join("resilience").display()
            ),
        )?;
        fs::copy(plan.workspace.join("Cargo.lock"), folder.join("Cargo.lock"))?;
        Ok(Self { target: folder.join("target"), folder })
    }

    fn write(&self, variant: &Variant, functions: usize, edited: usize) -> Result<()> {
        let program = variant.program(functions, edited);
        Ok(fs::write(self.folder.join(variant.name).join("src/main.rs"), program)?)
    }

    fn cargo(&self, verb: &str, variant: &Variant, incremental: bool) -> Result<Took> {
        let mut cargo = cargo(&self.folder, &self.target);
        cargo.env("CARGO_INCREMENTAL", if incremental { "1" } else { "0" });
        run(cargo.args([verb, "--quiet", "--offline", "--package", variant.name]))
    }

    /// A program for every package, and their dependencies found.
    fn begin(&self) -> Result<()> {
        for variant in &VARIANTS {
            self.write(variant, 1, 0)?;
        }
        run(cargo(&self.folder, &self.target).args(["metadata", "--quiet", "--format-version=1"]))?;
        Ok(())
    }

    /// Builds the dependencies of every kind of build that follows.
    fn warm(&self, wanted: &[&Variant]) -> Result<()> {
        self.begin()?;
        for verb in ["check", "build"] {
            self.cargo(verb, wanted[0], false)?;
            self.cargo(verb, wanted[0], true)?;
        }
        Ok(())
    }

    fn time(&self, variant: &Variant, round: usize) -> Result<Round> {
        // Another function is edited in each round, never one that is already as it is written.
        let (first, second) = (2 * round, 2 * round + 1);
        self.write(variant, FUNCTIONS, first)?;
        let check = self.cargo("check", variant, false)?;
        self.write(variant, FUNCTIONS, second)?;
        let build = self.cargo("build", variant, false)?;
        self.cargo("check", variant, true)?;
        self.write(variant, FUNCTIONS, first)?;
        let edit = self.cargo("check", variant, true)?;
        Ok(Round { check, edit, build })
    }

    /// Bytes per function of code, unwinding tables and data: the difference of two crates with so many functions.
    fn size(&self, variant: &Variant, functions: [usize; 2]) -> Result<[f64; 3]> {
        let mut measured = [Size::default(); 2];
        for (size, functions) in measured.iter_mut().zip(functions) {
            self.write(variant, functions, 0)?;
            let mut cargo = cargo(&self.folder, &self.target);
            cargo.env("CARGO_INCREMENTAL", "0");
            run(cargo.args(["build", "--release", "--quiet", "--offline", "--package", variant.name]))?;
            *size = elf::size(&self.target.join("release").join(variant.name))?;
        }
        let [few, more] = measured;
        let between = (functions[1] - functions[0]) as f64;
        let each = |part: fn(&Size) -> u64| (part(&more) as f64 - part(&few) as f64) / between;
        Ok([each(|size| size.code), each(|size| size.unwinding), each(|size| size.data)])
    }
}

/// Milliseconds per function.
fn difference(with: Duration, without: Duration) -> f64 {
    (with.as_secs_f64() - without.as_secs_f64()) * 1000.0 / FUNCTIONS as f64
}

fn median(mut figures: Vec<f64>) -> f64 {
    figures.sort_by(f64::total_cmp);
    let middle = figures.len() / 2;
    if figures.len() % 2 == 1 { figures[middle] } else { f64::midpoint(figures[middle - 1], figures[middle]) }
}
