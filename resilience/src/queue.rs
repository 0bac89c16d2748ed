//! Callers who wait, first come first served.
//!
//! A bulkhead and a rate limit keep their waiting callers in the same kind of queue. A caller takes a ticket and
//! leaves its waker; tickets only grow, so the queue is sorted by them and a caller that is polled again finds itself
//! by binary search. A ticket that is no longer in the queue has been served. Nothing is allocated for a single caller.
//!
//! The queue lies under the lock of its policy. Wakers are foreign code, so they are collected under the lock and
//! called after it.

use std::{
    collections::VecDeque,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Arc,
    task::{Wake, Waker},
    thread::Thread,
};

/// Waiting callers, the longest waiting first, with a note about each.
pub(crate) struct Queue<T> {
    next_ticket: u64,
    callers: VecDeque<Caller<T>>,
}

/// A caller who waits.
pub(crate) struct Caller<T> {
    ticket: u64,
    waker: Waker,
    pub(crate) note: T,
}

impl<T> Queue<T> {
    pub(crate) const fn new() -> Self {
        Self { next_ticket: 0, callers: VecDeque::new() }
    }

    pub(crate) fn len(&self) -> usize {
        self.callers.len()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.callers.is_empty()
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &Caller<T>> {
        self.callers.iter()
    }

    /// Adds a caller at the end.
    pub(crate) fn push(&mut self, waker: Waker, note: T) -> u64 {
        let ticket = self.next_ticket;
        self.next_ticket += 1;
        self.callers.push_back(Caller { ticket, waker, note });
        ticket
    }

    /// How many callers stand before this one, if it still waits.
    pub(crate) fn position(&self, ticket: u64) -> Option<usize> {
        self.callers.binary_search_by_key(&ticket, |caller| caller.ticket).ok()
    }

    pub(crate) fn get_mut(&mut self, position: usize) -> Option<&mut Caller<T>> {
        self.callers.get_mut(position)
    }

    /// The wakers of all callers.
    pub(crate) fn wakers(&self) -> Wakers {
        let mut wakers = Wakers::default();
        self.callers.iter().for_each(|caller| wakers.add(caller.waker.clone()));
        wakers
    }

    /// Takes a caller out, wherever it stands.
    pub(crate) fn remove(&mut self, ticket: u64) -> Option<Caller<T>> {
        self.callers.remove(self.position(ticket)?)
    }

    /// Takes the longest waiting caller out.
    pub(crate) fn pop(&mut self) -> Option<Waker> {
        self.callers.pop_front().map(|caller| caller.waker)
    }
}

impl<T> Caller<T> {
    pub(crate) fn waker(&self) -> &Waker {
        &self.waker
    }

    /// Takes over the waker of the newest poll. Returns the old one, for dropping outside the lock.
    pub(crate) fn renew(&mut self, waker: &Waker) -> Option<Waker> {
        if self.waker.will_wake(waker) {
            None
        } else {
            Some(std::mem::replace(&mut self.waker, waker.clone()))
        }
    }
}

/// Wakers to be called once the lock is released. Nearly always there is one at most, which allocates nothing.
#[must_use]
#[derive(Default)]
pub(crate) struct Wakers {
    first: Option<Waker>,
    more: Vec<Waker>,
}

impl Wakers {
    pub(crate) fn add(&mut self, waker: Waker) {
        if self.first.is_none() {
            self.first = Some(waker);
        } else {
            self.more.push(waker);
        }
    }

    /// Calls them all. One that panics must not keep the others, whose places are already theirs, asleep; nor may it
    /// turn a place given back while unwinding into an abort.
    pub(crate) fn wake(self) {
        for waker in self.first.into_iter().chain(self.more) {
            let _ = catch_unwind(AssertUnwindSafe(|| waker.wake()));
        }
    }
}

/// A waker that unparks this thread, so that blocked callers stand in the same queue as futures.
pub(crate) fn thread_waker() -> Waker {
    struct Unpark(Thread);

    impl Wake for Unpark {
        fn wake(self: Arc<Self>) {
            self.0.unpark();
        }

        fn wake_by_ref(self: &Arc<Self>) {
            self.0.unpark();
        }
    }

    Arc::new(Unpark(std::thread::current())).into()
}
