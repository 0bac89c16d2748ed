//! What is known between two samples.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::{Duration, SystemTime},
};

use super::{
    Change, Grade, Recommendation, Report, ServiceReport, Signs,
    advice::{self, Case, Member},
    grade::Course,
    membership,
    minute::Minute,
    reading::Reading,
    signs,
    trend::{self, Track},
};
use crate::{Figures, PolicyKind, PolicySnapshot, Service, Snapshot, clock::Nanos, outbox};

/// What is followed: a policy by kind and name, or without a kind the calls of a registered service.
type Key = (Option<PolicyKind>, &'static str);

/// How much more a critical service weighs in the score of the system.
const CRITICAL_WEIGHT: f64 = 4.0;

#[derive(Default)]
pub(super) struct Ledger {
    /// When the first sample was taken: the beginning of all seconds and minutes.
    first: Option<Nanos>,
    last: Option<Taken>,
    tracks: BTreeMap<Key, Track>,
    courses: BTreeMap<&'static str, Course>,
    system: Option<Course>,
    pub(super) critical: BTreeSet<String>,
}

/// The last sample.
struct Taken {
    at: Nanos,
    wall: SystemTime,
    services: Vec<Seen>,
    recommendations: Vec<Recommendation>,
    policies: usize,
    outboxes: Vec<outbox::Snapshot>,
}

/// One service in it.
struct Seen {
    name: &'static str,
    is_critical: bool,
    has_fallback: bool,
    signs: Signs,
    why: String,
    keys: Vec<Key>,
}

impl Ledger {
    /// Takes a sample. Returns the services whose grade it changed.
    pub(super) fn take(&mut self, snapshot: &Snapshot, registered: &[Service], now: Nanos) -> Vec<Change> {
        let second = trend::seconds(*self.first.get_or_insert(now), now);
        self.follow(snapshot, registered, second);
        let mut changes = Vec::new();
        let mut services = Vec::new();
        let mut recommendations = Vec::new();
        let grouped = membership::services(snapshot, registered);
        // A nameless policy finds its service when that is first called, and is none of its own from then on.
        self.courses.retain(|name, _| grouped.contains_key(name));
        for (name, policies) in grouped {
            let members: Vec<_> = policies
                .iter()
                .filter_map(|&policy| {
                    let track = self.tracks.get(&(Some(policy.kind), policy.name))?;
                    Some(Member { policy, track })
                })
                .collect();
            let signs = signs::of(&members, self.tracks.get(&(None, name)), second);
            let is_critical = self.critical.contains(name);
            let case = Case { service: name, is_critical, members: &members, second };
            recommendations.extend(advice::of(&case));
            let course = self.courses.entry(name).or_insert_with(|| Course::new(now));
            let score = signs.score();
            let changed_from = course.step(score, now, trend::minute(second));
            let mut why = why(&signs, &policies);
            if course.grade > Grade::of(score) {
                why.insert_str(0, "recovering: ");
            }
            if let Some(from) = changed_from {
                changes.push(Change {
                    service: name,
                    from,
                    to: course.grade,
                    score,
                    why: why.clone(),
                    at: snapshot.at,
                    missed: 0,
                });
            }
            let own = self.tracks.contains_key(&(None, name)).then_some((None, name));
            services.push(Seen {
                name,
                is_critical,
                has_fallback: case.has_fallback(),
                signs,
                why,
                keys: policies.iter().map(|policy| (Some(policy.kind), policy.name)).chain(own).collect(),
            });
        }
        recommendations.sort_by_key(|advice| std::cmp::Reverse(advice.severity));
        let score = self.mean();
        let system = self.system.get_or_insert_with(|| Course::new(now));
        system.step(score, now, trend::minute(second));
        let policies = snapshot.policies.len();
        let outboxes = snapshot.outboxes.clone();
        self.last = Some(Taken { at: now, wall: snapshot.at, services, recommendations, policies, outboxes });
        changes
    }

    /// Writes the figures of every policy down.
    fn follow(&mut self, snapshot: &Snapshot, registered: &[Service], second: u32) {
        let mut follow = |key: Key, reading: &Reading| {
            self.tracks.entry(key).or_insert_with(|| Track::new(second)).push(second, reading);
        };
        for policy in &snapshot.policies {
            follow((Some(policy.kind), policy.name), &Reading::from(&policy.figures));
        }
        for service in registered {
            follow((None, service.name()), &Reading::from(service.figures()));
        }
    }

    pub(super) const fn has_sample(&self) -> bool {
        self.last.is_some()
    }

    /// The mean of all scores, in which critical services weigh more; 1 without any service.
    fn mean(&self) -> f64 {
        let (mut sum, mut weights) = (0.0, 0.0);
        for (name, course) in &self.courses {
            let weight = if self.critical.contains(*name) { CRITICAL_WEIGHT } else { 1.0 };
            sum += weight * course.score;
            weights += weight;
        }
        if weights > 0.0 { sum / weights } else { 1.0 }
    }

    /// The state of things at the last sample, which at `now` must not be older than `oldest`; without the
    /// trends if nobody will see them.
    pub(super) fn report(&self, now: Nanos, oldest: Duration, trends: bool) -> Report {
        let (Some(last), Some(first), Some(system)) = (&self.last, self.first, &self.system) else {
            return Report::unknown(
                "no sample so far: call `start()` once, or `sample()` now and then".into(),
            );
        };
        let age = Duration::from_nanos(now.saturating_sub(last.at));
        let second = trend::seconds(first, last.at);
        let services: Vec<_> = last
            .services
            .iter()
            .filter_map(|service| self.service(service, last.at, second, trends))
            .collect();
        let worst_critical =
            services.iter().filter(|service| service.critical).map(|service| service.grade).max();
        let (grade, why) = if age > oldest {
            (Grade::Error, format!("the last sample is {age:.0?} old"))
        } else {
            let grade = worst_critical.map_or(system.grade, |worst| worst.max(system.grade));
            (grade, summary(&services))
        };
        Report {
            at: last.wall,
            age,
            grade,
            score: system.score,
            why,
            direction: system.scores.direction(second),
            policies: last.policies,
            outboxes: last.outboxes.clone(),
            unknown: self.unknown(&services),
            services,
            recommendations: last.recommendations.clone(),
        }
    }

    fn service(&self, service: &Seen, now: Nanos, second: u32, trends: bool) -> Option<ServiceReport> {
        let course = self.courses.get(service.name)?;
        Some(ServiceReport {
            name: service.name,
            critical: service.is_critical,
            has_fallback: service.has_fallback,
            grade: course.grade,
            since: Duration::from_nanos(now.saturating_sub(course.since)),
            score: course.score,
            why: service.why.clone(),
            direction: course.scores.direction(second),
            signs: service.signs.clone(),
            trend: if trends { self.trend(course, &service.keys, second) } else { Vec::new() },
        })
    }

    /// The minutes of a service: its scores, with the calls of the policy that its signs count, and the most places in use
    /// and the refusals of all.
    fn trend(&self, course: &Course, keys: &[Key], second: u32) -> Vec<Minute> {
        let mut minutes: Vec<_> = course
            .scores
            .iter(second)
            .map(|(ago, score)| Minute { ago, score: Some(score), ..Minute::default() })
            .collect();
        let source = signs::source(keys.iter().map(|(kind, _)| *kind));
        for key in keys {
            let Some(track) = self.tracks.get(key) else { continue };
            for seen in track.minutes(second) {
                let Some(minute) = minutes.iter_mut().find(|minute| minute.ago == seen.ago) else { continue };
                // What a registered service counts as refused, its layers have counted.
                minute.refused += if key.0.is_some() { seen.refused } else { 0 };
                minute.in_use = minute.in_use.max(seen.in_use);
                if key.0 == source {
                    minute.calls += seen.calls;
                    minute.failures += seen.failures;
                    (minute.p50, minute.p90) = (seen.p50, seen.p90);
                    (minute.p99, minute.max) = (seen.p99, seen.max);
                }
            }
        }
        minutes
    }

    /// The last hour of one policy.
    pub(super) fn minutes(&self, kind: PolicyKind, name: &str) -> Option<Vec<Minute>> {
        let second = trend::seconds(self.first?, self.last.as_ref()?.at);
        let found = self.tracks.iter().find(|((known, its), _)| *known == Some(kind) && *its == name);
        found.map(|(_, track)| track.minutes(second))
    }

    /// Critical services that no policy is named after.
    fn unknown(&self, services: &[ServiceReport]) -> Vec<String> {
        let is_unknown = |name: &&String| !services.iter().any(|service| service.name == name.as_str());
        self.critical.iter().filter(is_unknown).cloned().collect()
    }
}

/// What is wrong with a service, and why its circuit is open.
fn why(signs: &Signs, policies: &[&PolicySnapshot]) -> String {
    let cause = policies.iter().find_map(|policy| match &policy.figures {
        Figures::CircuitBreaker(it) => {
            it.history.iter().rev().find(|change| change.to == it.state).map(|change| change.cause)
        }
        _ => None,
    });
    let text = signs.to_string();
    match (cause, signs.state) {
        (Some(cause), Some(state)) => {
            let circuit = format!("circuit {}", state.as_str().replace('_', " "));
            text.replacen(&circuit, &format!("{circuit} ({cause})"), 1)
        }
        _ => text,
    }
}

/// The services that are not healthy, the worst first.
fn summary(services: &[ServiceReport]) -> String {
    let mut bad: Vec<_> = services.iter().filter(|service| service.grade != Grade::Healthy).collect();
    bad.sort_by(|a, b| b.grade.cmp(&a.grade).then(a.score.total_cmp(&b.score)));
    if bad.is_empty() {
        return "nothing wrong".into();
    }
    let texts: Vec<_> =
        bad.iter().map(|service| format!("{} {}: {}", service.name, service.grade, service.why)).collect();
    texts.join("; ")
}
