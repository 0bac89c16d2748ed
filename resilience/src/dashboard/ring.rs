//! From the one who watches to everybody who looks on: pieces of the stream, and the last events.
//!
//! Each piece is written once, whoever reads it, and stays for those who are behind. Both rings are bounded, so a client
//! that does not read costs what one that reads does.

use std::{
    collections::VecDeque,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
};

use axum::body::Bytes;
use tokio::sync::watch;

/// The pieces that are kept, and the bytes.
const PIECES: usize = 32;
const BYTES: usize = 4 << 20;
/// The events that are kept.
const EVENTS: usize = 1024;
/// The events that a client that was away is told in one piece.
const AT_ONCE: usize = 64;
/// The streams that may be open.
const STREAMS: usize = 4096;

/// An event of the registry, ready to be sent.
#[derive(Clone)]
pub(super) struct Told {
    pub(super) sequence: u64,
    /// JSON.
    pub(super) text: Arc<str>,
}

/// A piece of the stream.
#[derive(Clone)]
struct Piece {
    text: Bytes,
    /// The last event that was told in it or before.
    sequence: u64,
}

pub(super) struct Ring {
    inner: Mutex<Inner>,
    news: watch::Sender<()>,
}

#[derive(Default)]
struct Inner {
    pieces: VecDeque<Piece>,
    bytes: usize,
    /// The number of the next piece.
    next: u64,
    events: VecDeque<Told>,
    /// The numbers of the last event, and of the last that is no longer there.
    sequence: u64,
    gone: u64,
    /// The number of the first event since somebody watches again, and whether somebody did before.
    since: u64,
    has_paused: bool,
}

/// Where one client stands.
pub(super) struct Reader {
    ring: Arc<Ring>,
    news: watch::Receiver<()>,
    place: Place,
    _seat: Seat,
}

/// What a client has seen.
struct Place {
    /// The number of the piece that comes next.
    next: u64,
    /// The last event that it has been told, and the last that it is to be told before that piece.
    sequence: u64,
    until: u64,
    /// That it has missed nobody knows how many events, if it has and was not told.
    is_lost: bool,
}

/// One of the streams that may be open.
pub(super) struct Seat(Arc<AtomicUsize>);

impl Seat {
    /// One more, if there are not too many.
    pub(super) fn take(streams: &Arc<AtomicUsize>) -> Option<Self> {
        let more = |streams| (streams < STREAMS).then_some(streams + 1);
        streams.fetch_update(Ordering::AcqRel, Ordering::Relaxed, more).ok()?;
        Some(Self(Arc::clone(streams)))
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::AcqRel);
    }
}

impl Ring {
    pub(super) fn new() -> Self {
        Self { inner: Mutex::default(), news: watch::channel(()).0 }
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether anybody reads it.
    pub(super) fn is_read(&self) -> bool {
        self.news.receiver_count() > 0
    }

    /// The number of the last event.
    pub(super) fn sequence(&self) -> u64 {
        self.lock().sequence
    }

    /// Somebody watches again, from the event of this number on.
    pub(super) fn begin(&self, first: u64) {
        let mut inner = self.lock();
        inner.has_paused = inner.since > 0;
        inner.since = first;
        inner.sequence = inner.sequence.max(first.saturating_sub(1));
    }

    /// Hands a piece of the stream, and the events told in it, to everybody; nothing if it is empty.
    pub(super) fn push(&self, text: String, events: Vec<Told>) {
        if text.is_empty() {
            return;
        }
        let mut inner = self.lock();
        for event in events {
            inner.sequence = event.sequence;
            if inner.events.len() == EVENTS {
                inner.gone = inner.events.pop_front().map_or(inner.gone, |event| event.sequence);
            }
            inner.events.push_back(event);
        }
        inner.bytes += text.len();
        inner.next += 1;
        let sequence = inner.sequence;
        inner.pieces.push_back(Piece { text: text.into(), sequence });
        while inner.pieces.len() > PIECES || (inner.bytes > BYTES && inner.pieces.len() > 1) {
            let gone = inner.pieces.pop_front().map_or(0, |piece| piece.text.len());
            inner.bytes -= gone;
        }
        drop(inner);
        self.news.send_replace(());
    }

    /// Nobody looks on: what was kept for those who are behind goes.
    pub(super) fn rest(&self) {
        let mut inner = self.lock();
        inner.pieces = VecDeque::new();
        inner.bytes = 0;
    }

    /// The last events after this number, the oldest first.
    pub(super) fn events(&self, after: u64) -> Vec<Told> {
        let inner = self.lock();
        inner.events.iter().filter(|event| event.sequence > after).cloned().collect()
    }

    /// A client that has seen the events up to this number, or wants only those to come.
    pub(super) fn enter(self: &Arc<Self>, after: Option<u64>, seat: Seat) -> Reader {
        let news = self.news.subscribe();
        let place = self.lock().place(after);
        Reader { ring: Arc::clone(self), news, place, _seat: seat }
    }
}

impl Inner {
    fn place(&self, after: Option<u64>) -> Place {
        let after = after.unwrap_or(self.sequence);
        // A number that is still to come was given by another process: everything here is new.
        let is_foreign = after > self.sequence;
        let is_before = after < self.since && (self.has_paused || after + 1 < self.since);
        Place {
            next: self.next,
            sequence: if is_foreign { self.gone } else { after },
            until: self.sequence,
            is_lost: is_foreign || is_before,
        }
    }

    /// What a client that stands here is told next, if there is something.
    fn read(&self, place: &mut Place) -> Option<Bytes> {
        if std::mem::take(&mut place.is_lost) {
            place.sequence = place.sequence.max(self.gone);
            return Some(missed(None, false).into());
        }
        if place.sequence < place.until {
            if let Some(lost) = self.lost(place) {
                return Some(missed(Some(lost), false).into());
            }
            let (after, until) = (place.sequence, place.until);
            let old = self.events.iter().skip_while(|event| event.sequence <= after);
            let old = old.take_while(|event| event.sequence <= until).take(AT_ONCE);
            let mut text = String::new();
            for event in old {
                text.push_str(&happened(event));
                place.sequence = event.sequence;
            }
            if !text.is_empty() {
                return Some(text.into());
            }
            place.sequence = until;
        }
        if place.next >= self.next {
            return None;
        }
        let oldest = self.next - self.pieces.len() as u64;
        let at = place.next.checked_sub(oldest).and_then(|at| usize::try_from(at).ok());
        if let Some(piece) = at.and_then(|at| self.pieces.get(at)) {
            place.next += 1;
            (place.sequence, place.until) = (piece.sequence, piece.sequence);
            return Some(piece.text.clone());
        }
        (place.next, place.until) = (self.next, self.sequence);
        let lost = self.lost(place).unwrap_or(0);
        Some(missed(Some(lost), true).into())
    }

    /// How many events between those that the client knows and those that are left are gone. It goes on behind them.
    fn lost(&self, place: &mut Place) -> Option<u64> {
        let lost = self.gone.checked_sub(place.sequence).filter(|lost| *lost > 0)?;
        place.sequence = self.gone;
        Some(lost)
    }
}

impl Reader {
    /// The next piece; `None` when nobody will write one.
    pub(super) async fn next(&mut self) -> Option<Bytes> {
        loop {
            self.news.borrow_and_update();
            let text = self.ring.lock().read(&mut self.place);
            if text.is_some() {
                return text;
            }
            self.news.changed().await.ok()?;
        }
    }
}

/// An event as a message of the stream.
pub(super) fn happened(event: &Told) -> String {
    format!("event: happened\nid: {}\ndata: {}\n\n", event.sequence, event.text)
}

/// That so many events are no longer there, or nobody knows how many.
pub(super) fn missed(events: Option<u64>, figures: bool) -> String {
    let events = events.map_or_else(|| "null".to_owned(), |events| events.to_string());
    format!("event: missed\ndata: {{\"events\":{events},\"figures\":{figures}}}\n\n")
}
