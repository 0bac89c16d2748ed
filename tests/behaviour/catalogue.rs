//! The catalogue: every guarded function, before its first call.
#![allow(
    dead_code,
    clippy::unnecessary_wraps,
    clippy::unused_async,
    reason = "guarded functions are as users write them, and most of these are never called"
)]

use std::{sync::Arc, time::Duration};

use resilience::{
    Catalogue, PolicyKind, Preset, bulkhead, catalogue,
    catalogue::{Function, Layer, Origin},
    circuit_breaker, circuit_breaker as breaker, fallback, preset, rate_limit, resilient, retry,
    testing::Scope,
    timeout,
};
use resilience_tests::Fault;

type Answer = Result<u32, Fault>;

preset! {
    const RETRYING: Preset = { retry(attempts = 4, backoff = fixed(10ms)), total_timeout(20s) };
}

#[fallback(other, |_| Ok(2), value = 3, on = resilience::Failure::Rejected(_))]
#[retry(attempts = 4, on = Fault::Down | Fault::Status(503))]
#[rate_limit(100 / 1s, burst = 7)]
#[circuit_breaker("catalogued", failure_rate = 7%, window = 30s, open_for = 5s..5m)]
#[bulkhead(max_concurrent = 20)]
#[timeout(800ms)]
async fn everything(x: u32) -> Answer {
    Ok(x)
}

async fn other(x: u32) -> Answer {
    Ok(x)
}

#[circuit_breaker]
fn never_called() -> Answer {
    Ok(1)
}

#[resilient(RETRYING, name = "under_preset", retry(attempts = 2))]
async fn under_preset() -> Answer {
    Ok(1)
}

#[resilient(RETRYING)]
async fn only_a_preset() -> Answer {
    Ok(1)
}

const NOTHING: Preset = Preset::EMPTY;

#[resilient(NOTHING)]
fn empty_preset() -> Answer {
    Ok(1)
}

#[circuit_breaker("catalogued_by_all")]
fn joins() -> Answer {
    Ok(1)
}

/// The function of this module, or of one below it.
fn find(catalogue: &Catalogue, path: &str) -> Function {
    let path = format!("{}::{path}", module_path!());
    let mut found = catalogue.iter().filter(|function| function.path == path);
    let function = found.next().unwrap_or_else(|| panic!("`{path}` is not in the catalogue"));
    assert!(found.next().is_none(), "`{path}` is there twice");
    function.clone()
}

fn origin(layer: &Layer, key: &str) -> (String, Origin) {
    let setting = layer.settings.iter().find(|setting| setting.key == key);
    let setting = setting.unwrap_or_else(|| panic!("no `{key}` in {layer:?}"));
    (setting.value.clone(), setting.origin)
}

fn value(layer: &Layer, key: &str) -> String {
    origin(layer, key).0
}

#[test]
fn a_function_is_known_before_its_first_call_and_without_one() {
    let function = find(&catalogue(), "never_called");
    assert!(!function.is_called());
    assert_eq!(function.place.file, file!());
    let line = include_str!("catalogue.rs").lines().nth(function.place.line as usize - 1).unwrap();
    assert_eq!(line[function.place.column as usize - 1..], *"never_called() -> Answer {");
    let [layer] = &function.layers[..] else { panic!("{function:?}") };
    assert_eq!((layer.kind, layer.name.as_str()), (PolicyKind::CircuitBreaker, function.path.as_str()));
    assert_eq!((layer.is_named, layer.is_called, &layer.in_force), (false, false, &None));
    assert_eq!((layer.place.file, layer.place.line), (file!(), function.place.line - 1));
}

#[test]
fn the_policies_of_a_function_are_listed_outermost_first() {
    let kinds: Vec<_> = find(&catalogue(), "everything").layers.iter().map(|layer| layer.kind).collect();
    assert_eq!(
        kinds,
        [
            PolicyKind::Fallback,
            PolicyKind::Retry,
            PolicyKind::RateLimit,
            PolicyKind::CircuitBreaker,
            PolicyKind::Bulkhead,
            PolicyKind::Timeout,
        ]
    );
}

#[test]
fn a_layer_has_every_setting_and_says_where_it_comes_from() {
    let function = find(&catalogue(), "everything");
    let [fallback, retry, rate, breaker, bulkhead, timeout] = &function.layers[..] else { panic!() };
    let written = |value: &str| (value.to_owned(), Origin::Attribute);
    let default = |value: &str| (value.to_owned(), Origin::Default);
    assert_eq!(fallback.settings, []);
    assert_eq!(origin(retry, "attempts"), written("4"));
    assert_eq!(origin(retry, "backoff"), default("exponential(200ms..30s)"));
    assert_eq!(origin(retry, "jitter"), default("full"));
    assert_eq!(origin(rate, "rate"), written("100 / 1s"));
    assert_eq!(origin(rate, "burst"), written("7"));
    assert_eq!(origin(rate, "max_wait"), default("0ms"));
    assert_eq!(breaker.name, "catalogued");
    assert!(breaker.is_named);
    assert_eq!(origin(breaker, "failure_rate"), written("7%"));
    assert_eq!(origin(breaker, "window"), written("30s"));
    assert_eq!(origin(breaker, "open_for"), written("5s..5m"));
    assert_eq!(origin(breaker, "min_calls"), default("10"));
    assert_eq!(origin(breaker, "initial"), default("closed"));
    assert_eq!(origin(breaker, "latency"), default("false"));
    assert!(breaker.settings.iter().all(|setting| setting.key != "threshold"), "a rate stands in for it");
    assert_eq!(origin(bulkhead, "max_concurrent"), written("20"));
    assert_eq!(origin(timeout, "limit"), written("800ms"));
}

#[test]
fn code_is_listed_as_it_is_written() {
    let function = find(&catalogue(), "everything");
    let code = |layer: usize| {
        let code = function.layers[layer].code.iter();
        code.map(|code| (code.key, code.text)).collect::<Vec<_>>()
    };
    assert_eq!(
        code(0),
        [
            ("tier", "other"),
            ("tier", "|_| Ok(2)"),
            ("value", "3"),
            ("on", "resilience::Failure::Rejected(_)")
        ]
    );
    assert_eq!(code(1), [("on", "Fault::Down | Fault::Status(503)")]);
    assert_eq!(code(3), []);
}

#[test]
fn of_a_preset_the_sections_that_it_has_are_layers() {
    let function = find(&catalogue(), "under_preset");
    let [total, retry] = &function.layers[..] else { panic!("{function:?}") };
    assert_eq!((total.kind, total.name.as_str()), (PolicyKind::Timeout, "under_preset.total"));
    assert_eq!(origin(total, "limit"), ("20s".to_owned(), Origin::Preset));
    assert_eq!((retry.kind, retry.name.as_str()), (PolicyKind::Retry, "under_preset"));
    assert_eq!(retry.preset, Some("RETRYING"));
    assert_eq!(origin(retry, "attempts"), ("2".to_owned(), Origin::Attribute));
    assert_eq!(origin(retry, "backoff"), ("fixed(10ms)".to_owned(), Origin::Preset));
    let kinds = |path| find(&catalogue(), path).layers.iter().map(|layer| layer.kind).collect::<Vec<_>>();
    assert_eq!(kinds("only_a_preset"), [PolicyKind::Timeout, PolicyKind::Retry]);
    assert_eq!(kinds("empty_preset"), []);
}

#[test]
fn a_called_function_shows_the_settings_in_force_of_the_scope_it_was_called_in() {
    #[circuit_breaker("catalogued_and_called", threshold = 3)]
    fn called() -> Answer {
        Ok(1)
    }
    let scope = Scope::new();
    let inside = scope.enter();
    let _ = called();
    let breaker = scope.registry().circuit_breaker("catalogued_and_called").unwrap();
    breaker.reconfigure(breaker::Config::new().threshold(9)).unwrap();
    let function = find(&catalogue(), "called");
    let layer = &function.layers[0];
    assert!(function.is_called() && layer.is_called);
    assert_eq!(value(layer, "threshold"), "3");
    assert_eq!(layer.in_force.as_ref().unwrap()["threshold"], "9");
    drop(inside);
    assert!(!find(&catalogue(), "called").is_called());
}

#[test]
fn a_policy_that_others_made_is_in_force_before_the_function_is_called() {
    let scope = Scope::new();
    let _inside = scope.enter();
    let config = breaker::Config::new().threshold(8).open_for(Duration::from_hours(2));
    scope.registry().add_circuit_breaker("catalogued_by_all", config).unwrap();
    let layer = &find(&catalogue(), "joins").layers[0];
    assert!(layer.is_joining() && !layer.is_called);
    let known = layer.in_force.as_ref().unwrap();
    assert_eq!((known["threshold"].as_str(), known["open_for"].as_str()), ("8", "2h"));
    assert!(!find(&catalogue(), "everything").layers[3].is_joining());
}

#[test]
fn a_name_that_was_taken_is_shown_as_the_registry_has_it() {
    mod twice {
        use super::{Answer, circuit_breaker};
        pub(super) struct A;
        pub(super) struct B;
        impl A {
            #[circuit_breaker]
            pub(super) fn get() -> Answer {
                Ok(1)
            }
        }
        impl B {
            #[circuit_breaker]
            pub(super) fn get() -> Answer {
                Ok(1)
            }
        }
    }
    let scope = Scope::new();
    let _inside = scope.enter();
    let (_, _) = (twice::B::get(), twice::A::get());
    let path = format!("{}::twice::get", module_path!());
    let catalogue = catalogue();
    let both: Vec<_> = catalogue.iter().filter(|function| function.path == path).collect();
    let [a, b] = both[..] else { panic!("{both:?}") };
    assert!(a.place < b.place);
    assert_eq!(a.layers[0].name, format!("{path}#2"));
    assert_eq!(b.layers[0].name, path);
}

mod shapes {
    use super::{Answer, Arc, Fault, circuit_breaker, retry, timeout};

    pub(super) struct Generic<T>(pub(super) T);

    impl<T: Clone> Generic<T> {
        #[circuit_breaker]
        fn unused<U>(&self, _: U) -> Result<T, Fault> {
            Ok(self.0.clone())
        }
    }

    pub(super) trait Shape {
        #[circuit_breaker]
        fn by_default(&self) -> Answer {
            Ok(1)
        }
        fn implemented(&self) -> Answer;
    }

    impl<T> Shape for Generic<Arc<T>> {
        #[circuit_breaker]
        fn implemented(&self) -> Answer {
            self.by_default()
        }
    }

    pub(super) fn outer() -> Answer {
        #[retry(attempts = 2)]
        #[circuit_breaker]
        fn outer_guarded() -> Answer {
            #[circuit_breaker]
            fn inside() -> Answer {
                Ok(1)
            }
            let closure = || {
                #[circuit_breaker]
                fn inside_closure() -> Answer {
                    Ok(1)
                }
                inside_closure()
            };
            closure()?;
            inside()
        }
        outer_guarded()
    }

    #[async_trait::async_trait]
    pub(super) trait Boxed {
        async fn boxed(&self) -> Answer;
    }

    #[async_trait::async_trait]
    impl Boxed for u8 {
        #[retry(attempts = 2)]
        #[timeout(5s)]
        async fn boxed(&self) -> Answer {
            Ok(1)
        }
    }

    macro_rules! pair {
        ($($type:ident $kind:ident),*) => {$(
            pub(super) struct $type;
            impl $type {
                #[$kind]
                #[timeout(5s)]
                pub(super) async fn made() -> Answer {
                    Ok(1)
                }
            }
        )*};
    }
    pair!(First retry, Second circuit_breaker);
}

#[test]
fn functions_of_every_shape_are_listed() {
    use shapes::{Boxed, First, Generic, Second, Shape};
    let _ = (Generic(Arc::new(())).implemented(), shapes::outer());
    std::mem::drop((1_u8.boxed(), First::made(), Second::made()));
    let catalogue = catalogue();
    for name in ["unused", "by_default", "implemented", "inside", "inside_closure"] {
        assert_eq!(find(&catalogue, &format!("shapes::{name}")).layers.len(), 1, "{name}");
    }
    assert_eq!(find(&catalogue, "shapes::boxed").layers.len(), 2);
    assert_eq!(find(&catalogue, "shapes::outer_guarded").layers.len(), 2);
}

#[test]
fn two_functions_that_one_macro_makes_at_one_place_are_two() {
    let path = format!("{}::shapes::made", module_path!());
    let catalogue = catalogue();
    let mut outermost: Vec<_> =
        catalogue.iter().filter(|function| function.path == path).map(|made| made.layers[0].kind).collect();
    outermost.sort();
    assert_eq!(outermost, [PolicyKind::CircuitBreaker, PolicyKind::Retry]);
}

#[test]
fn functions_are_sorted_and_counted() {
    let catalogue = catalogue();
    assert!(catalogue.iter().is_sorted_by_key(|function| (&function.path, function.place)));
    assert_eq!(catalogue.len(), catalogue.iter().count());
    assert!(!catalogue.is_empty());
    assert_eq!((&catalogue).into_iter().count(), catalogue.clone().into_iter().count());
}

#[test]
fn the_names_of_a_kind_are_known() {
    let catalogue = catalogue();
    let breakers = catalogue.known(PolicyKind::CircuitBreaker);
    assert!(breakers.contains(&"catalogued"));
    assert!(breakers.contains(&format!("{}::never_called", module_path!()).as_str()));
    assert!(!breakers.contains(&"under_preset"), "that is a retry");
    assert!(breakers.is_sorted_by(|a, b| a < b), "each once");
    assert!(catalogue.known(PolicyKind::Timeout).contains(&"under_preset.total"));
}

/// The rows of one function in the table.
fn rows(table: &str, path: &str) -> Vec<String> {
    let path = format!("{}::{path} ", module_path!());
    let lines = table.lines().skip_while(|line| !line.starts_with(&path));
    let rest = lines.clone().skip(1).take_while(|line| line.starts_with(' '));
    lines.take(1).chain(rest).map(|line| line.split_whitespace().collect::<Vec<_>>().join(" ")).collect()
}

#[test]
fn the_table_has_one_row_for_each_policy() {
    let table = catalogue().to_string();
    let rows = rows(&table, "everything");
    assert_eq!(rows.len(), 6, "{rows:#?}");
    let place = find(&catalogue(), "everything").place;
    assert_eq!(
        rows[0],
        format!(
            "{}::everything {place} fallback - no tier = other, tier = |_| Ok(2), value = 3, on = resilience::Failure::Rejected(_)",
            module_path!()
        )
    );
    assert_eq!(rows[1], "retry - no attempts = 4, on = Fault::Down | Fault::Status(503)");
    assert_eq!(rows[3], "circuit_breaker catalogued no failure_rate = 7%, window = 30s, open_for = 5s..5m");
    assert_eq!(rows[5], "timeout - no limit = 800ms");
}

#[test]
fn the_alternate_table_has_the_defaults_as_well() {
    let table = format!("{:#}", catalogue());
    let rows = rows(&table, "everything");
    assert!(
        rows[1]
            .starts_with("retry - no attempts = 4, backoff = exponential(200ms..30s), jitter = full, on =")
    );
}

#[test]
fn the_columns_of_the_table_are_aligned() {
    let table = catalogue().to_string();
    let head = table.lines().next().unwrap();
    let column = head.find("POLICY").unwrap();
    let policies = table.lines().skip(1).map(|line| line.chars().skip(column).collect::<String>());
    for policy in policies {
        let word = policy.split(' ').next().unwrap();
        assert!(
            ["circuit_breaker", "retry", "bulkhead", "rate_limit", "timeout", "fallback", "service", "-"]
                .contains(&word),
            "{policy}"
        );
    }
}

#[test]
fn the_table_shows_what_is_in_force_beside_what_is_written() {
    #[circuit_breaker("catalogued_and_changed", threshold = 3)]
    fn changed() -> Answer {
        Ok(1)
    }
    let scope = Scope::new();
    let _inside = scope.enter();
    let first = breaker::Config::new().failure_count(9).open_for(Duration::from_mins(1));
    scope.registry().add_circuit_breaker("catalogued_and_changed", first).unwrap();
    let _ = changed();
    let table = catalogue().to_string();
    let rows = rows(&table, "changed");
    assert_eq!(
        rows[0].split_once("yes ").unwrap().1,
        "threshold = 3 (now unset), failure_count (now 9), window (now 100)"
    );
}

#[test]
fn the_table_says_what_gives_a_policy_its_settings_if_the_function_does_not() {
    let table = catalogue().to_string();
    let last = |path: &str| rows(&table, path)[0].split_once(" no ").unwrap().1.to_owned();
    assert_eq!(last("never_called"), "defaults");
    assert_eq!(last("joins"), "joins");
    assert_eq!(last("empty_preset"), "nothing");
    assert_eq!(
        rows(&table, "under_preset")[1],
        "retry under_preset no RETRYING: attempts = 2, backoff = fixed(10ms)"
    );
}

#[test]
fn a_catalogue_can_be_serialised() {
    let json = serde_json::to_value(catalogue()).unwrap();
    let path = format!("{}::everything", module_path!());
    let function =
        json.as_array().unwrap().iter().find(|function| function["path"] == path.as_str()).unwrap();
    assert_eq!(function["place"]["file"], file!());
    let breaker = &function["layers"][3];
    assert_eq!((&breaker["kind"], &breaker["name"]), (&"circuit_breaker".into(), &"catalogued".into()));
    assert_eq!(breaker["settings"][0]["key"], "failure_rate");
    assert_eq!(breaker["settings"][0]["value"], "7%");
    assert_eq!(breaker["settings"][0]["origin"], "attribute");
    assert!(breaker["in_force"].is_null());
}
