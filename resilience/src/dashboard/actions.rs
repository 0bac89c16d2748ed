//! What changes something.

use axum::{
    body::{Body, to_bytes},
    extract::{Path, Request, State},
    http::StatusCode,
    response::Response,
};
use serde::Deserialize;
use serde_json::Value;

use super::{
    answer::{Refused, as_json, json},
    board::Board,
    gate,
    routes::{Said, Shared, find},
    sight,
    view::{Done, DoneSetting, NOTE},
};
use crate::{CircuitBreaker, PolicyKind, PolicySnapshot, config::Setting};

/// The largest body.
const LARGEST: usize = 4 << 10;

type Action = fn(&CircuitBreaker);

/// What can be done to a circuit breaker.
const ACTIONS: [(&str, Action); 5] = [
    ("force-open", CircuitBreaker::force_open),
    ("close", CircuitBreaker::close),
    ("disable", CircuitBreaker::disable),
    ("metrics-only", CircuitBreaker::metrics_only),
    ("reset", CircuitBreaker::reset),
];

/// A policy, and what to do to it.
#[derive(Deserialize)]
pub(super) struct ActionAddress {
    kind: String,
    name: String,
    action: String,
}

/// A setting of a policy.
#[derive(Deserialize)]
pub(super) struct SettingAddress {
    kind: String,
    name: String,
    key: String,
}

pub(super) async fn act(
    State(board): Shared,
    said: Said<ActionAddress>,
    request: Request,
) -> Result<Response, Refused> {
    gate::check(&board, request.headers()).await?;
    let ActionAddress { kind, name, action } = read(said)?;
    body(request.into_body()).await?;
    board.ask(move |board| do_act(board, &kind, &name, &action)).await.map(json)
}

fn do_act(board: &Board, kind: &str, name: &str, action: &str) -> Result<String, Refused> {
    let (policy, _) = find(board, kind, name)?;
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
    act(&breaker);
    done(board, &policy, None)
}

pub(super) async fn set(
    State(board): Shared,
    said: Said<SettingAddress>,
    request: Request,
) -> Result<Response, Refused> {
    gate::check(&board, request.headers()).await?;
    let SettingAddress { kind, name, key } = read(said)?;
    let is_check = is_check(request.uri().query())?;
    let body = body(request.into_body()).await?;
    let value = serde_json::from_slice::<Value>(&body).ok();
    let value = value.as_ref().and_then(|body| body.get("value")).and_then(Value::as_str).map(str::to_owned);
    let Some(value) = value else {
        return Err(Refused::bad_request("send an object with a text, as in `{\"value\": \"5s..5m\"}`"));
    };
    board.ask(move |board| do_set(board, (&kind, &name, &key), &value, is_check)).await.map(json)
}

fn do_set(
    board: &Board,
    (kind, name, key): (&str, &str, &str),
    value: &str,
    is_check: bool,
) -> Result<String, Refused> {
    let (policy, _) = find(board, kind, name)?;
    let registry = board.registry();
    if is_check {
        let preview = sight::preview(registry, policy.kind, policy.name, key, value);
        return done(board, &policy, preview.map_err(|error| Refused::setting(&error))?);
    }
    registry.set(policy.kind, policy.name, key, value).map_err(|error| Refused::setting(&error))?;
    done(board, &policy, setting(board, &policy, key))
}

pub(super) async fn unset(
    State(board): Shared,
    said: Said<SettingAddress>,
    request: Request,
) -> Result<Response, Refused> {
    gate::check(&board, request.headers()).await?;
    let SettingAddress { kind, name, key } = read(said)?;
    body(request.into_body()).await?;
    board.ask(move |board| do_unset(board, &kind, &name, &key)).await.map(json)
}

fn do_unset(board: &Board, kind: &str, name: &str, key: &str) -> Result<String, Refused> {
    let (policy, _) = find(board, kind, name)?;
    let registry = board.registry();
    registry.unset(policy.kind, policy.name, key).map_err(|error| Refused::setting(&error))?;
    done(board, &policy, setting(board, &policy, key))
}

fn read<T>(said: Said<T>) -> Result<T, Refused> {
    said.map(|Path(address)| address).map_err(|_| Refused::not_found("this is no address of a policy"))
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

/// A key as it is now.
fn setting(board: &Board, policy: &PolicySnapshot, key: &str) -> Option<Setting> {
    let settings = sight::explain(board.registry(), policy.kind, policy.name)?;
    settings.into_iter().find(|setting| setting.key == key)
}

/// What came of it: the policy as it is now.
fn done(board: &Board, policy: &PolicySnapshot, setting: Option<Setting>) -> Result<String, Refused> {
    let (policy, row) = find(board, policy.kind.as_str(), policy.name)?;
    let toml = board.toml(policy.kind, policy.name);
    let changed = setting.map(|setting| DoneSetting { setting, toml, note: NOTE });
    Ok(as_json(&Done { policy: board.past(row).row, changed }))
}
