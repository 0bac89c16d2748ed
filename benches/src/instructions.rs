//! One case, so many times: what `benches/instructions.sh` runs under callgrind.

use std::process::ExitCode;

use resilience_benches::CASES;

fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1);
    let (Some(name), Some(times)) = (arguments.next(), arguments.next().and_then(|times| times.parse().ok()))
    else {
        // Windows in time depend on when the thread of the tick runs, so their count is not the same twice.
        for (name, _) in CASES.iter().filter(|(name, _)| !name.ends_with("_time")) {
            println!("{name}");
        }
        return ExitCode::SUCCESS;
    };
    let Some((_, case)) = CASES.iter().find(|(known, _)| *known == name) else {
        eprintln!("no case `{name}`; without arguments this program lists them");
        return ExitCode::FAILURE;
    };
    std::hint::black_box(case(times));
    ExitCode::SUCCESS
}
