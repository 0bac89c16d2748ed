//! Cargo as a child process, with the time that it and the compilers below it took.

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::{self, Command},
    time::{Duration, Instant},
};

use crate::Result;

/// A folder of this run alone, removed at its end.
pub(crate) struct Folder(PathBuf);

impl Folder {
    pub(crate) fn new() -> Result<Self> {
        let path = env::temp_dir().join(format!("resilience-compile-{}", process::id()));
        fs::create_dir_all(&path)?;
        Ok(Self(path.canonicalize()?))
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// How long a build took: on the wall, and of processor time in all its processes.
#[derive(Clone, Copy)]
pub(crate) struct Took {
    pub(crate) wall: Duration,
    pub(crate) cpu: Duration,
}

/// Cargo on the package or workspace in `folder`, away from the settings of the run that calls this program.
pub(crate) fn cargo(folder: &Path, target: &Path) -> Command {
    let mut cargo = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    for (name, _) in env::vars_os() {
        let name_text = name.to_string_lossy();
        if name_text.starts_with("CARGO_PROFILE_") || name_text.starts_with("CARGO_PKG_") {
            cargo.env_remove(name);
        }
    }
    cargo.current_dir(folder).env("CARGO_TARGET_DIR", target).env_remove("RUSTFLAGS");
    cargo
}

/// Runs it to its end.
pub(crate) fn run(command: &mut Command) -> Result<Took> {
    let (start, used) = (Instant::now(), children()?);
    let output = command.output()?;
    let took = Took { wall: start.elapsed(), cpu: children()?.saturating_sub(used) };
    if output.status.success() {
        return Ok(took);
    }
    Err(format!("{command:?}: {}\n{}", output.status, String::from_utf8_lossy(&output.stderr)).into())
}

/// The lines that it prints.
pub(crate) fn lines(command: &mut Command) -> Result<Vec<String>> {
    let output = command.output()?;
    if !output.status.success() {
        return Err(
            format!("{command:?}: {}\n{}", output.status, String::from_utf8_lossy(&output.stderr)).into()
        );
    }
    Ok(String::from_utf8(output.stdout)?.lines().map(str::to_owned).collect())
}

/// Processor time of every child so far that has ended. Zero where there is no `/proc`.
fn children() -> Result<Duration> {
    let Ok(stat) = fs::read_to_string("/proc/self/stat") else { return Ok(Duration::ZERO) };
    // The second field is the name in brackets, which may have blanks; `cutime` and `cstime` are the 16th and 17th.
    let fields = stat.rsplit_once(')').ok_or("no name in /proc/self/stat")?.1.split_whitespace();
    let ticks: u64 = fields.skip(13).take(2).map(str::parse::<u64>).sum::<std::result::Result<_, _>>()?;
    Ok(Duration::from_millis(ticks * 10)) // USER_HZ is 100 on every Linux that Rust runs on.
}
