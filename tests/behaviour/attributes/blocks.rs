//! `#[resilient(PRESET)]` above an `impl` block.

use std::{cell::Cell, io};

use async_trait::async_trait;
use resilience::{
    Failure, PolicyKind, catalogue, circuit_breaker, fallback, preset, resilient, retry, timeout,
};

use super::*;

preset! {
    const STORE: Preset = {
        circuit_breaker(threshold = 3, open_for = 7s),
        retry(attempts = 2, backoff = fixed(10ms), jitter = none),
    };
    const ONCE: Preset = { circuit_breaker(threshold = 9) };
}

/// Counts how often one of its methods runs; they all fail.
#[derive(Default)]
struct Store {
    runs: Cell<u32>,
}

impl Store {
    fn fail<T>(&self) -> Result<T, Fault> {
        self.runs.set(self.runs.get() + 1);
        Err(Fault::Down)
    }

    /// The runs since the last time.
    fn runs(&self) -> u32 {
        self.runs.take()
    }
}

#[resilient(STORE)]
impl Store {
    const LIMIT: u32 = 3;

    fn covered(&self) -> Result<u32, Fault> {
        self.fail()
    }

    async fn covered_later(&self) -> Result<u32, Fault> {
        self.fail()
    }

    fn io(&self) -> io::Result<u32> {
        let _: Answer = self.fail();
        Err(io::ErrorKind::NotFound.into())
    }

    fn associated(store: &Self) -> std::result::Result<Self, Fault> {
        store.fail()
    }

    fn no_result(&self) -> u32 {
        let _: Answer = self.fail();
        Self::LIMIT
    }

    fn alias(&self) -> Answer {
        self.fail()
    }

    const fn constant(fails: bool) -> Result<u32, Fault> {
        if fails { Err(Fault::Down) } else { Ok(Self::LIMIT) }
    }

    #[resilient(skip)]
    fn skipped(&self) -> Result<u32, Fault> {
        self.fail()
    }

    #[cfg_attr(all(), resilient(skip))]
    fn skipped_by_configuration(&self) -> Result<u32, Fault> {
        self.fail()
    }

    #[resilient(skip)]
    #[retry(attempts = 5, backoff = fixed(0ms))]
    fn skipped_with_a_stack(&self) -> Result<u32, Fault> {
        self.fail()
    }

    #[resilient(ONCE)]
    fn replaced(&self) -> Result<u32, Fault> {
        self.fail()
    }

    #[cfg_attr(all(), resilient(ONCE))]
    fn replaced_by_configuration(&self) -> Result<u32, Fault> {
        self.fail()
    }

    #[retry(attempts = 5, backoff = fixed(0ms))]
    fn not_covered_with_a_stack(&self) -> Answer {
        self.fail()
    }
}

#[test]
fn every_method_and_function_that_returns_a_result_is_covered() {
    let stage = Stage::new();
    let store = Store::default();
    assert_eq!(store.covered(), Err(Fault::Down));
    assert_eq!((store.runs(), stage.elapsed()), (2, 10 * MS));
    assert_eq!(stage.run(store.covered_later()), Err(Fault::Down));
    assert_eq!(store.runs(), 2);
    assert!(Store::associated(&store).is_err());
    assert_eq!(store.runs(), 2);
    assert_eq!(store.io().unwrap_err().kind(), io::ErrorKind::NotFound);
    assert_eq!(store.runs(), 2);
}

#[test]
fn what_returns_no_result_or_is_const_is_left_alone() {
    const CONSTANT: Answer = Store::constant(false);
    let stage = Stage::new();
    let store = Store::default();
    assert_eq!((store.no_result(), store.runs()), (3, 1));
    assert_eq!((store.alias(), store.runs()), (Err(Fault::Down), 1));
    assert_eq!((CONSTANT, Store::constant(true)), (Ok(3), Err(Fault::Down)));
    assert!(stage.scope.registry().snapshot().policies.is_empty());
}

#[test]
fn a_method_may_be_skipped() {
    let stage = Stage::new();
    let store = Store::default();
    assert_eq!((store.skipped(), store.runs()), (Err(Fault::Down), 1));
    assert_eq!((store.skipped_by_configuration(), store.runs()), (Err(Fault::Down), 1));
    assert!(stage.scope.registry().snapshot().policies.is_empty());
}

#[test]
fn a_stack_on_a_method_that_is_not_covered_stands_for_itself() {
    let stage = Stage::new();
    let store = Store::default();
    assert_eq!((store.skipped_with_a_stack(), store.runs()), (Err(Fault::Down), 5));
    assert_eq!((store.not_covered_with_a_stack(), store.runs()), (Err(Fault::Down), 5));
    assert!(stage.scope.registry().circuit_breakers().is_empty());
}

#[test]
fn resilient_on_a_method_replaces_that_of_the_block() {
    let stage = Stage::new();
    let store = Store::default();
    assert_eq!((store.replaced(), store.runs()), (Err(Fault::Down), 1));
    assert_eq!((store.replaced_by_configuration(), store.runs()), (Err(Fault::Down), 1));
    let registry = stage.scope.registry();
    let thresholds: Vec<_> =
        registry.circuit_breakers().iter().map(|breaker| breaker.settings().threshold).collect();
    assert_eq!(thresholds, [Some(9), Some(9)]);
}

#[test]
fn without_a_name_each_method_has_policies_of_its_own() {
    let stage = Stage::new();
    let store = Store::default();
    let _ = (store.covered(), store.covered());
    assert_eq!(store.runs(), 3);
    assert_eq!(reason(store.covered()), Reason::CircuitOpen);
    assert!(store.io().is_err());
    assert_eq!(store.runs(), 2, "the circuit of another method is closed");
    let names = |kind| {
        let policies = stage.scope.registry().snapshot().policies;
        let names = policies.iter().filter(|policy| policy.kind == kind).map(|policy| policy.name);
        names.map(|name| name.strip_prefix(concat!(module_path!(), "::")).unwrap()).collect::<Vec<_>>()
    };
    assert_eq!(names(PolicyKind::CircuitBreaker), ["covered", "io"]);
    assert_eq!(names(PolicyKind::Retry), ["covered", "io"]);
}

struct Named;

#[resilient(STORE, name = "block", retry(attempts = 1))]
impl Named {
    fn read(&self) -> Result<u32, Fault> {
        Err(Fault::Down)
    }

    fn write(&mut self) -> Result<(), Fault> {
        Ok(())
    }
}

#[test]
fn under_a_name_all_methods_share_their_policies() {
    let stage = Stage::new();
    let (mut named, read) = (Named, Named);
    for _ in 0..3 {
        assert_eq!(read.read(), Err(Fault::Down));
    }
    assert_eq!(reason(named.write().map(|()| 0)), Reason::CircuitOpen);
    assert_eq!(stage.scope.registry().circuit_breakers().len(), 1);
    assert_eq!(stage.state("block"), State::Open);
}

struct Overriding<'a> {
    runs: &'a Cell<u32>,
}

#[resilient(
    STORE,
    name = "over",
    retry(attempts = 3, backoff = fixed(20ms), on = Fault::Down),
    fallback(|_| Ok(7))
)]
impl Overriding<'_> {
    #[retry(attempts = 4)]
    fn one_setting(&self, fault: Fault) -> Result<u32, Fault> {
        self.runs.set(self.runs.get() + 1);
        Err(fault)
    }

    #[circuit_breaker("other", threshold = 5)]
    fn another_name(&self) -> Result<u32, Fault> {
        self.runs.set(self.runs.get() + 1);
        Err(Fault::Down)
    }

    #[fallback(value = 8, on = Failure::Error(Fault::NotFound))]
    fn another_fallback(&self, fault: Fault) -> Result<u32, Fault> {
        Err(fault)
    }

    #[timeout(30ms)]
    async fn one_layer_more(&self) -> Result<u32, Fault> {
        self.runs.set(self.runs.get() + 1);
        std::future::pending().await
    }
}

#[test]
fn an_attribute_of_a_method_overrides_the_settings_that_it_names() {
    let stage = Stage::new();
    let over = Overriding { runs: &Cell::new(0) };
    assert_eq!(
        (over.one_setting(Fault::Down), over.runs.take()),
        (Ok(7), 3),
        "the breaker of the preset ends it"
    );
    stage.breaker("over").disable();
    let before = stage.elapsed();
    assert_eq!((over.one_setting(Fault::Down), over.runs.take()), (Ok(7), 4));
    assert_eq!(stage.elapsed() - before, 3 * 20 * MS, "the backoff is the block's");
    assert_eq!(over.one_setting(Fault::NotFound), Ok(7));
    assert_eq!(over.runs.take(), 1, "and so is `on`");
}

#[test]
fn an_attribute_of_a_method_may_name_another_policy() {
    let stage = Stage::new();
    let over = Overriding { runs: &Cell::new(0) };
    assert_eq!((over.another_name(), over.runs.take()), (Ok(7), 3));
    assert_eq!(over.another_name(), Ok(7));
    assert_eq!((over.runs.take(), stage.state("other")), (2, State::Open), "the threshold is the method's");
    assert_eq!(stage.figures("other").settings.open_for, 7 * SECOND, "and the rest the preset's");
    assert!(stage.scope.registry().circuit_breaker("over").is_none());
    assert!(stage.scope.registry().retry("over").is_some());
}

#[test]
fn a_fallback_of_a_method_takes_the_place_of_the_blocks() {
    let _stage = Stage::new();
    let over = Overriding { runs: &Cell::new(0) };
    assert_eq!(over.another_fallback(Fault::NotFound), Ok(8));
    assert_eq!(over.another_fallback(Fault::Status(1)), Err(Fault::Status(1)));
}

#[test]
fn a_layer_that_the_block_does_not_have_is_added_in_the_recommended_order() {
    let stage = Stage::new();
    let over = Overriding { runs: &Cell::new(0) };
    assert_eq!(stage.run(over.one_layer_more()), Ok(7));
    assert_eq!(over.runs.take(), 3, "a timeout of each attempt");
    assert_eq!(stage.figures("over").timeouts, 3);
}

#[async_trait(?Send)]
trait Remote {
    async fn get(&self) -> Result<u32, Fault>;
    async fn put(&mut self, text: String) -> Result<usize, Fault>;
    async fn name(&self) -> String;
}

#[resilient(STORE, timeout(50ms))]
#[async_trait(?Send)]
impl Remote for Store {
    async fn get(&self) -> Result<u32, Fault> {
        self.fail()
    }

    #[retry(attempts = 3)]
    async fn put(&mut self, text: String) -> Result<usize, Fault> {
        self.runs.set(self.runs.get() + 1);
        if text.is_empty() { std::future::pending().await } else { Ok(text.len()) }
    }

    async fn name(&self) -> String {
        self.runs().to_string()
    }
}

struct Under(Store);

#[async_trait(?Send)]
#[resilient(STORE, timeout(50ms))]
impl Remote for Under {
    async fn get(&self) -> Result<u32, Fault> {
        self.0.fail()
    }

    #[retry(attempts = 3)]
    async fn put(&mut self, text: String) -> Result<usize, Fault> {
        self.0.runs.set(self.0.runs.get() + 1);
        if text.is_empty() { std::future::pending().await } else { Ok(text.len()) }
    }

    async fn name(&self) -> String {
        self.0.runs().to_string()
    }
}

#[test]
fn a_block_may_stand_above_async_trait_and_below_it() {
    fn check(mut remote: impl Remote) {
        let stage = Stage::new();
        assert_eq!(stage.run(remote.get()), Err(Fault::Down));
        assert_eq!(stage.run(remote.name()), "2");
        let refused = refusal(stage.run(remote.put(String::new())).map(|_| 0));
        assert_eq!(refused.limit(), Some(50 * MS));
        assert_eq!(stage.run(remote.name()), "3");
        assert_eq!(
            stage.run(remote.put(String::from("four"))).map_err(|_| ()),
            Err(()),
            "its circuit is open"
        );
    }
    check(Store::default());
    check(Under(Store::default()));
}

trait Shelf {
    fn take(&self) -> Result<u32, Fault>;
}

#[resilient(STORE)]
impl<T: Clone + Into<u32>> Shelf for Vec<T> {
    fn take(&self) -> Result<u32, Fault> {
        self.first().cloned().map(Into::into).ok_or(Fault::NotFound)
    }
}

#[test]
fn a_block_may_be_generic_and_implement_a_trait() {
    let stage = Stage::new();
    assert_eq!(vec![4_u8].take(), Ok(4));
    assert_eq!(Vec::<u16>::new().take(), Err(Fault::NotFound));
    assert!(stage.scope.registry().retry(concat!(module_path!(), "::take")).is_some());
}

macro_rules! made {
    ($name:ident, $preset:expr, $type:ty, $body:block) => {
        struct $name;

        #[resilient($preset)]
        impl $name {
            fn made(&self) -> $type $body
        }
    };
}

made!(Made, STORE, Result<u32, Fault>, { Err(Fault::Down) });

#[test]
fn a_block_that_a_macro_makes_is_covered() {
    let stage = Stage::new();
    assert_eq!(Made.made(), Err(Fault::Down));
    assert_eq!(stage.elapsed(), 10 * MS);
}

#[test]
fn a_covered_method_stands_at_its_own_place() {
    let catalogue = catalogue();
    let line = |line: u32| include_str!("blocks.rs").lines().nth(line as usize - 1).unwrap().trim();
    let lines = |name: &str| {
        let path = format!("{}::{name}", module_path!());
        let function = catalogue.iter().find(|function| function.path == path).unwrap();
        let layers = function.layers.iter().map(|layer| line(layer.place.line));
        (line(function.place.line), layers.collect::<Vec<_>>())
    };
    let covered = "fn covered(&self) -> Result<u32, Fault> {";
    assert_eq!(lines("covered"), (covered, vec![covered, covered]));
    let write = "fn write(&mut self) -> Result<(), Fault> {";
    let section = r#"#[resilient(STORE, name = "block", retry(attempts = 1))]"#;
    assert_eq!(lines("write"), (write, vec![section, write]), "a section stands where it is written");
    assert!(!catalogue.iter().any(|function| function.path == concat!(module_path!(), "::skipped")));
}
