//! Samples of what stands above the policies: services, the whole system, and outboxes.

use super::{
    Family, Value, family,
    sample::{List, seconds},
};
use crate::{
    Registry, Service, Snapshot,
    health::{self, Grade},
    outbox, service,
};

/// Every grade, and 1 for the one that it is.
fn grades(is: Grade) -> impl Iterator<Item = (&'static str, f64)> {
    [Grade::Healthy, Grade::Degraded, Grade::Failed, Grade::Error]
        .into_iter()
        .map(move |grade| (grade.as_str(), f64::from(u8::from(grade == is))))
}

impl List {
    /// The calls of registered services, and the policies of every service.
    pub(super) fn services(&mut self, snapshot: &Snapshot, registered: &[Service]) {
        for service in &snapshot.services {
            self.name = service.name;
            let service::Figures { successes, failures, rejected, cancelled, .. } = service.figures;
            let outcomes = [
                ("success", successes),
                ("failure", failures),
                ("rejected", rejected),
                ("cancelled", cancelled),
            ];
            self.counts(&family::SERVICE_CALLS, "outcome", outcomes);
        }
        for (service, policies) in health::members(snapshot, registered) {
            for policy in policies {
                self.name = policy.name;
                let labels = [("policy", policy.kind.as_str()), ("service", service)];
                self.push(&family::SERVICE_POLICY, labels, Value::Level(1.0));
            }
        }
    }

    /// Scores and grades, if anybody has looked; scores only as long as they are worth something.
    pub(super) fn health(&mut self, registry: &Registry) {
        let Some(report) = registry.health().seen() else { return };
        let is_stale = report.grade == Grade::Error;
        for service in &report.services {
            self.name = service.name;
            let grade = if is_stale { Grade::Error } else { service.grade };
            self.standing(&family::SERVICE_SCORE, &family::SERVICE_GRADE, service.score, grade);
        }
        self.name = "";
        self.standing(&family::SYSTEM_SCORE, &family::SYSTEM_GRADE, report.score, report.grade);
    }

    fn standing(&mut self, scores: &'static Family, family: &'static Family, score: f64, is: Grade) {
        if is != Grade::Error {
            self.level(scores, score);
        }
        for (grade, level) in grades(is) {
            self.push(family, Some(("grade", grade)), Value::Level(level));
        }
    }

    #[allow(clippy::cast_precision_loss)] // At most a hundred million messages.
    pub(super) fn outbox(&mut self, outbox: &outbox::Snapshot) {
        self.name = outbox.name;
        self.level(&family::QUEUED, outbox.queued as f64);
        self.level(&family::CAPACITY, outbox.capacity as f64);
        self.level(&family::OLDEST, seconds(outbox.oldest.unwrap_or_default()));
        self.count(&family::STORED, outbox.stored);
        self.count(&family::DELIVERED, outbox.delivered);
        self.count(&family::OUTBOX_REFUSED, outbox.refused);
        self.count(&family::TAKEN, outbox.taken);
    }
}
