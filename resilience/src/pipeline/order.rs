//! Which orders of layers contradict themselves. The rules and their words are those of the attributes; a fallback of a
//! pipeline has no pattern that would let failures pass, so it counts as one that takes every failure.

use super::Layer;
use crate::{ConfigError, PolicyKind, Timeout, circuit_breaker, timeout};

pub(super) fn check(layers: &[Layer]) -> Result<(), ConfigError> {
    if layers.is_empty() {
        return Err(ConfigError::new(
            "pipeline",
            "a pipeline without a layer guards nothing: add one, as in `Pipeline::builder().circuit_breaker(..)`",
        ));
    }
    for (index, layer) in layers.iter().enumerate() {
        let above = &layers[..index];
        fallback_below_retry(layer, above)?;
        second_retry(layer, above)?;
        second_fallback(layer, above)?;
        same_name(layer, above)?;
        neighbour(layer, above.last())?;
        slow_call(layer, &layers[index + 1..])?;
        nested_timeout(layer, above)?;
    }
    Ok(())
}

fn has(layers: &[Layer], kind: PolicyKind) -> bool {
    layers.iter().any(|layer| layer.kind() == kind)
}

// A fallback inside a retry hides every failure from it.
fn fallback_below_retry(layer: &Layer, above: &[Layer]) -> Result<(), ConfigError> {
    if layer.kind() == PolicyKind::Fallback && has(above, PolicyKind::Retry) {
        return Err(ConfigError::new(
            "fallback",
            "a `fallback` below a retry hides every failure from it, so nothing would be retried; write it above the retry",
        ));
    }
    Ok(())
}

// Two retries multiply: 3 times 3 attempts are 9 calls.
fn second_retry(layer: &Layer, above: &[Layer]) -> Result<(), ConfigError> {
    if layer.kind() == PolicyKind::Retry && has(above, PolicyKind::Retry) {
        return Err(ConfigError::new("retry", "two retries in one stack multiply their attempts; write one"));
    }
    Ok(())
}

// A second fallback never has anything to do.
fn second_fallback(layer: &Layer, above: &[Layer]) -> Result<(), ConfigError> {
    if layer.kind() == PolicyKind::Fallback && has(above, PolicyKind::Fallback) {
        return Err(ConfigError::new(
            "fallback",
            "two fallbacks, and the inner one takes every failure; write one",
        ));
    }
    Ok(())
}

// One object entered twice by each call.
fn same_name(layer: &Layer, above: &[Layer]) -> Result<(), ConfigError> {
    if above.iter().any(|other| other.is_same_as(layer)) {
        return Err(ConfigError::with(
            "name",
            format!(
                "each call would pass the `{}` named \"{}\" twice; write it once, or give it another name",
                layer.kind(),
                layer.name()
            ),
        ));
    }
    Ok(())
}

// Two timeouts with nothing in between: the shorter decides, the other does nothing.
fn neighbour(layer: &Layer, above: Option<&Layer>) -> Result<(), ConfigError> {
    if layer.kind() == PolicyKind::Timeout && above.is_some_and(|above| above.kind() == PolicyKind::Timeout) {
        return Err(ConfigError::new(
            "timeout",
            "two `timeout` layers directly above each other do nothing that one would not do; write one",
        ));
    }
    Ok(())
}

// What the breaker sees is cut off before it is slow. A repeat, a wait or a fallback in between adds time of its own.
fn slow_call(layer: &Layer, inside: &[Layer]) -> Result<(), ConfigError> {
    let Layer::CircuitBreaker(breaker) = layer else { return Ok(()) };
    let Some(slow_call) = breaker.settings().slow_call else { return Ok(()) };
    for layer in inside {
        match layer {
            Layer::Timeout(timeout) => {
                let written = circuit_breaker::Config::new().slow_call(slow_call);
                let problem = written.slow_call_problem(timeout.settings().limit);
                return problem.map_or(Ok(()), |problem| Err(ConfigError::new("slow_call", problem)));
            }
            Layer::CircuitBreaker(_) => {}
            Layer::Bulkhead(bulkhead) if bulkhead.settings().max_wait.is_zero() => {}
            Layer::RateLimit(limit) if limit.settings().max_wait.is_zero() => {}
            _ => return Ok(()),
        }
    }
    Ok(())
}

// A timeout that is not below the one around it never strikes.
fn nested_timeout(layer: &Layer, above: &[Layer]) -> Result<(), ConfigError> {
    let Layer::Timeout(inner) = layer else { return Ok(()) };
    let outer = above.iter().rev().find_map(|layer| match layer {
        Layer::Timeout(outer) => Some(outer),
        _ => None,
    });
    let config = |timeout: &Timeout| timeout::Config::new().limit(timeout.settings().limit);
    match outer.and_then(|outer| config(inner).nested_problem(&config(outer))) {
        Some(problem) => Err(ConfigError::new("timeout", problem)),
        None => Ok(()),
    }
}
