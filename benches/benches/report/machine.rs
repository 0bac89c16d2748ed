//! Where and of what the figures are.

use std::{
    env, fs,
    path::Path,
    process::Command,
    time::{SystemTime, UNIX_EPOCH},
};

use super::Result;

/// What a program prints.
pub(crate) fn output(program: &str, arguments: &[&str]) -> Result<String> {
    let output = Command::new(program).args(arguments).output()?;
    if !output.status.success() {
        return Err(format!("{program}: {}", String::from_utf8_lossy(&output.stderr)).into());
    }
    Ok(String::from_utf8(output.stdout)?)
}

/// The machine and the compiler, in a sentence.
pub(crate) fn describe() -> Result<String> {
    let processors = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let models: Vec<&str> = processors
        .lines()
        .filter_map(|line| line.strip_prefix("model name"))
        .filter_map(|rest| rest.split_once(':'))
        .map(|(_, model)| model.trim())
        .collect();
    let kernel = fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
    let compiler = output(&env::var("RUSTC").unwrap_or_else(|_| String::from("rustc")), &["--version"])?;
    Ok(format!(
        "{} processors, {}; Linux {}; {}; profile `bench` (opt-level 3, thin LTO, one codegen unit).",
        models.len(),
        models.first().unwrap_or(&"of an unknown model"),
        kernel.trim(),
        compiler.trim(),
    ))
}

/// Today, as the calendar writes it.
pub(crate) fn today() -> String {
    let seconds = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
    date(seconds / 86_400)
}

/// The date so many days after 1970-01-01. Years are counted from March, so that a leap day is the last of its year.
fn date(days: u64) -> String {
    const DAYS_OF_400_YEARS: u64 = 146_097;
    let days = days + 719_468;
    let (era, day) = (days / DAYS_OF_400_YEARS, days % DAYS_OF_400_YEARS);
    let year = (day - day / 1_460 + day / 36_524 - day / 146_096) / 365;
    let day = day - (365 * year + year / 4 - year / 100);
    let month = (5 * day + 2) / 153;
    let day = day - (153 * month + 2) / 5 + 1;
    let (month, next) = if month < 10 { (month + 3, 0) } else { (month - 9, 1) };
    format!("{}-{month:02}-{day:02}", era * 400 + year + next)
}

/// The peers and their versions, as the lock file has them.
pub(crate) fn versions() -> Result<String> {
    let lock = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../Cargo.lock"))?;
    let version = |name: &str| {
        let package = format!("name = \"{name}\"\nversion = \"");
        lock.split_once(&package)
            .and_then(|(_, rest)| rest.split_once('"'))
            .map_or("?", |(version, _)| version)
    };
    let names = [
        "backon",
        "backon-macros",
        "breaker",
        "circuitbreaker-rs",
        "failsafe",
        "governor",
        "leaky-bucket",
        "recloser",
        "seatbelt",
        "tokio",
        "tokio-retry",
        "tower",
        "tower-resilience-bulkhead",
        "tower-resilience-circuitbreaker",
        "tower-resilience-fallback",
        "tower-resilience-ratelimiter",
        "tower-resilience-retry",
        "tower-resilience-timelimiter",
    ];
    let each: Vec<String> = names.iter().map(|name| format!("{name} {}", version(name))).collect();
    Ok(each.join(", "))
}
