//! A closed circuit breaker through the attribute against the plain call: `cargo bench -p resilience-benches`.

use divan::{Bencher, black_box};
use resilience_benches::CASES;

fn main() {
    divan::main();
}

/// A thousand calls, each with the answer of the last.
#[divan::bench(args = CASES.iter().map(|(name, _)| *name), threads = [1, 2], items_count = 1000_u64)]
fn thousand_calls(bencher: Bencher, name: &str) {
    let (_, case) = CASES.iter().find(|(known, _)| *known == name).expect("a case by its own name");
    bencher.bench(|| case(black_box(1000)));
}
