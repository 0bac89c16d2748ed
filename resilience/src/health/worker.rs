//! The thread that takes the samples.

use std::{
    future::{Future, poll_fn},
    io,
    panic::{AssertUnwindSafe, catch_unwind},
    pin::pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError, Weak, mpsc},
    task::Poll,
    thread,
    time::Duration,
};

use super::{
    Health, log,
    wait::{Order, Signal, block_on},
};
use crate::{
    Clock, Registry,
    clock::{Nanos, Sleep},
    registry::Inner,
};

/// The thread of a registry, if somebody started one. Dropped with the registry, which ends the thread.
#[derive(Default)]
pub(super) struct Worker(Mutex<Option<Arc<Signal>>>);

impl Worker {
    fn lock(&self) -> MutexGuard<'_, Option<Arc<Signal>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Starts the thread, if there is none. It waits on the registry's clock, so a test moves it with a manual one, and
    /// whoever does that after this call moves it for certain.
    pub(super) fn start(&self, health: &Health) -> io::Result<()> {
        let mut current = self.lock();
        if current.is_some() {
            return Ok(());
        }
        let signal = Arc::new(Signal::new());
        let (registry, clock) =
            (Arc::downgrade(health.registry.inner()), health.registry.inner().home.clock.clone());
        let (orders, interval) = (Arc::clone(&signal), health.interval());
        let (ready, is_ready) = mpsc::sync_channel(1);
        thread::Builder::new().name("resilience-health".into()).spawn(move || {
            // Made here, not by the caller: on a thread outside every runtime it needs none.
            let (began, sleep) = (clock.now(), clock.sleep(interval));
            let _ = ready.send(());
            run(&registry, &clock, (began, sleep), &orders);
        })?;
        let _ = is_ready.recv();
        *current = Some(signal);
        Ok(())
    }

    pub(super) fn stop(&self) {
        if let Some(signal) = self.lock().take() {
            signal.give(Order::Stop);
        }
    }

    /// The interval is another one.
    pub(super) fn nudge(&self) {
        if let Some(signal) = self.lock().as_ref() {
            signal.give(Order::Again);
        }
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        self.stop();
    }
}

fn run(registry: &Weak<Inner>, clock: &Clock, (mut began, mut sleep): (Nanos, Sleep), orders: &Signal) {
    loop {
        let order = block_on(wait(sleep, orders));
        let Some(inner) = registry.upgrade() else { return };
        let health = Registry::of(inner).health();
        match order {
            Order::Stop => return,
            // What has passed of the old interval counts, so that nobody who changes it keeps the next sample away.
            Order::Again => {
                let passed = Duration::from_nanos(clock.now().saturating_sub(began));
                sleep = clock.sleep(health.interval().saturating_sub(passed));
            }
            Order::None => {
                // From the beginning of the sample, however long that takes.
                began = clock.now();
                sleep = clock.sleep(health.interval());
                sample(&health);
            }
        }
    }
}

fn sample(health: &Health) {
    // The next sample may fare better.
    if let Err(panic) = catch_unwind(AssertUnwindSafe(|| health.look())) {
        std::mem::forget(panic);
        log::failed();
    }
}

/// Waits for `sleep`, or for an order.
async fn wait(sleep: impl Future<Output = ()>, orders: &Signal) -> Order {
    let mut sleep = pin!(sleep);
    poll_fn(|cx| match orders.poll(cx) {
        Poll::Ready(order) => Poll::Ready(order),
        Poll::Pending => sleep.as_mut().poll(cx).map(|()| Order::None),
    })
    .await
}
