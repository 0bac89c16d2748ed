use std::{
    fmt, io,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread,
};

use super::{Event, Events, Missed, bus::Bus};

/// A listener is told of events while this lives; see [`Registry::listen`](crate::Registry::listen).
#[must_use = "the listener stops when this is dropped"]
pub struct Listening {
    bus: Arc<Bus>,
    stop: Arc<AtomicBool>,
}

impl Listening {
    pub(super) fn start<F>(mut events: Events, mut listener: F) -> io::Result<Self>
    where
        F: FnMut(Result<&Event, Missed>) + Send + 'static,
    {
        let stop = Arc::new(AtomicBool::new(false));
        let listening = Self { bus: Arc::clone(events.bus()), stop: Arc::clone(&stop) };
        let listen = move || {
            let stopped = || stop.load(Ordering::Acquire);
            while let Some(heard) = events.next_until(stopped) {
                if stopped() {
                    break;
                }
                let heard = heard.as_ref().map(|event| &**event).map_err(|missed| *missed);
                // A panic is the listener's own: the next event finds it as it is.
                let _ = catch_unwind(AssertUnwindSafe(|| listener(heard)));
            }
        };
        thread::Builder::new().name("resilience-listener".into()).spawn(listen)?;
        Ok(listening)
    }

    /// Listens as long as the registry lives.
    pub fn forever(self) {
        std::mem::forget(self);
    }
}

impl Drop for Listening {
    fn drop(&mut self) {
        // The thread ends by itself: waiting for it would wait for a listener that blocks.
        self.stop.store(true, Ordering::Release);
        self.bus.nudge();
    }
}

impl fmt::Debug for Listening {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Listening").finish_non_exhaustive()
    }
}
