//! Scores, grades, reports, recommendations, handlers and probes, on clocks that stand still.

mod grades;
mod handlers;
mod probes;
mod recommendations;
mod report;
mod score;
mod services;
mod thread;
mod trend;

use std::time::Duration;

use resilience::{
    Bulkhead, CircuitBreaker, Health, ManualClock, Registry, bulkhead, circuit_breaker, health::Report,
    testing::Scope,
};

const SECOND: Duration = Duration::from_secs(1);
const MINUTE: Duration = Duration::from_mins(1);
/// Far longer than anything here takes; only a failing test waits for it.
const LONG: Duration = Duration::from_mins(1);

/// A registry of its own and its health, on a clock of its own.
struct Ward {
    scope: Scope,
    clock: ManualClock,
    health: Health,
}

impl Ward {
    fn new() -> Self {
        let clock = ManualClock::new();
        let scope = Scope::with_clock(clock.clone());
        let health = scope.registry().health();
        Self { scope, clock, health }
    }

    fn registry(&self) -> Registry {
        self.scope.registry()
    }

    fn breaker(&self, name: &str, config: circuit_breaker::Config) -> CircuitBreaker {
        self.registry().add_circuit_breaker(name, config).unwrap()
    }

    fn bulkhead(&self, name: &str, places: u32) -> Bulkhead {
        let config = bulkhead::Config::new().max_concurrent(places);
        self.registry().add_bulkhead(name, config).unwrap()
    }

    /// A sample ten seconds from now.
    fn tick(&self) -> Report {
        self.clock.advance(10 * SECOND);
        self.health.sample()
    }

    /// So many minutes with a sample at the end of each, and something done before it.
    fn minutes(&self, minutes: u32, mut each: impl FnMut()) -> Report {
        let mut report = self.health.sample();
        for _ in 0..minutes {
            each();
            self.clock.advance(MINUTE);
            report = self.health.sample();
        }
        report
    }
}

fn succeed(breaker: &CircuitBreaker, times: usize) {
    (0..times).for_each(|_| breaker.call(|| Ok::<_, &str>(())).unwrap());
}

fn fail(breaker: &CircuitBreaker, times: usize) {
    for _ in 0..times {
        let _ = breaker.call(|| Err::<(), _>("down"));
    }
}
