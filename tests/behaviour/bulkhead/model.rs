//! Against a naive queue.

use super::*;

/// What can happen to a bulkhead.
#[derive(Clone, Copy, Debug)]
enum Event {
    /// Somebody asks for a place.
    Ask,
    /// Somebody asks and would not wait.
    Try,
    /// The n-th of those who hold a place gives it back.
    Leave(usize),
    /// The n-th of those who wait is polled.
    Poll(usize),
    /// The n-th of those who wait is dropped.
    Drop(usize),
    /// The limit changes.
    Resize(u32),
}

fn event() -> impl Strategy<Value = Event> {
    prop_oneof![
        4 => Just(Event::Ask),
        1 => Just(Event::Try),
        3 => (0..8_usize).prop_map(Event::Leave),
        3 => (0..8_usize).prop_map(Event::Poll),
        2 => (0..8_usize).prop_map(Event::Drop),
        1 => (1..5_u32).prop_map(Event::Resize),
    ]
}

/// A caller of the model: its number, and whether the place is its own already.
type Standing = (u32, bool);

/// Hands out what is free.
fn settle(limit: u32, held: usize, queue: &mut VecDeque<Standing>) {
    loop {
        let used = held + queue.iter().filter(|(_, called)| *called).count();
        match queue.iter_mut().find(|(_, called)| !called) {
            Some((_, called)) if used < limit as usize => *called = true,
            _ => break,
        }
    }
}

proptest! {
    #[test]
    fn it_equals_a_naive_queue(events in prop::collection::vec(event(), 1..120)) {
        let mut limit = 2;
        let (bulkhead, _) = bulkhead(Config::new().max_concurrent(limit).max_wait(MINUTE).max_queue(6));
        let mut places = Vec::new();
        let mut callers: Vec<(u32, Waiting<'_>)> = Vec::new();
        let (mut held, mut queue) = (0_usize, VecDeque::<Standing>::new());
        for (number, event) in (0..).zip(events) {
            let called = queue.iter().filter(|(_, called)| *called).count();
            let waiting = queue.len() - called;
            let room = held + called < limit as usize && waiting == 0;
            match event {
                Event::Ask => {
                    let mut caller = bulkhead.acquire_async();
                    match poll(&mut caller) {
                        Poll::Ready(Ok(place)) => {
                            prop_assert!(room);
                            places.push(place);
                            held += 1;
                        }
                        Poll::Ready(Err(refused)) => {
                            prop_assert!(!room && waiting == 6);
                            prop_assert_eq!(refused.reason(), Reason::QueueFull);
                        }
                        Poll::Pending => {
                            prop_assert!(!room && waiting < 6);
                            callers.push((number, caller));
                            queue.push_back((number, false));
                        }
                    }
                }
                Event::Try => {
                    let place = bulkhead.try_acquire();
                    prop_assert_eq!(place.is_ok(), room);
                    if let Ok(place) = place {
                        places.push(place);
                        held += 1;
                    }
                }
                Event::Leave(at) if at < places.len() => {
                    drop(places.swap_remove(at));
                    held -= 1;
                }
                Event::Poll(at) if at < callers.len() => {
                    let (number, outcome) = (callers[at].0, poll(&mut callers[at].1));
                    let position = queue.iter().position(|(other, _)| *other == number).unwrap();
                    prop_assert_eq!(outcome.is_ready(), queue[position].1);
                    if let Poll::Ready(place) = outcome {
                        places.push(place.unwrap());
                        held += 1;
                        drop(callers.remove(at));
                        queue.remove(position);
                    }
                }
                Event::Drop(at) if at < callers.len() => {
                    let (number, _) = callers.remove(at);
                    queue.retain(|(other, _)| *other != number);
                }
                Event::Resize(to) => {
                    limit = to;
                    bulkhead.reconfigure(Config::new().max_concurrent(to).max_wait(MINUTE).max_queue(6)).unwrap();
                }
                Event::Leave(_) | Event::Poll(_) | Event::Drop(_) => {}
            }
            settle(limit, held, &mut queue);
            let snapshot = bulkhead.snapshot();
            let called = queue.iter().filter(|(_, called)| *called).count();
            prop_assert_eq!((snapshot.in_use as usize, snapshot.waiting), (held + called, queue.len() - called));
        }
        drop(places);
        drop(callers);
        let snapshot = bulkhead.snapshot();
        prop_assert_eq!((snapshot.in_use, snapshot.waiting), (0, 0));
    }
}
