//! What becomes of receivers and mutable references when the body runs again.

use std::{cell::Cell, pin::Pin, rc::Rc, sync::Arc};

use resilience::retry;

use super::*;

struct Service {
    calls: u32,
    down: Cell<bool>,
}

impl Service {
    #[retry(backoff = fixed(0ms))]
    fn by_mut(&mut self, out: &mut Vec<u32>, mut text: String) -> Answer {
        self.calls += 1;
        out.push(self.calls);
        text.push('!');
        if self.calls < 3 { Err(Fault::Down) } else { Ok(u32::try_from(text.len()).unwrap()) }
    }

    #[retry(backoff = fixed(0ms))]
    async fn by_mut_async(&mut self, out: &mut Vec<u32>, mut text: String) -> Answer {
        self.calls += 1;
        out.push(self.calls);
        text.push('!');
        if self.calls < 3 { Err(Fault::Down) } else { Ok(u32::try_from(text.len()).unwrap()) }
    }

    #[retry(backoff = fixed(0ms))]
    fn by_rc(self: Rc<Self>) -> Answer {
        if self.down.replace(false) {
            Err(Fault::Down)
        } else {
            Ok(Rc::strong_count(&self).try_into().unwrap())
        }
    }

    #[retry(backoff = fixed(0ms))]
    async fn by_arc(self: Arc<Self>, runs: &Cell<u32>) -> Answer {
        runs.set(runs.get() + 1);
        if self.down.replace(false) { Err(Fault::Down) } else { Ok(self.calls) }
    }

    #[retry(backoff = fixed(0ms))]
    async fn by_pin(mut self: Pin<&mut Self>) -> Answer {
        self.calls += 1;
        if self.calls < 3 { Err(Fault::Down) } else { Ok(self.calls) }
    }
}

fn down() -> Service {
    Service { calls: 0, down: Cell::new(true) }
}

#[test]
fn mutable_references_are_lent_again_and_own_arguments_start_afresh() {
    let stage = Stage::new();
    let (mut service, mut out) = (down(), Vec::new());
    assert_eq!(service.by_mut(&mut out, "text".into()), Ok(5), "one exclamation mark, not three");
    assert_eq!(out, [1, 2, 3]);
    let (mut service, mut out) = (down(), Vec::new());
    assert_eq!(stage.run(service.by_mut_async(&mut out, "text".into())), Ok(5));
    assert_eq!(out, [1, 2, 3]);
}

#[test]
fn a_counted_receiver_is_cloned_for_each_attempt_and_freed_after() {
    let stage = Stage::new();
    let service = Rc::new(down());
    assert!(service.clone().by_rc().is_ok_and(|count| count > 1));
    assert_eq!(Rc::strong_count(&service), 1);

    let (service, runs) = (Arc::new(down()), Cell::new(0));
    assert_eq!(stage.run(service.clone().by_arc(&runs)), Ok(0));
    assert_eq!((runs.get(), Arc::strong_count(&service)), (2, 1));
}

#[test]
fn a_pinned_receiver_is_lent_again() {
    let stage = Stage::new();
    let mut service = down();
    assert_eq!(stage.run(Pin::new(&mut service).by_pin()), Ok(3));
}
