use resilience::{Rejected, bulkhead, circuit_breaker, fallback, retry, timeout};

#[retry(atempts = 3, backoff = fixed(1))]
#[fallback(cached, on = _)]
#[circuit_breaker(QUOTES, threshold = -1, failure_rate = 50)]
#[test]
#[bulkhead("a", max_concurent = 3)]
#[timeout(30)]
const fn everything(self) {}

fn main() {
    let _: Option<Rejected> = None;
}
