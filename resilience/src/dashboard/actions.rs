//! What changes something.

use axum::{
    body::{Body, to_bytes},
    extract::{Path, Request, State},
    http::StatusCode,
    response::Response,
};
use serde_json::Value;

use super::{
    answer::{Refused, json},
    board::{Board, as_json},
    gate,
    routes::{Named, Shared, find},
    view::{Done, DoneSetting, NOTE},
};
use crate::{CircuitBreaker, PolicyKind, PolicySnapshot, config::Setting};

/// The largest body.
const LARGEST: usize = 4 << 10;

/// What can be done to a circuit breaker.
const ACTIONS: [(&str, fn(&CircuitBreaker)); 5] = [
    ("force-open", CircuitBreaker::force_open),
    ("close", CircuitBreaker::close),
    ("disable", CircuitBreaker::disable),
    ("metrics-only", CircuitBreaker::metrics_only),
    ("reset", CircuitBreaker::reset),
];

pub(super) async fn act(
    State(board): Shared,
    named: Named<(String, String, String)>,
    request: Request,
) -> Result<Response, Refused> {
    gate::check(&board, request.headers()).await?;
    let (kind, name, action) = parts(named)?;
    let (policy, _) = find(&board, Ok((kind, name)))?;
    let Some((_, act)) = ACTIONS.iter().find(|(name, _)| *name == action) else {
        let known: Vec<_> = ACTIONS.iter().map(|(name, _)| format!("`{name}`")).collect();
        return Err(Refused::not_found(format!("`{action}` is no action: {}", known.join(", "))));
    };
    let breaker = match policy.kind {
        PolicyKind::CircuitBreaker => board.registry().circuit_breaker(policy.name),
        _ => None,
    };
    let Some(breaker) = breaker else {
        return Err(Refused::new(
            StatusCode::CONFLICT,
            "no_circuit",
            format!("a {} has no state; its setting `enabled` switches it off and on", policy.kind),
        ));
    };
    body(request.into_body()).await?;
    act(&breaker);
    done(&board, &policy, None)
}

pub(super) async fn set(
    State(board): Shared,
    named: Named<(String, String, String)>,
    request: Request,
) -> Result<Response, Refused> {
    gate::check(&board, request.headers()).await?;
    let (kind, name, key) = parts(named)?;
    let (policy, _) = find(&board, Ok((kind, name)))?;
    let is_check = is_check(request.uri().query())?;
    let body = body(request.into_body()).await?;
    let value = serde_json::from_slice::<Value>(&body).ok();
    let value = value.as_ref().and_then(|body| body.get("value")).and_then(Value::as_str);
    let Some(value) = value else {
        return Err(Refused::bad_request("send an object with a text, as in `{\"value\": \"5s..5m\"}`"));
    };
    let preview =
        board.preview(policy.kind, policy.name, &key, value).map_err(|error| Refused::setting(&error))?;
    if is_check {
        return done(&board, &policy, preview);
    }
    let registry = board.registry();
    registry.set(policy.kind, policy.name, &key, value).map_err(|error| Refused::setting(&error))?;
    done(&board, &policy, board.setting(policy.kind, policy.name, &key))
}

pub(super) async fn unset(
    State(board): Shared,
    named: Named<(String, String, String)>,
    request: Request,
) -> Result<Response, Refused> {
    gate::check(&board, request.headers()).await?;
    let (kind, name, key) = parts(named)?;
    let (policy, _) = find(&board, Ok((kind, name)))?;
    body(request.into_body()).await?;
    let registry = board.registry();
    registry.unset(policy.kind, policy.name, &key).map_err(|error| Refused::setting(&error))?;
    done(&board, &policy, board.setting(policy.kind, policy.name, &key))
}

fn parts(named: Named<(String, String, String)>) -> Result<(String, String, String), Refused> {
    named.map(|Path(parts)| parts).map_err(|_| Refused::not_found("this is no address of a policy"))
}

async fn body(body: Body) -> Result<axum::body::Bytes, Refused> {
    to_bytes(body, LARGEST)
        .await
        .map_err(|_| Refused::new(StatusCode::PAYLOAD_TOO_LARGE, "too_large", "the body has more than 4 KiB"))
}

/// Whether the query asks for a look only.
fn is_check(query: Option<&str>) -> Result<bool, Refused> {
    match query {
        None | Some("" | "check=false") => Ok(false),
        Some("check=true") => Ok(true),
        Some(_) => Err(Refused::bad_request("the query is `?check=true`, or nothing")),
    }
}

/// What came of it: the policy as it is now.
fn done(board: &Board, policy: &PolicySnapshot, setting: Option<Setting>) -> Result<Response, Refused> {
    let (policy, row) = find(board, Ok((policy.kind.to_string(), policy.name.to_owned())))?;
    let toml = board.toml(policy.kind, policy.name);
    let changed = setting.map(|setting| DoneSetting { setting, toml, note: NOTE });
    Ok(json(as_json(&Done { policy: board.past(row).row, changed })))
}
