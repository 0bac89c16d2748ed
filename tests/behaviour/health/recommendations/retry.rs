use resilience::{
    Retry,
    health::Rule,
    retry::{Backoff, Config},
};

use super::{Ward, says};

fn retry(ward: &Ward, attempts: u32) -> Retry {
    let config = Config::new().attempts(attempts).backoff(Backoff::fixed(std::time::Duration::ZERO));
    ward.registry().add_retry("db", config).unwrap()
}

/// Calls that fail so often before they succeed.
fn call(retry: &Retry, failures: u32, times: usize) {
    for _ in 0..times {
        let mut left = failures;
        let _ = retry.call(|| {
            let fails = left > 0;
            left = left.saturating_sub(1);
            if fails { Err("down") } else { Ok(()) }
        });
    }
}

#[test]
fn repeats_that_are_a_great_part_of_the_load_shall_be_fewer() {
    for (saved, plain, attempts, expected) in [
        (15, 35, 3, Some("attempts = 2")),
        (15, 35, 2, Some("attempts = 1")),
        (10, 40, 3, None),
        (15, 30, 3, None),
    ] {
        let ward = Ward::new();
        let retry = retry(&ward, attempts);
        call(&retry, 1, saved);
        call(&retry, 0, plain);
        assert_eq!(
            ward.change(&ward.health.sample(), Rule::RetryShare).as_deref(),
            expected,
            "{saved} {plain}"
        );
    }
}

#[test]
fn repeats_that_save_nothing_shall_not_be_made() {
    for (saved, lost, expected) in [(3, 17, Some("abort_on")), (4, 16, None), (0, 19, None)] {
        let ward = Ward::new();
        let retry = retry(&ward, 2);
        call(&retry, 1, saved);
        call(&retry, 2, lost);
        let report = ward.health.sample();
        assert_eq!(ward.change(&report, Rule::FutileRetries).as_deref(), expected, "{saved} {lost}");
        assert!(
            expected.is_none()
                || says(&report, Rule::FutileRetries).unwrap().text.starts_with("saved 3 of 20")
        );
    }
}
