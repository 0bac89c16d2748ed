use std::{error::Error, fmt, sync::Arc};

/// Where a setting is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Origin {
    /// A line of a file, from 1; 0 for the file as a whole.
    Line(Arc<str>, usize),
    Variable(String),
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Line(file, 0) => f.write_str(file),
            Self::Line(file, line) => write!(f, "{file}:{line}"),
            Self::Variable(name) => f.write_str(name),
        }
    }
}

/// One thing that is wrong with a file or the environment: where, what, and what to write instead.
///
/// ```text
/// resilience.toml:12: circuit_breaker.quotes.treshold: unknown key, did you mean `threshold`?
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    pub(super) origin: Origin,
    /// `circuit_breaker.quotes.treshold`; empty for the whole, and where the origin says it already.
    pub(super) key: String,
    pub(super) message: String,
}

impl Problem {
    /// The file, as it was named, or the variable of the environment.
    #[must_use]
    pub fn source_name(&self) -> &str {
        match &self.origin {
            Origin::Line(file, _) => file,
            Origin::Variable(name) => name,
        }
    }

    /// The line of the file, from 1; `None` for the file as a whole and for the environment.
    #[must_use]
    pub const fn line(&self) -> Option<usize> {
        match &self.origin {
            Origin::Line(_, line) if *line > 0 => Some(*line),
            _ => None,
        }
    }

    /// The key with its sections, `circuit_breaker.quotes.threshold`; empty where it is the whole file or the variable's
    /// own name.
    #[must_use]
    pub fn key(&self) -> &str {
        &self.key
    }

    /// What is wrong, and what to write instead.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.message
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: ", self.origin)?;
        if !self.key.is_empty() {
            write!(f, "{}: ", self.key)?;
        }
        f.write_str(&self.message)
    }
}

/// Everything that is wrong with the layers, in the order of files and lines, then of the environment; one per line when
/// it is displayed.
///
/// Nothing of layers with a problem is applied.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problems(pub(super) Vec<Problem>);

impl Problems {
    /// Each of them.
    pub fn iter(&self) -> std::slice::Iter<'_, Problem> {
        self.0.iter()
    }
}

impl<'a> IntoIterator for &'a Problems {
    type Item = &'a Problem;
    type IntoIter = std::slice::Iter<'a, Problem>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, problem) in self.0.iter().enumerate() {
            if at > 0 {
                f.write_str("\n")?;
            }
            problem.fmt(f)?;
        }
        Ok(())
    }
}

impl Error for Problems {}
