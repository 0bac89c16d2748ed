//! Which address is answered by what.

use std::sync::Arc;

use axum::{
    Router,
    extract::{OriginalUri, Path, Request, State, rejection::PathRejection},
    http::{HeaderMap, HeaderValue, StatusCode, Uri},
    middleware::{Next, from_fn},
    response::{IntoResponse, Response},
    routing::{get, post, put},
};

use serde::{Deserialize, Serialize};

use super::{
    actions, address,
    answer::{Refused, add_headers, as_json, json, probe, text_of},
    board::Board,
    row::{Row, millis},
    sight::{self, Sight},
    stream,
    telling::wall,
    view::{OneService, Policy, ServiceRow, Transition},
};
use crate::{Figures, PolicyKind, PolicySnapshot};

pub(super) type Shared = State<Arc<Board>>;
/// What an address says, by the names of its parts: the place where somebody mounts this may have parts of its own.
pub(super) type Said<T> = Result<Path<T>, PathRejection>;

#[derive(Deserialize)]
pub(super) struct PolicyAddress {
    kind: String,
    name: String,
}

#[derive(Deserialize)]
struct ServiceAddress {
    name: String,
}

const PAGE: &str = include_str!("page/index.html");
const STYLE: &str = include_str!("page/style.css");
/// The page's modules, each under its own name.
const SCRIPTS: [(&str, &str); 9] = [
    ("/script.js", include_str!("page/script.js")),
    ("/chart.js", include_str!("page/chart.js")),
    ("/columns.js", include_str!("page/columns.js")),
    ("/detail.js", include_str!("page/detail.js")),
    ("/feed.js", include_str!("page/feed.js")),
    ("/list.js", include_str!("page/list.js")),
    ("/settings.js", include_str!("page/settings.js")),
    ("/token.js", include_str!("page/token.js")),
    ("/words.js", include_str!("page/words.js")),
];

pub(super) fn router(board: Arc<Board>) -> Router {
    let router = Router::new()
        .route("/", get(page))
        .route("/style.css", get(|| async { text("text/css; charset=utf-8", STYLE) }))
        .route("/api/v1/status", get(status))
        .route("/api/v1/policies/{kind}/{name}", get(policy))
        .route("/api/v1/policies/{kind}/{name}/actions/{action}", post(actions::act))
        .route("/api/v1/policies/{kind}/{name}/settings/{key}", put(actions::set).delete(actions::unset))
        .route("/api/v1/services", get(services))
        .route("/api/v1/services/{name}", get(service))
        .route("/api/v1/health", get(health))
        .route("/api/v1/events", get(last_events))
        .route("/api/{*rest}", get(nothing).post(nothing).put(nothing).delete(nothing))
        .route("/events", get(events))
        .route("/hystrix.stream", get(|State(board): Shared| async move { stream::hystrix(&board) }))
        .route("/livez", get(|State(board): Shared| async move { probe(board.registry().health().livez()) }))
        .route(
            "/readyz",
            get(|State(board): Shared| async move { probe(board.registry().health().readyz()) }),
        )
        .route(
            "/healthz",
            get(|State(board): Shared| async move { probe(board.registry().health().healthz()) }),
        );
    let router = SCRIPTS.into_iter().fold(router, |router, (path, script)| {
        router.route(path, get(async move || text("text/javascript; charset=utf-8", script)))
    });
    #[cfg(feature = "prometheus")]
    let router = router.route("/metrics", get(metrics));
    router.method_not_allowed_fallback(other_method).layer(from_fn(above)).with_state(board)
}

/// Puts the headers above every answer.
async fn above(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    add_headers(response.headers_mut());
    response
}

fn text(content_type: &'static str, text: &'static str) -> Response {
    text_of(HeaderValue::from_static(content_type), text)
}

/// The page. What it needs lies beside it: under `/resilience/` that is `script.js`, under `/resilience` it is
/// `resilience/script.js`.
async fn page(OriginalUri(uri): OriginalUri) -> Response {
    let folder = match uri.path().rsplit_once('/') {
        None | Some((_, "")) => String::new(),
        Some((_, last)) => format!("{last}/"),
    };
    let page = PAGE.replace("{{folder}}", &escaped(&folder));
    text_of(HeaderValue::from_static("text/html; charset=utf-8"), page)
}

/// A part of an address, in an attribute.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('"', "&quot;").replace('<', "&lt;").replace(':', "%3A")
}

async fn status(State(board): Shared) -> Result<Response, Refused> {
    board.watch();
    board.status().await.map(json)
}

async fn policy(State(board): Shared, said: Said<PolicyAddress>) -> Result<Response, Refused> {
    let Path(PolicyAddress { kind, name }) =
        said.map_err(|_| Refused::not_found("this is no address of a policy"))?;
    board.ask(move |board| one_policy(board, &kind, &name)).await.map(json)
}

fn one_policy(board: &Board, kind: &str, name: &str) -> Result<String, Refused> {
    let (policy, row) = find(board, kind, name)?;
    let transitions = match &policy.figures {
        Figures::CircuitBreaker(it) => it.history.as_slice(),
        _ => &[],
    };
    let transition = |it: &crate::circuit_breaker::Transition| Transition {
        ago_ms: millis(it.ago),
        from: it.from.as_str(),
        to: it.to.as_str(),
        cause: it.cause.to_string(),
    };
    let registry = board.registry();
    Ok(as_json(&Policy {
        at_ms: wall(std::time::SystemTime::now()),
        entry: board.past(row),
        settings: sight::explain(registry, policy.kind, policy.name).unwrap_or_default(),
        toml: board.toml(policy.kind, policy.name),
        transitions: transitions.iter().rev().map(transition).collect(),
        trend: registry.health().trend(policy.kind, policy.name).unwrap_or_default(),
        figures: serde_json::to_value(&policy.figures).unwrap_or_default(),
        place: policy.place,
        conflicts: policy.conflicts,
    }))
}

/// The policy of an address, and its row.
pub(super) fn find(board: &Board, kind: &str, name: &str) -> Result<(PolicySnapshot, Row), Refused> {
    let name = address::name(name);
    let Some(known) = address::kind(kind) else {
        return Err(Refused::not_found(format!(
            "`{kind}` is no kind of policy: `circuit_breaker`, `retry`, `bulkhead`, `rate_limit`, `timeout` or `fallback`"
        )));
    };
    board.find(known, name).ok_or_else(|| nobody(known, name))
}

fn nobody(kind: PolicyKind, name: &str) -> Refused {
    Refused::not_found(format!("there is no {kind} `{name}`"))
}

async fn services(State(board): Shared) -> Result<Response, Refused> {
    #[derive(Serialize)]
    struct All {
        services: Vec<ServiceRow>,
    }
    let all = |board: &Board| Ok(as_json(&All { services: Sight::of(board.registry()).services }));
    board.ask(all).await.map(json)
}

async fn service(State(board): Shared, said: Said<ServiceAddress>) -> Result<Response, Refused> {
    let Path(ServiceAddress { name }) =
        said.map_err(|_| Refused::not_found("this is no address of a service"))?;
    board.ask(move |board| one_service(board, address::name(&name))).await.map(json)
}

fn one_service(board: &Board, name: &str) -> Result<String, Refused> {
    let registry = board.registry();
    let row = Sight::of(registry).services.into_iter().find(|service| service.name == name);
    let row = row.ok_or_else(|| Refused::not_found(format!("there is no service `{name}`")))?;
    Ok(as_json(&OneService::new(row, registry.service(name).as_ref())))
}

async fn health(State(board): Shared) -> Result<Response, Refused> {
    board.ask(|board| Ok(board.registry().health().report().to_json())).await.map(json)
}

async fn last_events(State(board): Shared, uri: Uri) -> Result<Response, Refused> {
    let after = after(&uri)?.unwrap_or(0);
    board.watch();
    let events: Vec<_> = board.ring.events(after).into_iter().map(|event| event.text).collect();
    let text = format!("{{\"sequence\":{},\"events\":[{}]}}", board.ring.sequence(), events.join(","));
    Ok(json(text))
}

async fn events(State(board): Shared, headers: HeaderMap, uri: Uri) -> Result<Response, Refused> {
    let after = after(&uri)?;
    Ok(stream::events(&board, &headers, after))
}

/// The number in `?after=812`.
fn after(uri: &Uri) -> Result<Option<u64>, Refused> {
    let value = uri.query().and_then(|query| query.split('&').find_map(|pair| pair.strip_prefix("after=")));
    let Some(value) = value else { return Ok(None) };
    let number = value
        .parse()
        .map_err(|_| Refused::bad_request("`after` is the number of an event, as in `?after=812`"));
    number.map(Some)
}

#[cfg(feature = "prometheus")]
async fn metrics(State(board): Shared) -> Result<Response, Refused> {
    use crate::metrics::prometheus::{CONTENT_TYPE, Collector};

    let text = board.ask(|board| Ok(Collector::new(board.registry().clone()).text())).await?;
    Ok(text_of(HeaderValue::from_static(CONTENT_TYPE), text))
}

async fn nothing() -> Refused {
    Refused::not_found("there is nothing at this address: the API is documented in `resilience::dashboard`")
}

async fn other_method() -> Response {
    let refused = Refused::new(
        StatusCode::METHOD_NOT_ALLOWED,
        "method_not_allowed",
        "this address takes another method, as the header `Allow` says",
    );
    refused.into_response()
}
