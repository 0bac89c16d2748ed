//! Health in the log, under the target of everything that we tell. A subscriber that panics harms nobody.

use std::panic::{AssertUnwindSafe, catch_unwind};

use super::{Change, Grade, Report};
use crate::outbox;

const TARGET: &str = "resilience";

fn tell(event: impl FnOnce()) {
    let _ = catch_unwind(AssertUnwindSafe(event));
}

pub(super) fn change(change: &Change) {
    let Change { service, from, to, score, why, .. } = change;
    let (from, to_name) = (from.as_str(), to.as_str());
    tell(|| {
        if to > &change.from {
            tracing::warn!(target: TARGET, service, from, to = to_name, score, why, "health got worse");
        } else {
            tracing::info!(target: TARGET, service, from, to = to_name, score, why, "health got better");
        }
    });
}

pub(super) fn report(report: &Report) {
    let Report { grade, score, why, direction, .. } = report;
    let (name, direction) = (grade.as_str(), direction.as_str());
    tell(|| {
        if *grade == Grade::Healthy {
            tracing::info!(target: TARGET, grade = name, score, direction, why, "health of the system");
        } else {
            tracing::warn!(target: TARGET, grade = name, score, direction, why, "health of the system");
        }
    });
    for service in report.services.iter().filter(|service| service.grade != Grade::Healthy) {
        let (grade, direction) = (service.grade.as_str(), service.direction.as_str());
        tell(|| {
            tracing::warn!(
                target: TARGET,
                service = service.name, grade, score = service.score, direction, critical = service.critical,
                why = service.why,
                "health of a service"
            );
        });
    }
    for outbox in report.outboxes.iter().filter(|outbox| is_filling(outbox)) {
        tell(|| {
            tracing::warn!(
                target: TARGET,
                outbox = outbox.name, queued = outbox.queued, capacity = outbox.capacity, refused = outbox.refused,
                "an outbox fills up"
            );
        });
    }
    for advice in &report.recommendations {
        tell(|| {
            tracing::info!(
                target: TARGET,
                service = advice.service, rule = advice.rule.as_str(), severity = advice.severity.as_str(),
                "{advice}"
            );
        });
    }
}

/// Whether four fifths of its room are taken, or there was too little already.
const fn is_filling(outbox: &outbox::Snapshot) -> bool {
    outbox.refused > 0 || outbox.queued >= outbox.capacity - outbox.capacity / 5
}

/// A handler panicked; its service's others, and its own next call, go on.
pub(super) fn panicked(service: &str) {
    tell(|| tracing::error!(target: TARGET, service, "a health handler panicked"));
}

/// The system has no further thread; the changes wait.
pub(super) fn no_thread(service: &str, error: &std::io::Error) {
    tell(|| {
        tracing::error!(target: TARGET, service, %error, "health handlers have no thread, they wait for the next sample");
    });
}

/// A sample could not be taken.
pub(super) fn failed() {
    tell(|| tracing::error!(target: TARGET, "a health sample panicked"));
}
