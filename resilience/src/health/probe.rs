//! What `/livez`, `/readyz` and `/healthz` answer, for any HTTP server.

use std::{fmt::Write, sync::atomic::Ordering};

use super::{Grade, Health, Report, ServiceReport};

/// The answer to a probe: hand it to the HTTP server of the program.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct Answer {
    /// The status code: 200 or 503.
    pub status: u16,
    /// The body's `Content-Type`.
    pub content_type: &'static str,
    /// The body.
    pub body: String,
}

/// When `/readyz` says that this instance wants no traffic.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize), serde(rename_all = "snake_case"))]
#[non_exhaustive]
pub enum Readiness {
    /// Never. A dependency that all instances share would take all of them out of service at once, and what still works
    /// without it as well.
    #[default]
    Always,
    /// While a critical service has failed and has no fallback. For a dependency of each instance's own, a sidecar or a
    /// local disk for example, or where another region takes over.
    UnlessCriticalFailed,
}

impl Health {
    /// When [`readyz`](Self::readyz) refuses traffic; never, if nobody says otherwise.
    pub fn set_readiness(&self, readiness: Readiness) {
        self.chart().gates_readiness.store(readiness == Readiness::UnlessCriticalFailed, Ordering::Relaxed);
    }

    /// The answer to `/livez`: 200 as long as the process can give it, whatever its dependencies do.
    #[must_use]
    pub fn livez(&self) -> Answer {
        livez()
    }

    /// The answer to `/readyz`, by the last sample: 200, or 503 where [`set_readiness`](Self::set_readiness) asked for that.
    #[must_use]
    pub fn readyz(&self) -> Answer {
        let readiness = if self.chart().gates_readiness.load(Ordering::Relaxed) {
            Readiness::UnlessCriticalFailed
        } else {
            Readiness::Always
        };
        readyz(&self.brief(), readiness)
    }

    /// The answer to `/healthz`, by the last sample, as `application/health+json`.
    #[must_use]
    pub fn healthz(&self) -> Answer {
        healthz(&self.brief())
    }
}

const TEXT: &str = "text/plain; charset=utf-8";

fn text(status: u16, body: &str) -> Answer {
    Answer { status, content_type: TEXT, body: format!("{body}\n") }
}

fn livez() -> Answer {
    text(200, "ok")
}

fn readyz(report: &Report, readiness: Readiness) -> Answer {
    if readiness == Readiness::Always || report.grade == Grade::Error {
        return text(200, "ready");
    }
    let is_lost = |service: &&ServiceReport| {
        service.critical && service.grade == Grade::Failed && !service.has_fallback
    };
    match report.services.iter().find(is_lost) {
        Some(service) => text(503, &format!("not ready: {} has failed: {}", service.name, service.why)),
        None => text(200, "ready"),
    }
}

/// The format `application/health+json`: a status of the whole, and one check for each service.
fn healthz(report: &Report) -> Answer {
    let mut body = String::from("{");
    pair(&mut body, "status", status(report.grade));
    body.push(',');
    pair(&mut body, "description", &format!("score {:.2}", report.score));
    body.push(',');
    pair(&mut body, "output", if report.grade == Grade::Healthy { "" } else { &report.why });
    body.push_str(",\"checks\":{");
    for (at, service) in report.services.iter().enumerate() {
        if at > 0 {
            body.push(',');
        }
        quoted(&mut body, &format!("{}:score", service.name));
        body.push_str(":[{");
        pair(&mut body, "componentType", "component");
        // A finite number is JSON as it is.
        let _ = write!(body, ",\"observedValue\":{:.3},", service.score);
        pair(&mut body, "status", status(service.grade));
        body.push(',');
        pair(&mut body, "output", if service.grade == Grade::Healthy { "" } else { &service.why });
        body.push_str("}]");
    }
    body.push_str("}}");
    let status = if report.grade == Grade::Failed { 503 } else { 200 };
    Answer { status, content_type: "application/health+json", body }
}

const fn status(grade: Grade) -> &'static str {
    match grade {
        Grade::Healthy => "pass",
        Grade::Degraded | Grade::Error => "warn",
        Grade::Failed => "fail",
    }
}

fn pair(body: &mut String, key: &str, value: &str) {
    quoted(body, key);
    body.push(':');
    quoted(body, value);
}

/// A JSON string. The probes work without the feature `json`, and need no more of it than this.
fn quoted(body: &mut String, text: &str) {
    body.push('"');
    for letter in text.chars() {
        match letter {
            '"' => body.push_str("\\\""),
            '\\' => body.push_str("\\\\"),
            control if control < ' ' => {
                let _ = write!(body, "\\u{:04x}", u32::from(control));
            }
            plain => body.push(plain),
        }
    }
    body.push('"');
}
