//! Somebody who asks a dashboard.

use std::time::Duration;

use axum::{
    Router,
    body::{Body, BodyDataStream, to_bytes},
    http::{HeaderMap, Method, Request, StatusCode},
};
use futures::StreamExt;
use resilience::{Registry, dashboard::Dashboard, testing::Scope};
use serde_json::Value;
use tower::ServiceExt;

/// The token of every dashboard here that has one.
pub(crate) const TOKEN: &str = "0123456789abcdef0123456789abcdef";

/// A dashboard over a registry of its own, and somebody who asks it.
pub(crate) struct Client {
    pub(crate) registry: Registry,
    pub(crate) router: Router,
    _scope: Scope,
}

/// An answer.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) text: String,
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|error| panic!("{error} in {self:?}"))
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    /// The status and the code of what was refused.
    pub(crate) fn refusal(&self) -> (u16, String) {
        let error = &self.json()["error"];
        assert_eq!(error["status"], self.status.as_u16(), "{self:?}");
        (self.status.as_u16(), error["code"].as_str().unwrap().to_owned())
    }

    pub(crate) fn message(&self) -> String {
        self.json()["error"]["message"].as_str().unwrap().to_owned()
    }
}

impl Client {
    /// Of a dashboard whose actions are off.
    pub(crate) fn new() -> Self {
        Self::with(|dashboard| dashboard)
    }

    /// Of a dashboard whose actions are on.
    pub(crate) fn with_token() -> Self {
        Self::with(|dashboard| dashboard.token(TOKEN).unwrap())
    }

    pub(crate) fn with(change: impl FnOnce(Dashboard) -> Dashboard) -> Self {
        let scope = Scope::new();
        let registry = scope.registry();
        let router = change(Dashboard::of(&registry)).router();
        Self { registry, router, _scope: scope }
    }

    pub(crate) async fn send(&self, request: Request<Body>) -> Answer {
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let body = to_bytes(body, usize::MAX).await.unwrap();
        Answer {
            status: parts.status,
            headers: parts.headers,
            text: String::from_utf8(body.to_vec()).unwrap(),
        }
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.send(Request::get(path).body(Body::empty()).unwrap()).await
    }

    /// What a program with the token sends.
    pub(crate) async fn change(&self, method: Method, path: &str, body: &str) -> Answer {
        self.send(changing(method, path, body)).await
    }

    pub(crate) async fn act(&self, policy: &str, action: &str) -> Answer {
        self.change(Method::POST, &format!("/api/v1/policies/{policy}/actions/{action}"), "").await
    }

    pub(crate) async fn set(&self, policy: &str, key: &str, value: &str) -> Answer {
        let body = serde_json::json!({ "value": value }).to_string();
        self.change(Method::PUT, &format!("/api/v1/policies/{policy}/settings/{key}"), &body).await
    }

    pub(crate) async fn listen(&self, path: &str) -> Stream {
        self.listen_with(Request::get(path).body(Body::empty()).unwrap()).await
    }

    pub(crate) async fn listen_with(&self, request: Request<Body>) -> Stream {
        let response = self.router.clone().oneshot(request).await.unwrap();
        assert_eq!(response.status(), StatusCode::OK);
        assert_eq!(response.headers()["content-type"], "text/event-stream");
        Stream { body: response.into_body().into_data_stream(), rest: String::new() }
    }
}

/// A request that changes something, with everything that it needs.
pub(crate) fn changing(method: Method, path: &str, body: &str) -> Request<Body> {
    Request::builder()
        .method(method)
        .uri(path)
        .header("authorization", format!("Bearer {TOKEN}"))
        .header("content-type", "application/json")
        .body(Body::from(body.to_owned()))
        .unwrap()
}

/// A stream that is read.
pub(crate) struct Stream {
    body: BodyDataStream,
    rest: String,
}

/// A message of the stream.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Message {
    pub(crate) event: String,
    pub(crate) id: Option<u64>,
    pub(crate) data: Value,
}

impl Stream {
    /// The next block up to an empty line, as it is.
    pub(crate) async fn block(&mut self) -> String {
        loop {
            if let Some((block, rest)) = self.rest.split_once("\n\n") {
                let (block, rest) = (block.to_owned(), rest.to_owned());
                self.rest = rest;
                return block;
            }
            let next = tokio::time::timeout(Duration::from_mins(2), self.body.next()).await;
            let bytes = next.expect("nothing comes").expect("the stream goes on").unwrap();
            self.rest.push_str(std::str::from_utf8(&bytes).unwrap());
        }
    }

    /// The next message.
    pub(crate) async fn message(&mut self) -> Message {
        loop {
            let block = self.block().await;
            let field = |name: &str| block.lines().find_map(|line| line.strip_prefix(name));
            let Some(event) = field("event: ") else { continue };
            let data = field("data: ").unwrap();
            return Message {
                event: event.to_owned(),
                id: field("id: ").map(|id| id.parse().unwrap()),
                data: serde_json::from_str(data).unwrap(),
            };
        }
    }

    /// The next message of this name.
    pub(crate) async fn next(&mut self, event: &str) -> Message {
        loop {
            let message = self.message().await;
            if message.event == event {
                return message;
            }
        }
    }
}
