//! Every order of two and of three gates: who is asked, who counts, and what the breaker makes of it.

use resilience::{bulkhead, circuit_breaker, rate_limit};

use super::*;

#[derive(Clone, Copy, Debug, PartialEq)]
enum Gate {
    Limit,
    Breaker,
    Bulkhead,
}

/// A guarded function, and its gates from the outermost in.
struct Stack {
    gates: &'static [Gate],
    call: fn(Act<'static>) -> Boxed<'static>,
}

macro_rules! stacks {
    ($($name:ident: $($gate:ident)*;)*) => {
        $(stacks!(@ $name [] $($gate)*);)*
        const STACKS: &[Stack] = &[
            $(Stack { gates: &[$(Gate::$gate),*], call: |act| Box::pin($name(act)) }),*
        ];
    };
    (@ $name:ident [$($layers:tt)*] Limit $($rest:ident)*) => {
        stacks!(@ $name [$($layers)* #[rate_limit("x", 50 / 1h)]] $($rest)*);
    };
    (@ $name:ident [$($layers:tt)*] Breaker $($rest:ident)*) => {
        stacks!(@ $name [$($layers)* #[circuit_breaker("x", threshold = 2)]] $($rest)*);
    };
    (@ $name:ident [$($layers:tt)*] Bulkhead $($rest:ident)*) => {
        stacks!(@ $name [$($layers)* #[bulkhead("x", max_concurrent = 1)]] $($rest)*);
    };
    (@ $name:ident [$($layers:tt)*]) => {
        $($layers)*
        async fn $name(act: Act<'_>) -> Answer {
            act().await
        }
    };
}

stacks! {
    lb: Limit Breaker;
    bl: Breaker Limit;
    lp: Limit Bulkhead;
    pl: Bulkhead Limit;
    bp: Breaker Bulkhead;
    pb: Bulkhead Breaker;
    lbp: Limit Breaker Bulkhead;
    lpb: Limit Bulkhead Breaker;
    blp: Breaker Limit Bulkhead;
    bpl: Breaker Bulkhead Limit;
    plb: Bulkhead Limit Breaker;
    pbl: Bulkhead Breaker Limit;
}

/// What the gates have counted; all zero of a gate that the stack does not have.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Counts {
    permits: u64,
    without_permit: u64,
    successes: u64,
    errors: u64,
    exhausted: u64,
    open: u64,
    others: u64,
    places: u64,
    full: u64,
    in_use: u32,
}

impl Stage {
    fn counts(&self) -> Counts {
        let registry = self.scope.registry();
        let mut counts = Counts::default();
        if let Some(seen) = registry.rate_limit("x").map(|limit| limit.snapshot()) {
            (counts.permits, counts.without_permit) = (seen.admitted, seen.refused);
        }
        if let Some(seen) = registry.circuit_breaker("x").map(|breaker| breaker.snapshot()) {
            (counts.successes, counts.errors, counts.open) = (seen.successes, seen.errors, seen.refused);
            counts.exhausted = seen.exhausted;
            counts.others = seen.timeouts + seen.panics + seen.ignored + seen.cancelled;
        }
        if let Some(seen) = registry.bulkhead("x").map(|bulkhead| bulkhead.snapshot()) {
            (counts.places, counts.full, counts.in_use) = (seen.admitted, seen.full, seen.in_use);
        }
        counts
    }
}

impl Stack {
    /// After one call that `refuses` refused, or that ended with an error of its own.
    fn expected(&self, before: Counts, refuses: Option<Gate>) -> Counts {
        let mut after = before;
        for gate in self.gates.iter().take_while(|gate| Some(**gate) != refuses) {
            match gate {
                Gate::Limit => after.permits += 1,
                Gate::Breaker if refuses.is_some() => after.exhausted += 1,
                Gate::Breaker => after.errors += 1,
                Gate::Bulkhead => after.places += 1,
            }
        }
        match refuses {
            Some(Gate::Limit) => after.without_permit += 1,
            Some(Gate::Breaker) => after.open += 1,
            Some(Gate::Bulkhead) => after.full += 1,
            None => {}
        }
        after
    }

    fn call(&self, act: Act<'static>) -> Answer {
        end(&mut (self.call)(act))
    }
}

#[test]
fn a_success_is_counted_once_by_every_gate() {
    for stack in STACKS {
        let stage = Stage::new();
        assert_eq!(stack.call(OK), Ok(1));
        let seen = stage.counts();
        let has = |gate| u64::from(stack.gates.contains(&gate));
        let expected = Counts {
            permits: has(Gate::Limit),
            successes: has(Gate::Breaker),
            places: has(Gate::Bulkhead),
            ..Counts::default()
        };
        assert_eq!(seen, expected, "{:?}", stack.gates);
    }
}

#[test]
fn a_failure_is_counted_once_by_every_gate() {
    for stack in STACKS {
        let stage = Stage::new();
        assert_eq!(stack.call(DOWN), Err(Fault::Down));
        assert_eq!(stage.counts(), stack.expected(Counts::default(), None), "{:?}", stack.gates);
    }
}

#[test]
fn a_call_under_way_holds_its_place_and_is_not_counted_by_the_breaker() {
    for stack in STACKS {
        let stage = Stage::new();
        let mut call = begun((stack.call)(LATE));
        let has_place = u32::from(stack.gates.contains(&Gate::Bulkhead));
        let seen = stage.counts();
        assert_eq!((seen.in_use, seen.successes), (has_place, 0), "{:?}", stack.gates);
        assert_eq!(end(&mut call), Ok(1));
        assert_eq!(stage.counts().in_use, 0, "{:?}", stack.gates);
        assert_eq!(stack.call(OK), Ok(1), "{:?}", stack.gates);
    }
}

/// Makes a gate refuse, calls, and compares all that the gates have counted.
fn refused_by(gate: Gate, why: Reason) {
    for stack in STACKS.iter().filter(|stack| stack.gates.contains(&gate)) {
        let stage = Stage::new();
        assert_eq!(stack.call(OK), Ok(1));
        let bulkhead = (gate == Gate::Bulkhead).then(|| stage.bulkhead());
        let place = bulkhead.as_ref().map(|bulkhead| bulkhead.acquire().unwrap());
        match gate {
            Gate::Limit => while stage.limit().try_acquire().is_ok() {},
            Gate::Breaker => stage.breaker().force_open(),
            Gate::Bulkhead => {}
        }
        for _ in 0..3 {
            let before = stage.counts();
            let ran = &|| -> Boxed<'static> { panic!("the body runs") };
            assert_eq!(reason(stack.call(ran)), why, "{:?}", stack.gates);
            assert_eq!(stage.counts(), stack.expected(before, Some(gate)), "{:?}", stack.gates);
        }
        drop(place);
    }
}

#[test]
fn a_used_up_limit_costs_the_gates_above_it_what_it_costs_alone_and_those_below_nothing() {
    refused_by(Gate::Limit, Reason::RateLimited);
}

#[test]
fn an_open_breaker_costs_the_gates_above_it_what_it_costs_alone_and_those_below_nothing() {
    refused_by(Gate::Breaker, Reason::ForcedOpen);
}

#[test]
fn a_full_bulkhead_costs_the_gates_above_it_what_it_costs_alone_and_those_below_nothing() {
    refused_by(Gate::Bulkhead, Reason::BulkheadFull);
}

#[test]
fn refusals_below_a_breaker_are_failures_where_it_counts_them_and_those_above_never() {
    for stack in STACKS.iter().filter(|stack| stack.gates.contains(&Gate::Breaker)) {
        let others: Vec<Gate> = stack.gates.iter().copied().filter(|gate| *gate != Gate::Breaker).collect();
        for gate in others {
            let stage = Stage::new();
            assert_eq!(stack.call(OK), Ok(1));
            stage.breaker().reconfigure(breaker::Config::new().threshold(2).count_rejections(true)).unwrap();
            let bulkhead = (gate == Gate::Bulkhead).then(|| stage.bulkhead());
            let _place = bulkhead.as_ref().map(|bulkhead| bulkhead.acquire().unwrap());
            if gate == Gate::Limit {
                while stage.limit().try_acquire().is_ok() {}
            }
            let position = |one: Gate| stack.gates.iter().position(|gate| *gate == one);
            let is_inside = position(Gate::Breaker) < position(gate);
            for call in 0..2 {
                assert_eq!(stage.state(), State::Closed, "{:?}, {call}", stack.gates);
                assert!(stack.call(OK).is_err());
            }
            let expected = if is_inside { State::Open } else { State::Closed };
            assert_eq!(stage.state(), expected, "{gate:?} of {:?}", stack.gates);
        }
    }
}
