//! Answers, and what stands above each of them.

use axum::{
    body::{Body, Bytes},
    http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde::Serialize;

use crate::{ConfigError, health};

const JSON: HeaderValue = HeaderValue::from_static("application/json");

pub(super) fn as_json(value: &impl Serialize) -> String {
    // Plain data with text for keys: serde_json cannot refuse it.
    serde_json::to_string(value).unwrap_or_default()
}

/// What is refused, and why.
#[derive(Debug)]
pub(super) struct Refused {
    status: StatusCode,
    code: &'static str,
    setting: Option<&'static str>,
    message: String,
}

#[derive(Serialize)]
struct Answer<'a> {
    error: Problem<'a>,
}

#[derive(Serialize)]
struct Problem<'a> {
    status: u16,
    code: &'static str,
    setting: Option<&'static str>,
    message: &'a str,
}

impl Refused {
    pub(super) fn new(status: StatusCode, code: &'static str, message: impl Into<String>) -> Self {
        Self { status, code, setting: None, message: message.into() }
    }

    pub(super) fn not_found(message: impl Into<String>) -> Self {
        Self::new(StatusCode::NOT_FOUND, "not_found", message)
    }

    /// What should have answered has panicked.
    pub(super) fn unanswered() -> Self {
        let message = "there is no answer to this, which is a mistake of the dashboard's own";
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "unanswered", message)
    }

    pub(super) fn bad_request(message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "bad_request", message)
    }

    /// A key or a value that cannot be.
    pub(super) fn setting(error: &ConfigError) -> Self {
        if error.setting() == "key" {
            return Self::not_found(error.to_string());
        }
        let message = error.to_string();
        let status = StatusCode::UNPROCESSABLE_ENTITY;
        Self { status, code: "bad_value", setting: Some(error.setting()), message }
    }
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        let Self { status, code, setting, message } = self;
        let problem = Problem { status: status.as_u16(), code, setting, message: &message };
        let mut response = json(as_json(&Answer { error: problem }));
        *response.status_mut() = status;
        let headers = response.headers_mut();
        if status == StatusCode::UNAUTHORIZED {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer realm=\"dashboard\""));
        }
        if status == StatusCode::TOO_MANY_REQUESTS || status == StatusCode::SERVICE_UNAVAILABLE {
            headers.insert(header::RETRY_AFTER, HeaderValue::from_static("1"));
        }
        response
    }
}

pub(super) fn json(text: impl Into<Bytes>) -> Response {
    text_of(JSON, text)
}

pub(super) fn text_of(content_type: HeaderValue, text: impl Into<Bytes>) -> Response {
    ([(header::CONTENT_TYPE, content_type)], Body::from(text.into())).into_response()
}

pub(super) fn probe(answer: health::Answer) -> Response {
    let status = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut response = text_of(HeaderValue::from_static(answer.content_type), answer.body);
    *response.status_mut() = status;
    response
}

/// What every answer says of itself: nothing but the page's own script and style runs in it, nobody else may show or read
/// it, and nobody keeps it.
const ABOVE: [(HeaderName, &str); 6] = [
    (
        header::CONTENT_SECURITY_POLICY,
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    ),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::X_FRAME_OPTIONS, "DENY"),
    (header::REFERRER_POLICY, "no-referrer"),
    (header::CACHE_CONTROL, "no-store"),
    (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
];

pub(super) fn add_headers(headers: &mut HeaderMap) {
    for (name, value) in ABOVE {
        headers.insert(name, HeaderValue::from_static(value));
    }
}
