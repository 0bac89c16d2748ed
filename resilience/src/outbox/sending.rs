use std::{future::Future, sync::Arc};

use super::{NotStored, Outbox, Sent, Unsent};
use crate::{Failure, Service};

impl Outbox {
    /// Delivers a message through a service, or stores it: if the call is refused or fails, or if messages are stored before
    /// it.
    ///
    /// # Errors
    ///
    /// The message itself, if the outbox is full or its file cannot be written.
    pub fn send<T, E>(
        &self,
        service: &Service,
        payload: impl Into<Arc<[u8]>>,
        op: impl FnMut(&[u8]) -> Result<T, E>,
    ) -> Result<Sent<T>, Unsent<E>> {
        self.send_if(service, payload, op, |_| true)
    }

    /// The same, storing only messages whose error is worth waiting for; refusals always are. A message that no service
    /// will ever take must not be stored, since it would hold up every one behind it.
    ///
    /// # Errors
    ///
    /// As [`send`](Self::send), or a message whose error is not worth waiting for.
    pub fn send_if<T, E>(
        &self,
        service: &Service,
        payload: impl Into<Arc<[u8]>>,
        mut op: impl FnMut(&[u8]) -> Result<T, E>,
        stores: impl FnOnce(&E) -> bool,
    ) -> Result<Sent<T>, Unsent<E>> {
        let payload = payload.into();
        if !self.line().is_free() {
            return self.store(payload, None);
        }
        match service.call(|| op(&payload)) {
            Ok(value) => Ok(Sent::Delivered(value)),
            Err(failure) => self.store_failed(payload, failure, stores),
        }
    }

    /// As [`send`](Self::send), with a future for each attempt. Dropped before it is ready, it may have delivered the
    /// message or not, and has not stored it.
    ///
    /// # Errors
    ///
    /// As [`send`](Self::send).
    pub async fn send_async<T, E, F>(
        &self,
        service: &Service,
        payload: impl Into<Arc<[u8]>>,
        op: impl FnMut(Arc<[u8]>) -> F,
    ) -> Result<Sent<T>, Unsent<E>>
    where
        F: Future<Output = Result<T, E>>,
    {
        self.send_async_if(service, payload, op, |_| true).await
    }

    /// As [`send_if`](Self::send_if), with a future for each attempt.
    ///
    /// # Errors
    ///
    /// As [`send_if`](Self::send_if).
    pub async fn send_async_if<T, E, F>(
        &self,
        service: &Service,
        payload: impl Into<Arc<[u8]>>,
        mut op: impl FnMut(Arc<[u8]>) -> F,
        stores: impl FnOnce(&E) -> bool,
    ) -> Result<Sent<T>, Unsent<E>>
    where
        F: Future<Output = Result<T, E>>,
    {
        let payload = payload.into();
        if !self.line().is_free() {
            return self.store(payload, None);
        }
        match service.call_async(|| op(Arc::clone(&payload))).await {
            Ok(value) => Ok(Sent::Delivered(value)),
            Err(failure) => self.store_failed(payload, failure, stores),
        }
    }

    fn store_failed<T, E>(
        &self,
        payload: Arc<[u8]>,
        failure: Failure<E>,
        stores: impl FnOnce(&E) -> bool,
    ) -> Result<Sent<T>, Unsent<E>> {
        match failure {
            Failure::Error(error) if !stores(&error) => {
                Err(Unsent { payload, reason: NotStored::NotWanted, failure: Some(Failure::Error(error)) })
            }
            failure => self.store(payload, Some(failure)),
        }
    }

    fn store<T, E>(&self, payload: Arc<[u8]>, failure: Option<Failure<E>>) -> Result<Sent<T>, Unsent<E>> {
        let now = self.0.clock.now();
        match self.line().store(&payload, self.0.capacity, now) {
            Ok(sequence) => {
                self.0.news.notify_all();
                Ok(Sent::Stored(sequence))
            }
            Err(reason) => Err(Unsent { payload, reason, failure }),
        }
    }
}
