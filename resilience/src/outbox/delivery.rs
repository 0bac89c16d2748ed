use std::{convert::Infallible, future::Future, io, sync::Arc, time::Duration};

use super::{Message, Outbox, Stopped};
use crate::Service;

/// One drain at a time, or messages would overtake each other.
struct Draining<'a>(&'a Outbox);

impl<'a> Draining<'a> {
    fn begin(outbox: &'a Outbox) -> Option<Self> {
        let mut line = outbox.line();
        if line.is_draining {
            return None;
        }
        line.is_draining = true;
        Some(Self(outbox))
    }

    fn first(&self) -> Option<Message> {
        self.0.line().first()
    }

    fn delivered(&self) -> io::Result<()> {
        let mut line = self.0.line();
        line.delivered += 1;
        line.forget_first()
    }
}

impl Drop for Draining<'_> {
    fn drop(&mut self) {
        self.0.line().is_draining = false;
    }
}

impl Outbox {
    /// Delivers what is stored through the service, the oldest message first, until nothing is left. How many were
    /// delivered.
    ///
    /// # Errors
    ///
    /// [`Stopped`]: another drain is at work, or a message could not be delivered and is still the first, or the file could
    /// not be told of a delivery.
    pub fn drain<T, E>(
        &self,
        service: &Service,
        mut op: impl FnMut(&[u8]) -> Result<T, E>,
    ) -> Result<usize, Stopped<E>> {
        self.drain_until(service, &mut op, || false)
    }

    pub(super) fn drain_until<T, E>(
        &self,
        service: &Service,
        op: &mut impl FnMut(&[u8]) -> Result<T, E>,
        stop: impl Fn() -> bool,
    ) -> Result<usize, Stopped<E>> {
        let draining = Draining::begin(self).ok_or(Stopped::Busy)?;
        let mut delivered = 0;
        while let Some(message) = draining.first()
            && !stop()
        {
            match service.call(|| op(&message.payload)) {
                Ok(_) => delivered += 1,
                Err(failure) => return Err(Stopped::Failed { delivered, message, failure }),
            }
            draining.delivered().map_err(|error| Stopped::File { delivered, error })?;
        }
        Ok(delivered)
    }

    /// As [`drain`](Self::drain), with a future for each attempt. Dropped before it is ready, it may have delivered the
    /// message that it was at, which comes again.
    ///
    /// # Errors
    ///
    /// As [`drain`](Self::drain).
    pub async fn drain_async<T, E, F>(
        &self,
        service: &Service,
        mut op: impl FnMut(Arc<[u8]>) -> F,
    ) -> Result<usize, Stopped<E>>
    where
        F: Future<Output = Result<T, E>>,
    {
        let draining = Draining::begin(self).ok_or(Stopped::Busy)?;
        let mut delivered = 0;
        while let Some(message) = draining.first() {
            match service.call_async(|| op(Arc::clone(&message.payload))).await {
                Ok(_) => delivered += 1,
                Err(failure) => return Err(Stopped::Failed { delivered, message, failure }),
            }
            draining.delivered().map_err(|error| Stopped::File { delivered, error })?;
        }
        Ok(delivered)
    }

    /// Drains for ever, and again after `every` when there is nothing to deliver or something could not be: spawn it on a
    /// runtime, and drop it to stop. `stopped` is told whenever a drain ends before its end.
    pub async fn deliver<T, E, F>(
        &self,
        service: &Service,
        every: Duration,
        mut op: impl FnMut(Arc<[u8]>) -> F,
        mut stopped: impl FnMut(&Stopped<E>),
    ) -> Infallible
    where
        F: Future<Output = Result<T, E>>,
    {
        loop {
            if let Err(problem) = self.drain_async(service, &mut op).await {
                stopped(&problem);
            }
            self.0.clock.sleep(every).await;
        }
    }

    /// Takes the oldest message out undelivered: one that no service will ever take, for example, and that holds up those
    /// behind it.
    ///
    /// # Errors
    ///
    /// [`Stopped::Busy`] while a drain is at work, [`Stopped::File`] if the file could not be told: the message is taken out,
    /// and will come again after a restart, unless a later one is noted before.
    pub fn take_first(&self) -> Result<Option<Message>, Stopped<Infallible>> {
        let draining = Draining::begin(self).ok_or(Stopped::Busy)?;
        let Some(message) = draining.first() else { return Ok(None) };
        let mut line = self.line();
        line.taken += 1;
        line.forget_first().map_err(|error| Stopped::File { delivered: 0, error })?;
        Ok(Some(message))
    }
}
