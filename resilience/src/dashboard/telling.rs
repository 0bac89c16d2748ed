//! From the events of a registry to messages: those that come with calls are told together.

use std::{
    collections::BTreeMap,
    sync::Arc,
    time::{SystemTime, UNIX_EPOCH},
};

use serde::Serialize;

use super::{
    address,
    ring::{Told, happened, missed},
    row::millis,
};
use crate::{Event, EventKind, Events, PolicyKind, Reason, circuit_breaker::State};

/// The lines for events that come with calls, at most, each time.
const LINES: usize = 100;
/// The events that are read at a time: no more than the registry keeps, so that it cannot hold up who reads them.
const AT_ONCE: usize = 1024;

/// An event as JSON.
#[derive(Serialize)]
struct Line<'a> {
    sequence: u64,
    at_ms: u64,
    kind: &'static str,
    /// Nothing of these three where it is about the registry itself.
    policy: Option<PolicyKind>,
    name: Option<&'static str>,
    path: Option<String>,
    /// Of the last one, where several are told together.
    key: Option<&'a str>,
    service: Option<&'static str>,
    operation: Option<&'static str>,
    times: u64,
    text: String,
    detail: Detail<'a>,
}

/// What programs want of an event.
#[derive(Default, Serialize)]
struct Detail<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    from: Option<State>,
    #[serde(skip_serializing_if = "Option::is_none")]
    to: Option<State>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cause: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    open_for_ms: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<Reason>,
    #[serde(skip_serializing_if = "Option::is_none")]
    setting: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    problem: Option<&'a str>,
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    problems: &'a [String],
}

/// What is told as one line: the policy, the kind of event and the reason.
type Group = (PolicyKind, &'static str, &'static str, &'static str);

/// Events that wait to be told.
pub(super) struct Telling {
    events: Events,
    /// Those that are told one by one.
    single: Vec<Arc<Event>>,
    /// The last of each group, and how many there were.
    grouped: BTreeMap<Group, (Arc<Event>, u64)>,
    missed: u64,
}

pub(super) fn wall(time: SystemTime) -> u64 {
    millis(time.duration_since(UNIX_EPOCH).unwrap_or_default())
}

impl Telling {
    pub(super) fn new(events: Events) -> Self {
        Self { events, single: Vec::new(), grouped: BTreeMap::new(), missed: 0 }
    }

    /// The number of the first event that it hears of.
    pub(super) const fn first(&self) -> u64 {
        self.events.position()
    }

    /// Takes what has happened since. Whether something of it should be told soon.
    pub(super) fn listen(&mut self) -> bool {
        for _ in 0..AT_ONCE {
            match self.events.try_next() {
                None => break,
                Some(Err(missed)) => self.missed += missed.events,
                Some(Ok(event)) => match group(&event) {
                    None => self.single.push(event),
                    Some(group) => {
                        let known = self.grouped.entry(group).or_insert_with(|| (event.clone(), 0));
                        *known = (event, known.1 + 1);
                    }
                },
            }
        }
        !self.single.is_empty()
    }

    /// Everything that waits, in the order of its numbers: for the stream, and to be kept.
    pub(super) fn tell(&mut self) -> (String, Vec<Told>) {
        let mut grouped: Vec<_> = std::mem::take(&mut self.grouped).into_values().collect();
        // Of too many the last.
        grouped.sort_by_key(|(event, _)| std::cmp::Reverse(event.sequence));
        grouped.truncate(LINES);
        let single = std::mem::take(&mut self.single).into_iter().map(|event| (event, 1));
        let mut all: Vec<_> = single.chain(grouped).collect();
        all.sort_by_key(|(event, _)| event.sequence);
        let told: Vec<Told> = all.iter().map(|(event, times)| told(event, *times)).collect();
        let mut text = String::new();
        let lost = std::mem::take(&mut self.missed);
        if lost > 0 {
            text.push_str(&missed(Some(lost), false));
        }
        for event in &told {
            text.push_str(&happened(event));
        }
        (text, told)
    }
}

/// What an event is told together with, if it is.
fn group(event: &Event) -> Option<Group> {
    let reason = match &event.kind {
        EventKind::Rejected { reason, .. } => reason.as_str(),
        EventKind::Retried { .. } => "",
        EventKind::FellBack { reason } => reason.map_or("", Reason::as_str),
        _ => return None,
    };
    Some((event.policy?, event.name?, event.kind.as_str(), reason))
}

fn told(event: &Event, times: u64) -> Told {
    let line = Line {
        sequence: event.sequence,
        at_ms: wall(event.at),
        kind: event.kind.as_str(),
        policy: event.policy,
        name: event.name,
        path: event.policy.zip(event.name).map(|(policy, name)| address::of_policy(policy, name)),
        key: event.key.as_deref(),
        service: event.service,
        operation: event.operation,
        times,
        text: event.kind.to_string(),
        detail: detail(&event.kind),
    };
    // Plain data with text for keys: serde_json cannot refuse it.
    let text = serde_json::to_string(&line).unwrap_or_default();
    Told { sequence: event.sequence, text: text.into() }
}

fn detail(kind: &EventKind) -> Detail<'_> {
    match kind {
        EventKind::Transition { from, to, cause, open_for } => Detail {
            from: Some(*from),
            to: Some(*to),
            cause: Some(cause.to_string()),
            open_for_ms: open_for.map(millis),
            ..Detail::default()
        },
        EventKind::WouldOpen { cause } => Detail { cause: Some(cause.to_string()), ..Detail::default() },
        EventKind::Rejected { reason, .. } => Detail { reason: Some(*reason), ..Detail::default() },
        EventKind::FellBack { reason } => Detail { reason: *reason, ..Detail::default() },
        EventKind::SettingsLeftOut { setting, problem } => {
            Detail { setting: Some(setting), problem: Some(problem), ..Detail::default() }
        }
        EventKind::ConfigRefused { problems } => Detail { problems, ..Detail::default() },
        EventKind::Retried { .. }
        | EventKind::SettingsChanged
        | EventKind::SettingsMissing
        | EventKind::Conflict { .. } => Detail::default(),
    }
}
