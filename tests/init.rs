//! Loading at the start of a program: what its functions ask for is known before the first call. One test, since it is
//! the process's own registry.

use resilience::{Init, PolicyKind, circuit_breaker, registry, resilient, retry};

#[circuit_breaker("orders", slow_call = 1s)]
fn orders() -> std::io::Result<u32> {
    Ok(7)
}

#[retry(attempts = 4)]
fn feed() -> std::io::Result<u32> {
    Ok(7)
}

#[resilient(service = "stock", operation = "query")]
fn stock() -> std::io::Result<u32> {
    Err(std::io::ErrorKind::ConnectionReset.into())
}

fn load(file: &str) -> Result<Vec<String>, String> {
    let loaded = Init::new().text("resilience.toml", file).load_into(&registry());
    loaded
        .map(|loaded| loaded.warnings().iter().map(ToString::to_string).collect())
        .map_err(|problems| problems.to_string())
}

#[test]
fn functions_are_known_before_their_first_call() {
    assert!(registry().circuit_breaker("orders").is_none());
    assert_eq!(load(""), Ok(vec![]));
    assert!(registry().circuit_breaker("orders").is_some());
    assert!(registry().retry("init::feed").is_some());

    // A name that nobody has is a warning, with a suggestion from what the functions ask for.
    assert_eq!(
        load("[circuit_breaker.order]\nthreshold = 3"),
        Ok(vec![
            "resilience.toml:2: circuit_breaker.order.threshold: there is no circuit_breaker `order` so far, did you mean `orders`?"
                .to_owned()
        ]),
    );

    // A setting is checked beside those of the function, although it was never called.
    let refused = load("[circuit_breaker.orders]\nthreshold = 3\n[retry.\"init::feed\"]\nbackoff = \"fixed(1h)\"\nmax_elapsed = \"1s\"")
        .unwrap_err();
    assert!(refused.starts_with("resilience.toml:"), "{refused}");
    assert_eq!(registry().circuit_breaker("orders").unwrap().settings().threshold, Some(5), "refused whole");

    assert_eq!(load("[circuit_breaker.orders]\nthreshold = 2"), Ok(vec![]));
    assert_eq!(orders().unwrap(), 7);
    assert_eq!(registry().circuit_breaker("orders").unwrap().settings().threshold, Some(2));

    // A service of the file is there for the functions that name it.
    let file = "[service.stock]\ncircuit_breaker = { threshold = 1 }\n[retry.\"init::feed\"]\nattempts = 2";
    assert_eq!(load(file), Ok(vec![]));
    assert!(stock().is_err());
    let seen = registry().service("stock").unwrap().snapshot();
    assert_eq!(seen.operations[0].label, "query");
    assert_eq!(seen.layers.len(), 2, "{:?}", seen.layers);
    let breaker = registry().circuit_breaker("stock").unwrap().snapshot();
    assert_eq!((breaker.state, breaker.settings.threshold), (circuit_breaker::State::Open, Some(1)));
    assert_eq!(feed().unwrap(), 7);
    assert_eq!(registry().retry("init::feed").unwrap().settings().attempts, 2);
    assert!(registry().snapshot().get(PolicyKind::CircuitBreaker, "stock").is_some());
}
