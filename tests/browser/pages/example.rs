//! The example that the README names, as a user starts it.

use std::{
    env,
    io::{BufRead, BufReader},
    net::{Ipv4Addr, TcpListener},
    process::{Child, Command, Stdio},
};

use resilience_browser_tests::Browser;

struct Example(Child);

impl Drop for Example {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn the_example_prints_an_address_at_which_its_troubles_are_seen() {
    let Some(browser) = Browser::start() else { return };
    let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).and_then(|free| free.local_addr()).unwrap().port();
    let mut command = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.args([
        "run",
        "--quiet",
        "--example",
        "dashboard",
        "--features",
        "dashboard",
        "-p",
        "resilience-examples",
    ]);
    command.args(["--", &format!("127.0.0.1:{port}")]).stdout(Stdio::piped());
    let mut example = Example(command.spawn().unwrap());
    let said = BufReader::new(example.0.stdout.take().unwrap());
    let (mut address, mut token) = (None, None);
    for line in said.lines().map_while(Result::ok) {
        let word = line.split_whitespace().last().unwrap_or_default().to_owned();
        if word.starts_with("http://") {
            address = Some(word);
        } else if line.contains("token") {
            token = Some(word);
        }
        if address.is_some() && token.is_some() {
            break;
        }
    }
    browser.open(&address.expect("it prints its address"));
    browser.wait("document.getElementById('link').dataset.link === 'live'");

    // Payments are down from the fourth second on.
    browser
        .wait("document.getElementById('log').innerText.includes('circuit breaker payments: closed → open')");
    browser.wait("document.querySelector('.row .badge[data-state=open], .row .badge[data-state=half_open]')");
    browser.click("#token-open");
    crate::stand::give_token(&browser, &token.expect("it prints its token"));
    browser.wait("document.getElementById('token-open').textContent === 'Actions: unlocked'");
    assert_eq!(browser.console(), Vec::<String>::new());
}
