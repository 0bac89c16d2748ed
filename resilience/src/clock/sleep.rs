use std::{
    future::Future,
    pin::Pin,
    task::{Context, Poll},
    time::{Duration, Instant},
};

use pin_project_lite::pin_project;

use super::{ManualClock, Nanos, nanos, timer};

/// Waits longer than this are cut to it: about a century, far from every overflow.
const LONGEST: Duration = Duration::from_hours(100 * 365 * 24);

#[cfg(feature = "tokio")]
pin_project! {
    /// A wait on a registry's clock. Allocates nothing.
    #[project = SleepProjection]
    pub(crate) enum Sleep {
        Tokio { #[pin] sleep: tokio::time::Sleep },
        Plain { plain: Plain },
    }
}

#[cfg(not(feature = "tokio"))]
pin_project! {
    /// A wait on a registry's clock. Allocates nothing.
    #[project = SleepProjection]
    pub(crate) enum Sleep {
        Plain { plain: Plain },
    }
}

/// A wait that no runtime does for us.
pub(crate) enum Plain {
    Timer { until: Instant, id: Option<u64> },
    Manual { clock: ManualClock, until: Nanos, id: Option<u64> },
}

impl Sleep {
    pub(super) fn system(wait: Duration) -> Self {
        let wait = wait.min(LONGEST);
        #[cfg(feature = "tokio")]
        if let Some(sleep) = tokio_sleep(wait) {
            return Self::Tokio { sleep };
        }
        Self::Plain { plain: Plain::Timer { until: Instant::now() + wait, id: None } }
    }

    pub(super) fn manual(clock: ManualClock, wait: Duration) -> Self {
        let until = clock.now().saturating_add(nanos(wait));
        Self::Plain { plain: Plain::Manual { clock, until, id: None } }
    }
}

/// A wait on the timer of the tokio runtime that this thread is in.
///
/// A runtime that was built without its timer says so with a panic only, and nobody can ask it before.
#[cfg(feature = "tokio")]
fn tokio_sleep(wait: Duration) -> Option<tokio::time::Sleep> {
    tokio::runtime::Handle::try_current().ok()?;
    std::panic::catch_unwind(|| tokio::time::sleep(wait)).ok()
}

impl Future for Sleep {
    type Output = ();

    // Out of line: tokio's own poll is inlined into it, and every user's function would pay for it in code.
    #[inline(never)]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let reached = match self.project() {
            #[cfg(feature = "tokio")]
            SleepProjection::Tokio { sleep } => {
                // A body that uses up its task's budget at every poll must not starve the timer that bounds it.
                return std::pin::pin!(tokio::task::coop::unconstrained(sleep)).poll(cx);
            }
            SleepProjection::Plain { plain: Plain::Timer { until, id } } => {
                Instant::now() >= *until || {
                    timer::wake_at(*until, id, cx.waker());
                    false
                }
            }
            SleepProjection::Plain { plain: Plain::Manual { clock, until, id } } => {
                clock.reached(*until, id, cx.waker())
            }
        };
        if reached { Poll::Ready(()) } else { Poll::Pending }
    }
}

impl Drop for Plain {
    fn drop(&mut self) {
        match self {
            Self::Timer { until, id: Some(id) } => timer::forget(*until, *id),
            Self::Manual { clock, until, id: Some(id) } => clock.forget(*until, *id),
            Self::Timer { id: None, .. } | Self::Manual { id: None, .. } => {}
        }
    }
}
