//! Where file and environment are read from.

use std::{ffi::OsString, fmt, path::PathBuf, sync::Arc};

use super::{
    environment::{self, CONFIG},
    problem::{Origin, Problem},
    sheet::Sheet,
};

/// What is read, and read again.
#[derive(Clone, Default)]
pub(crate) struct Sources {
    pub(crate) files: Vec<File>,
    pub(crate) variables: Vec<(OsString, OsString)>,
    /// Read where neither the program nor the environment names one, if it is there.
    pub(crate) default_file: Option<PathBuf>,
}

#[derive(Clone)]
#[cfg_attr(not(feature = "config"), allow(dead_code))] // Nobody can give one then.
pub(crate) enum File {
    Path(PathBuf),
    Text(Arc<str>, Arc<str>),
}

impl fmt::Debug for Sources {
    // The environment is full of secrets.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sources").field("files", &self.files).finish_non_exhaustive()
    }
}

impl fmt::Debug for File {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Path(path) => path.fmt(f),
            Self::Text(name, _) => name.fmt(f),
        }
    }
}

/// What a file holds at the moment, or why it cannot be read.
#[derive(Clone, PartialEq)]
pub(crate) struct Content {
    pub(crate) file: Arc<str>,
    pub(crate) text: Result<Arc<str>, String>,
}

/// Everything that the sources say.
pub(crate) struct Reading {
    pub(crate) file: Sheet,
    pub(crate) environment: Sheet,
    pub(crate) problems: Vec<Problem>,
    pub(crate) warnings: Vec<Problem>,
}

impl Sources {
    fn named_by_environment(&self) -> Option<PathBuf> {
        let is_ours = |name: &OsString| name.to_str().is_some_and(|name| name.eq_ignore_ascii_case(CONFIG));
        let (_, path) = self.variables.iter().find(|(name, _)| is_ours(name))?;
        Some(PathBuf::from(path))
    }

    /// The files to read, now.
    pub(crate) fn paths(&self) -> Vec<File> {
        if !self.files.is_empty() {
            return self.files.clone();
        }
        match (self.named_by_environment(), &self.default_file) {
            (Some(path), _) if path.as_os_str().is_empty() => Vec::new(),
            (Some(path), _) => vec![File::Path(path)],
            (None, Some(path)) if path.exists() => vec![File::Path(path.clone())],
            (None, _) => Vec::new(),
        }
    }

    /// What the files hold. `before` is what they held when they were last read: the default one must stay once it is there.
    pub(crate) fn contents(&self, before: &[Content]) -> Vec<Content> {
        let mut files = self.paths();
        if files.is_empty() && !before.is_empty() {
            files.extend(self.default_file.clone().map(File::Path));
        }
        files.into_iter().map(File::content).collect()
    }

    /// Reads everything.
    pub(crate) fn read(&self, contents: &[Content]) -> Reading {
        let mut file = Sheet::default();
        let mut problems = Vec::new();
        for content in contents {
            problems.extend(read_file(content, &mut file));
        }
        problems.extend(file.check());
        file.spread();
        let environment = environment::read(&self.variables);
        problems.extend(environment.problems);
        let mut warnings = environment.warnings;
        if environment.file.is_some_and(|path| !path.is_empty()) && !self.files.is_empty() {
            warnings.push(Problem {
                origin: Origin::Variable(CONFIG.to_owned()),
                key: String::new(),
                message: "not used, since the program names its own file".to_owned(),
            });
        }
        Reading { file, environment: environment.sheet, problems, warnings }
    }
}

#[cfg(feature = "config")]
fn read_file(content: &Content, sheet: &mut Sheet) -> Vec<Problem> {
    match &content.text {
        Ok(text) => super::file::read(&content.file, text, sheet),
        Err(message) => vec![whole(content, message)],
    }
}

#[cfg(not(feature = "config"))]
fn read_file(content: &Content, _: &mut Sheet) -> Vec<Problem> {
    vec![whole(content, "cannot be read: enable the feature `config` of `resilience`")]
}

fn whole(content: &Content, message: &str) -> Problem {
    Problem {
        origin: Origin::Line(Arc::clone(&content.file), 0),
        key: String::new(),
        message: message.to_owned(),
    }
}

impl File {
    fn content(self) -> Content {
        match self {
            Self::Text(file, text) => {
                let text = if text.len() as u64 > LARGEST { Err(too_large()) } else { Ok(text) };
                Content { file, text }
            }
            Self::Path(path) => {
                let file = Arc::from(path.to_string_lossy().as_ref());
                Content { file, text: read_path(&path) }
            }
        }
    }
}

/// The largest file, in bytes. More is no configuration of ours, and would only take memory and time.
const LARGEST: u64 = 1 << 20;

fn too_large() -> String {
    "larger than 1 MiB".to_owned()
}

#[cfg(feature = "config")]
fn read_path(path: &std::path::Path) -> Result<Arc<str>, String> {
    use std::io::Read;

    let unreadable = |error: std::io::Error| format!("cannot be read: {error}");
    let file = std::fs::File::open(path).map_err(unreadable)?;
    if file.metadata().map_err(unreadable)?.is_dir() {
        return Err("cannot be read: it is a folder".to_owned());
    }
    let mut bytes = Vec::new();
    file.take(LARGEST + 1).read_to_end(&mut bytes).map_err(unreadable)?;
    if bytes.len() as u64 > LARGEST {
        return Err(too_large());
    }
    match String::from_utf8(bytes) {
        Ok(text) => Ok(Arc::from(text)),
        Err(error) => {
            let valid = error.utf8_error().valid_up_to();
            let line = line_at(error.as_bytes(), valid);
            Err(format!("line {line} is not valid UTF-8"))
        }
    }
}

/// The number of the line, from 1, that this byte is in.
#[cfg(feature = "config")]
fn line_at(text: &[u8], at: usize) -> usize {
    // A pass over a file of a mebibyte at most, for a message.
    text.iter().take(at).fold(1, |lines, byte| lines + usize::from(*byte == b'\n'))
}

#[cfg(not(feature = "config"))]
#[allow(clippy::unnecessary_wraps)] // As the other one.
fn read_path(_: &std::path::Path) -> Result<Arc<str>, String> {
    Ok(Arc::from(""))
}
