//! Snapshots as JSON.

use std::{
    ffi::OsString,
    fs::{self, File},
    io::{self, BufWriter, Write},
    path::Path,
    process,
    sync::atomic::{AtomicU64, Ordering},
};

use super::Snapshot;

impl Snapshot {
    /// The snapshot as JSON: an object with `at` and the lists `policies`, `services` and `outboxes`. Names of fields are those of the types and do not
    /// change between versions; times are objects of `secs` and `nanos`.
    ///
    /// ```
    /// use resilience::{circuit_breaker::Config, registry};
    ///
    /// registry().add_circuit_breaker("pictures", Config::new())?;
    /// assert!(registry().snapshot().to_json().contains(r#""name": "pictures""#));
    /// # Ok::<(), resilience::ConfigError>(())
    /// ```
    #[must_use]
    pub fn to_json(&self) -> String {
        // Plain data with text for keys: serde_json cannot refuse it.
        serde_json::to_string_pretty(self).unwrap_or_default()
    }

    /// Writes the snapshot as JSON to a file, whole or not at all: to a file beside it first, which then takes its place.
    /// Whoever reads `path` meanwhile finds the old text or the new one.
    ///
    /// # Errors
    ///
    /// The error of the file system; the file at `path` is as it was.
    pub fn save(&self, path: impl AsRef<Path>) -> io::Result<()> {
        let path = path.as_ref();
        let beside = beside(path)?;
        let written = write(&beside, self).and_then(|()| fs::rename(&beside, path));
        if written.is_err() {
            let _ = fs::remove_file(&beside);
        }
        written
    }
}

fn write(path: &Path, snapshot: &Snapshot) -> io::Result<()> {
    let mut file = BufWriter::new(File::create_new(path)?);
    serde_json::to_writer_pretty(&mut file, snapshot)?;
    file.write_all(b"\n")?;
    file.into_inner()?.sync_all()
}

/// A name in the same folder that nobody else uses.
fn beside(path: &Path) -> io::Result<std::path::PathBuf> {
    static NUMBER: AtomicU64 = AtomicU64::new(0);
    let Some(name) = path.file_name() else {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "a snapshot needs the path of a file"));
    };
    let number = NUMBER.fetch_add(1, Ordering::Relaxed);
    let mut beside = OsString::from(".");
    beside.push(name);
    beside.push(format!(".{}-{number}", process::id()));
    Ok(path.with_file_name(beside))
}
