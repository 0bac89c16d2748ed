//! Allocations and allocated bytes of a call, for each row: `name, count, bytes`, separated by tabs. A program of its own,
//! since counting makes every allocation dearer.

use std::{hint::black_box, time::Duration};

use resilience_benches::{
    measure::{calls_in, runtime},
    rows,
};

#[allow(clippy::cast_precision_loss)] // A thousand calls.
fn main() {
    let runtime = runtime();
    for row in rows() {
        let mut worker = {
            let _entered = runtime.enter();
            row.start()()
        };
        let calls = calls_in(Duration::from_micros(500), &mut *worker, &runtime).min(1_000);
        let counted = allocation_counter::measure(|| {
            black_box(worker.run(calls, &runtime));
        });
        let each = |total: u64| total as f64 / calls as f64;
        println!("{}\t{:.2}\t{:.1}", row.key(), each(counted.count_total), each(counted.bytes_total));
    }
}
