resilience::preset! {
    pub const KEYS: Preset = {
        circuit_breaker("name", treshold = 3, failure_threshold = 3, ignore = Error::NotFound(_)),
        retry(name = "x", attempts = 2, attempts = 3),
        rate_limit(100 / 1s, crate = resilience),
    };

    pub const SECTIONS: Preset = {
        fallback(cached),
        retries(attempts = 3),
        retry,
        timeout(1s),
        timeout(2s),
        threshold = 3,
    };
}

resilience::preset! {}

resilience::preset! {
    pub static STATIC: Preset = { retry(attempts = 3) };
}

resilience::preset! {
    pub const NO_TYPE = { retry(attempts = 3) };
}

resilience::preset! {
    pub const NO_BRACES: Preset = retry(attempts = 3);
}

fn main() {}
