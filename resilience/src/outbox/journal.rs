//! The file of an outbox: what is stored is appended and synced before its sender hears of it, what is delivered is noted
//! behind it, and when most of the file is no longer needed it is written anew beside it and put in its place.

use std::{
    collections::VecDeque,
    ffi::OsString,
    fs::{self, File, OpenOptions, TryLockError},
    io::{self, Write},
    path::{Path, PathBuf},
};

use super::record::{self, MAGIC, Rest, Stored};

/// A smaller file is not worth writing anew.
const SMALL: u64 = 64 * 1024;

/// The file of an outbox.
pub(super) struct Journal {
    path: PathBuf,
    file: File,
    // Held as long as the file is used.
    _lock: File,
    /// The bytes that are known to be whole.
    length: u64,
    /// Those of them that belong to messages that are still to be delivered.
    live: u64,
    /// What could not be taken back lies behind `length`.
    is_broken: bool,
    /// Why the file could not be written anew the last time, if it could not.
    problem: Option<String>,
}

/// What was found in the file of an outbox when it was opened.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct Recovery {
    /// Messages that were still to be delivered.
    pub messages: usize,
    /// Bytes of a message that was being written when the process ended: its sender was never told that it is stored.
    pub torn_bytes: u64,
    /// Where the bytes lie that were damaged, and everything behind them. They may hold messages.
    pub set_aside: Option<PathBuf>,
}

impl Journal {
    pub(super) fn open(path: &Path) -> io::Result<(Self, VecDeque<Stored>, u64, Recovery)> {
        Self::read(path).map_err(|error| about(path, error))
    }

    fn read(path: &Path) -> io::Result<(Self, VecDeque<Stored>, u64, Recovery)> {
        let lock = lock(path)?;
        let bytes = match fs::read(path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::NotFound => Vec::new(),
            Err(error) => return Err(error),
        };
        let is_torn_at_birth = bytes.len() < MAGIC.len() && MAGIC.starts_with(&bytes);
        let Some(records) = bytes.strip_prefix(MAGIC).or(is_torn_at_birth.then_some(&[])) else {
            let message = format!("`{}` is not the file of an outbox: give another path", path.display());
            return Err(io::Error::new(io::ErrorKind::InvalidData, message));
        };
        let scan = record::scan(records);
        let rest = &records[scan.good..];
        let mut recovery = Recovery { messages: scan.live.len(), ..Recovery::default() };
        match scan.rest {
            Rest::None => {}
            Rest::Torn => recovery.torn_bytes = rest.len() as u64,
            Rest::Damaged => recovery.set_aside = Some(set_aside(path, rest)?),
        }
        let live = scan.live.iter().map(|stored| record::size(stored.payload.len())).sum();
        let file = write_anew(path, &scan.live)?;
        let journal = Self {
            path: path.to_owned(),
            file,
            _lock: lock,
            length: MAGIC.len() as u64 + live,
            live,
            is_broken: false,
            problem: None,
        };
        Ok((journal, scan.live, scan.last, recovery))
    }

    /// Stores a message; when this returns it is on the disk.
    pub(super) fn store(&mut self, stored: &Stored) -> io::Result<()> {
        let too_long = || io::Error::new(io::ErrorKind::InvalidInput, "a message has at most 4 GiB");
        let bytes = record::message(stored).ok_or_else(too_long);
        bytes.and_then(|bytes| self.append(&bytes, true)).map_err(|error| about(&self.path, error))?;
        self.live += record::size(stored.payload.len());
        Ok(())
    }

    /// Notes that a message, and every one before it, needs no further delivery. Not synced: if the note is lost, the message
    /// comes again.
    pub(super) fn forget<'a>(
        &mut self,
        stored: &Stored,
        left: impl ExactSizeIterator<Item = &'a Stored>,
    ) -> io::Result<()> {
        self.live = self.live.saturating_sub(record::size(stored.payload.len()));
        if left.len() == 0 || (self.length > SMALL && self.length / 2 > self.live) {
            let compacted = self.compact(left).map_err(|error| about(&self.path, error).to_string());
            self.problem = compacted.err();
            if self.problem.is_none() {
                return Ok(());
            }
            // The old file is as good as it was, and can be told.
        }
        let noted = record::delivered(stored.sequence).map_or(Ok(()), |bytes| self.append(&bytes, false));
        noted.map_err(|error| about(&self.path, error))
    }

    /// Why the file grows, if it does.
    pub(super) fn problem(&self) -> Option<&str> {
        self.problem.as_deref()
    }

    fn append(&mut self, bytes: &[u8], sync: bool) -> io::Result<()> {
        // Half a record would hide every one behind it.
        if self.is_broken {
            self.file.set_len(self.length)?;
            self.is_broken = false;
        }
        let written =
            self.file.write_all(bytes).and_then(|()| if sync { self.file.sync_data() } else { Ok(()) });
        match written {
            Ok(()) => self.length += bytes.len() as u64,
            Err(_) => self.is_broken = self.file.set_len(self.length).is_err(),
        }
        written
    }

    fn compact<'a>(&mut self, left: impl ExactSizeIterator<Item = &'a Stored>) -> io::Result<()> {
        if left.len() == 0 {
            self.file.set_len(MAGIC.len() as u64)?;
        } else {
            self.file = write_anew(&self.path, left)?;
        }
        self.length = MAGIC.len() as u64 + self.live;
        self.is_broken = false;
        Ok(())
    }
}

/// Says which file it is; a message of our own does already.
fn about(path: &Path, error: io::Error) -> io::Error {
    match error.raw_os_error() {
        Some(_) => io::Error::new(error.kind(), format!("`{}`: {error}", path.display())),
        None => error,
    }
}

/// Writes the file beside the one that is there, and puts it in its place when it is whole and on the disk.
fn write_anew<'a>(path: &Path, messages: impl IntoIterator<Item = &'a Stored>) -> io::Result<File> {
    let beside = with_suffix(path, ".new");
    let written = write(&beside, messages).and_then(|file| fs::rename(&beside, path).map(|()| file));
    if written.is_ok() {
        sync_folder(path);
    } else {
        // Half of it would take room on a disk that may have none.
        let _ = fs::remove_file(&beside);
    }
    written
}

fn write<'a>(path: &Path, messages: impl IntoIterator<Item = &'a Stored>) -> io::Result<File> {
    let mut file = File::create(path)?;
    let mut bytes = MAGIC.to_vec();
    for stored in messages {
        bytes.extend(record::message(stored).unwrap_or_default());
    }
    file.write_all(&bytes)?;
    file.sync_all()?;
    // Opened before it has its name: afterwards an error would leave the journal with a file that nobody finds.
    OpenOptions::new().append(true).open(path)
}

/// The rename itself is on the disk once its folder is. Not every system lets a folder be synced; there it follows later.
fn sync_folder(path: &Path) {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    if let Ok(folder) = File::open(folder.unwrap_or(Path::new("."))) {
        let _ = folder.sync_all();
    }
}

fn lock(path: &Path) -> io::Result<File> {
    let lock = File::create(with_suffix(path, ".lock"))?;
    match lock.try_lock() {
        Ok(()) => Ok(lock),
        Err(TryLockError::WouldBlock) => {
            let message =
                format!("another outbox has `{}` open: give each a file of its own", path.display());
            Err(io::Error::new(io::ErrorKind::ResourceBusy, message))
        }
        Err(TryLockError::Error(error)) => Err(error),
    }
}

/// Keeps bytes that cannot be read under a name that nothing else has.
fn set_aside(path: &Path, bytes: &[u8]) -> io::Result<PathBuf> {
    for number in 1..u32::MAX {
        let aside = with_suffix(path, &format!(".damaged{number}"));
        match OpenOptions::new().write(true).create_new(true).open(&aside) {
            Ok(mut file) => {
                file.write_all(bytes)?;
                file.sync_all()?;
                return Ok(aside);
            }
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(error),
        }
    }
    Err(io::Error::other("every name for damaged bytes is taken"))
}

fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = OsString::from(path);
    name.push(suffix);
    PathBuf::from(name)
}
