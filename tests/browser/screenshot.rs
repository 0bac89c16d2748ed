//! Makes the README's picture of the dashboard from the running example:
//!
//! ```sh
//! cargo run --example dashboard --features dashboard &
//! cargo run -p resilience-browser-tests --bin screenshot -- http://127.0.0.1:8080/ examples/dashboard/dashboard.png
//! ```

use std::{env, fs, process::ExitCode};

use resilience_browser_tests::{Browser, Look};

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let [address, file] = arguments.as_slice() else {
        eprintln!("say the dashboard's address, and the file to write: http://127.0.0.1:8080/ picture.png");
        return ExitCode::FAILURE;
    };
    let Some(browser) = Browser::start() else { return ExitCode::FAILURE };
    browser.look(Look { width: 1280, height: 800, dark: false });
    browser.open(address);
    // Most of a minute is drawn, and a circuit is open.
    let is_full = browser.wait_for(
        150,
        "/in the last minute [1-9],?\\d\\d\\d calls/.test(document.querySelector('#rows')?.innerHTML)
         && document.querySelector('#rows [data-state=open]')",
    );
    if !is_full {
        eprintln!("no circuit opened, or nobody called");
        return ExitCode::FAILURE;
    }
    match fs::write(file, browser.picture()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{file} cannot be written: {error}");
            ExitCode::FAILURE
        }
    }
}
