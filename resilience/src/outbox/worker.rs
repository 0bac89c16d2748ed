use std::{
    fmt, io,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Arc, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    thread::{self, JoinHandle},
    time::Duration,
};

use super::{Outbox, Stopped, line::Line};
use crate::Service;

/// A thread that drains an [`Outbox`] until this is dropped.
///
/// It drains when a message is stored, and after a failure when `every` has passed. Dropping it waits for the message that
/// it is at. A panic of the operation is a failure to the service, and the worker goes on.
///
/// ```
/// use std::{sync::mpsc, time::Duration};
/// use resilience::{Outbox, Service, circuit_breaker::Config, outbox::Worker};
///
/// let mails = Service::builder("mails").circuit_breaker(Config::new()).register()?;
/// let outbox = Outbox::new("mails", 100)?;
/// let (sent, received) = mpsc::channel();
/// let worker = Worker::start(&outbox, &mails, Duration::from_millis(1), move |mail: &[u8]| sent.send(mail.to_vec()), |_| {})?;
///
/// let breaker = resilience::registry().circuit_breaker("mails").unwrap();
/// breaker.force_open();
/// outbox.send(&mails, *b"hello", |_| Ok::<_, std::io::Error>(()))?;
/// breaker.close();
/// assert_eq!(received.recv()?, b"hello");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use = "the worker stops when this is dropped"]
pub struct Worker {
    outbox: Outbox,
    is_stopping: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Worker {
    /// Starts the thread. `stopped` is told whenever a drain ends before its end.
    ///
    /// # Errors
    ///
    /// The system has no further thread.
    pub fn start<T, E, O, S>(
        outbox: &Outbox,
        service: &Service,
        every: Duration,
        mut op: O,
        mut stopped: S,
    ) -> io::Result<Self>
    where
        O: FnMut(&[u8]) -> Result<T, E> + Send + 'static,
        S: FnMut(&Stopped<E>) + Send + 'static,
    {
        let is_stopping = Arc::new(AtomicBool::new(false));
        let (own, service, stop) = (outbox.clone(), service.clone(), Arc::clone(&is_stopping));
        let thread = thread::Builder::new().name(format!("outbox {}", outbox.name())).spawn(move || {
            while !stop.load(Ordering::Acquire) {
                // A panic was counted by the service, and the message is still the first.
                let drained = catch_unwind(AssertUnwindSafe(|| {
                    let drained = own.drain_until(&service, &mut op, || stop.load(Ordering::Acquire));
                    drained.inspect_err(&mut stopped).is_ok()
                }));
                own.wait_for_news(every, drained.unwrap_or(false), &stop);
            }
        })?;
        Ok(Self { outbox: outbox.clone(), is_stopping, thread: Some(thread) })
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        self.is_stopping.store(true, Ordering::Release);
        // Under the lock, so that the thread is either before its look at the flag or waits already.
        drop(self.outbox.line());
        self.outbox.0.news.notify_all();
        if let Some(thread) = self.thread.take() {
            // Its own panics are caught; there is nothing to be done about another.
            let _ = thread.join();
        }
    }
}

impl Outbox {
    /// Until `every` has passed, or somebody stops; once everything was delivered also until a message is stored.
    fn wait_for_news(&self, every: Duration, was_emptied: bool, stop: &AtomicBool) {
        let goes_on = |line: &mut Line| !stop.load(Ordering::Acquire) && (!was_emptied || line.len() == 0);
        drop(
            self.0
                .news
                .wait_timeout_while(self.line(), every, goes_on)
                .unwrap_or_else(PoisonError::into_inner),
        );
    }
}

impl fmt::Debug for Worker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Worker").field("outbox", &self.outbox).finish_non_exhaustive()
    }
}
