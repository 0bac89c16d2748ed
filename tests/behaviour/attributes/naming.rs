//! Names: one object wherever a name is used, and what an unnamed policy is called.

use resilience::{PolicyKind, bulkhead, circuit_breaker, preset, rate_limit, retry};

use super::*;

const TAXES: &str = "taxes";

twins!(
    #[circuit_breaker("string", threshold = 1)]
    string
);
twins!(
    #[circuit_breaker(bare_word, threshold = 1)]
    bare
);
twins!(
    #[circuit_breaker(name = TAXES, threshold = 1)]
    constant
);
twins!(
    #[circuit_breaker(name = concat!("a", "-", "b"), threshold = 1)]
    expression
);
twins!(
    #[circuit_breaker(threshold = 1)]
    unnamed
);
twins!(
    #[circuit_breaker("b", preset = STRICT)]
    from_preset
);
twins!(
    #[circuit_breaker("b", preset = STRICT, threshold = 3)]
    over_preset
);

preset! {
    const STRICT: Preset = { circuit_breaker(threshold = 1, open_for = 3s), bulkhead(max_concurrent = 1), retry(attempts = 2) };
}

fn opens(name: &str) -> impl Fn(&Stage, &dyn Fn(Act<'_>) -> Answer) {
    move |stage, call| {
        assert_eq!(call(DOWN), Err(Fault::Down));
        assert_eq!(refusal(call(OK)).name(), name);
        assert_eq!(stage.state(name), State::Open);
    }
}

#[test]
fn a_name_is_a_string() {
    both!(string, opens("string"));
}

#[test]
fn a_name_may_be_a_bare_word() {
    both!(bare, opens("bare_word"));
}

#[test]
fn a_name_may_be_a_constant() {
    both!(constant, opens("taxes"));
}

#[test]
fn a_name_may_be_a_const_expression() {
    both!(expression, opens("a-b"));
}

#[test]
fn an_unnamed_policy_is_called_after_its_function() {
    let now = Stage::new();
    let _ = unnamed::now(DOWN);
    assert_eq!(now.state(&format!("{}::unnamed::now", module_path!())), State::Open);
    drop(now);
    let later = Stage::new();
    let _ = later.run(unnamed::later(DOWN));
    assert_eq!(later.state(&format!("{}::unnamed::later", module_path!())), State::Open);
}

struct First;
struct Second;

impl First {
    #[circuit_breaker(threshold = 1)]
    fn load(&self) -> Answer {
        Err(Fault::Down)
    }
}

impl Second {
    #[circuit_breaker(threshold = 1)]
    fn load(&self) -> Answer {
        Ok(2)
    }
}

#[test]
fn a_second_function_of_the_same_path_is_numbered() {
    let stage = Stage::new();
    assert_eq!((First.load(), Second.load()), (Err(Fault::Down), Ok(2)));
    assert_eq!(reason(First.load()), Reason::CircuitOpen);
    assert_eq!(Second.load(), Ok(2));
    let name = format!("{}::load", module_path!());
    assert_eq!((stage.state(&name), stage.state(&format!("{name}#2"))), (State::Open, State::Closed));
}

#[circuit_breaker(threshold = 1)]
fn generic<T>(value: Result<T, Fault>) -> Result<T, Fault> {
    value
}

#[test]
fn all_instantiations_of_a_generic_function_share_one_policy() {
    let _stage = Stage::new();
    assert_eq!(generic::<u8>(Err(Fault::Down)), Err(Fault::Down));
    assert!(matches!(generic(Ok("text")), Err(Fault::Refused(_))));
}

trait Store {
    fn answer(&self) -> Answer;

    #[circuit_breaker("default-method", threshold = 1)]
    fn load(&self) -> Answer {
        self.answer()
    }
}

impl Store for First {
    fn answer(&self) -> Answer {
        Err(Fault::Down)
    }
}

impl Store for Second {
    fn answer(&self) -> Answer {
        Ok(2)
    }
}

#[test]
fn all_implementors_of_a_default_method_share_one_policy() {
    let _stage = Stage::new();
    assert_eq!(Store::load(&First), Err(Fault::Down));
    assert_eq!(reason(Store::load(&Second)), Reason::CircuitOpen);
}

mod shared {
    use super::*;

    #[circuit_breaker("shared", threshold = 1, open_for = 5s)]
    pub(super) fn settings(act: Act<'_>) -> Answer {
        act()
    }

    #[circuit_breaker("shared", threshold = 2)]
    pub(super) fn other_settings(act: Act<'_>) -> Answer {
        act()
    }

    #[circuit_breaker("shared")]
    pub(super) async fn joins(act: Act<'_>) -> Answer {
        act()
    }

    #[bulkhead("shared", max_concurrent = 1)]
    pub(super) fn other_kind(act: Act<'_>) -> Answer {
        act()
    }
}

#[test]
fn functions_with_one_name_share_one_policy() {
    let stage = Stage::new();
    let _ = shared::settings(DOWN);
    assert_eq!(reason(stage.run(shared::joins(OK))), Reason::CircuitOpen);
    assert_eq!(shared::other_kind(OK), Ok(1), "another kind is another object");
}

#[test]
fn a_site_without_settings_leaves_them_to_the_next() {
    let stage = Stage::new();
    let _ = stage.run(shared::joins(OK));
    let _ = shared::settings(OK);
    assert_eq!(stage.figures("shared").settings.open_for, 5 * SECOND);
    assert!(conflicts(&stage).is_empty());
}

fn conflicts(stage: &Stage) -> Vec<resilience::Conflict> {
    stage.scope.registry().snapshot().get(PolicyKind::CircuitBreaker, "shared").unwrap().conflicts.clone()
}

#[test]
fn differing_settings_are_listed_with_both_places_and_change_nothing() {
    let stage = Stage::new();
    for _ in 0..3 {
        let _ = shared::settings(OK);
        let _ = shared::other_settings(OK);
        let _ = stage.run(shared::joins(OK));
    }
    let conflicts = conflicts(&stage);
    assert_eq!(conflicts.len(), 1, "{conflicts:?}");
    assert!(
        conflicts[0].in_force.contains("naming.rs:") && conflicts[0].in_force.contains("shared::settings")
    );
    assert!(
        conflicts[0].ignored.contains("naming.rs:")
            && conflicts[0].ignored.contains("shared::other_settings")
    );
    let _ = shared::other_settings(DOWN);
    assert_eq!(stage.state("shared"), State::Open, "one failure is enough for the first site's settings");
}

#[test]
fn a_preset_gives_an_attribute_its_section() {
    both!(from_preset, |_, call| {
        assert_eq!(call(DOWN), Err(Fault::Down));
        assert_eq!(refusal(call(OK)).retry_after(), Some(3 * SECOND));
    });
}

#[test]
fn what_is_written_wins_over_the_preset() {
    both!(over_preset, |stage, call| {
        let _ = (call(DOWN), call(DOWN));
        assert_eq!(stage.state("b"), State::Closed);
        let _ = call(DOWN);
        assert_eq!(refusal(call(OK)).retry_after(), Some(3 * SECOND));
    });
}

#[retry(name = "named-retry", backoff = fixed(0ms))]
#[rate_limit(name = "named-limit", 5 / 1s)]
fn named_layers() -> Answer {
    Ok(1)
}

#[test]
fn every_kind_is_found_by_its_name() {
    let stage = Stage::new();
    assert_eq!(named_layers(), Ok(1));
    let registry = stage.scope.registry();
    assert_eq!(registry.retry("named-retry").unwrap().snapshot().succeeded_without_retry, 1);
    assert_eq!(registry.rate_limit("named-limit").unwrap().snapshot().admitted, 1);
}
