//! The atomics and locks of the state machines, so that loom and shuttle can stand in for the standard library.

#[cfg(not(any(resilience_loom, resilience_shuttle)))]
pub(crate) use std::sync::{
    Mutex, MutexGuard, RwLock, RwLockReadGuard, RwLockWriteGuard,
    atomic::{AtomicU32, AtomicU64, Ordering},
};

#[cfg(resilience_loom)]
pub(crate) use loom::sync::{
    Mutex, MutexGuard, RwLock, RwLockReadGuard, RwLockWriteGuard,
    atomic::{AtomicU32, AtomicU64, Ordering},
};

#[cfg(resilience_shuttle)]
pub(crate) use shuttle::sync::{
    Mutex, MutexGuard, RwLock, RwLockReadGuard, RwLockWriteGuard,
    atomic::{AtomicU32, AtomicU64, Ordering},
};

/// Locks, and goes on after a panic of another holder: every critical section of ours leaves its data whole.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}

/// The number of this thread in a model, from 0.
#[cfg(any(resilience_loom, resilience_shuttle))]
pub(crate) fn thread_number() -> usize {
    #[cfg(resilience_loom)]
    use loom::{lazy_static, thread_local};
    #[cfg(resilience_shuttle)]
    use shuttle::{lazy_static, thread_local};
    use std::sync::atomic::AtomicUsize;

    lazy_static! {
        // Not the model's own: which number a thread gets is no matter of it.
        static ref NEXT: AtomicUsize = AtomicUsize::new(0);
    }
    thread_local! {
        static NUMBER: usize = NEXT.fetch_add(1, Ordering::Relaxed);
    }
    NUMBER.with(|number| *number)
}
