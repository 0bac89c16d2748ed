//! The outbox: writes for a service that cannot take them now.

mod crashes;
mod draining;
mod file;
#[cfg(target_os = "linux")]
mod full_disk;
mod listing;
mod sending;
mod workers;

use std::{
    cell::RefCell,
    fs,
    path::{Path, PathBuf},
    pin::{Pin, pin},
    task::{Context, Poll, Waker},
    time::Duration,
};

use resilience::{
    CircuitBreaker, ManualClock, Outbox, Service, circuit_breaker,
    testing::{Entered, Scope},
};

const MS: Duration = Duration::from_millis(1);

/// A service and its breaker in a registry of their own, on a clock that stands still.
struct Stage {
    clock: ManualClock,
    service: Service,
    breaker: CircuitBreaker,
    _inside: Entered,
}

impl Stage {
    fn new() -> Self {
        let clock = ManualClock::new();
        let scope = Scope::with_clock(clock.clone());
        let inside = scope.enter();
        let config = circuit_breaker::Config::new().threshold(1000);
        let service = Service::builder("store").circuit_breaker(config).register().unwrap();
        let breaker = scope.registry().circuit_breaker("store").unwrap();
        Self { clock, service, breaker, _inside: inside }
    }

    fn outbox(&self, capacity: usize) -> Outbox {
        Outbox::with_clock("orders", capacity, self.clock.clone()).unwrap()
    }

    fn degrade(&self) {
        self.breaker.force_open();
    }

    fn recover(&self) {
        self.breaker.close();
    }

    /// Stores messages while the service is degraded.
    fn store(&self, outbox: &Outbox, messages: &[&str]) {
        self.degrade();
        for message in messages {
            outbox.send(&self.service, message.as_bytes(), |_| Ok::<_, &str>(())).unwrap();
        }
        self.recover();
    }

    fn drained(&self, outbox: &Outbox) -> Vec<String> {
        let seen = Seen::default();
        outbox.drain(&self.service, |payload| seen.take(payload)).unwrap();
        seen.all()
    }
}

/// What the dependency was given.
#[derive(Default)]
struct Seen(RefCell<Vec<String>>);

impl Seen {
    #[allow(clippy::unnecessary_wraps, reason = "an operation returns a result")]
    fn take(&self, payload: &[u8]) -> Result<(), &'static str> {
        self.0.borrow_mut().push(String::from_utf8(payload.to_vec()).unwrap());
        Ok(())
    }

    fn all(&self) -> Vec<String> {
        self.0.borrow().clone()
    }
}

/// A folder that is removed at the end of the test.
struct Folder(PathBuf);

impl Folder {
    fn new(test: &str) -> Self {
        let folder = std::env::temp_dir().join(format!("resilience-outbox-{}-{test}", std::process::id()));
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(&folder).unwrap();
        Self(folder)
    }

    fn file(&self) -> PathBuf {
        self.0.join("orders")
    }

    fn files(&self) -> Vec<String> {
        let names =
            fs::read_dir(&self.0).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
        let mut names: Vec<_> = names.collect();
        names.sort();
        names
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

impl AsRef<Path> for Folder {
    fn as_ref(&self) -> &Path {
        &self.0
    }
}

fn poll<F: Future>(future: Pin<&mut F>) -> Poll<F::Output> {
    future.poll(&mut Context::from_waker(Waker::noop()))
}

/// What a future that never waits is ready with.
fn now<F: Future>(future: F) -> F::Output {
    match poll(pin!(future)) {
        Poll::Ready(output) => output,
        Poll::Pending => panic!("it waits"),
    }
}
