//! What happens is seen.

use resilience_browser_tests::Browser;
use serde_json::json;

use crate::stand::{Stand, open, wait_for_detail};

#[test]
fn a_circuit_that_opens_is_seen_within_a_second_of_the_servers_word() {
    let stand = Stand::open();
    let breaker = stand.breaker("payments");
    let Some(browser) = stand.visit() else { return };
    browser.wait("document.querySelector('.row .badge').dataset.state === 'closed'");
    browser.run(
        "const told = new EventSource('events');
         told.addEventListener('happened', () => { window.told ??= performance.now(); told.close(); });
         window.listening = new Promise((ready) => { told.onopen = ready; });
         window.listening.then(() => { window.isListening = true; });
         new MutationObserver(() => {
           if (document.querySelector('.row .badge').dataset.state === 'open') window.seen ??= performance.now();
         }).observe(document.getElementById('rows'), {subtree: true, attributes: true});",
    );
    browser.wait("window.isListening");

    open(&breaker);

    browser.wait("window.seen && window.told");
    let late = browser.run("return window.seen - window.told").as_f64().unwrap();
    assert!(late < 1000.0, "{late} ms");
    browser.wait("document.querySelector('#log').innerText.includes('closed → open')");
    browser.wait("document.querySelector('#spoken').textContent.includes('payments')");
    assert!(browser.run("return document.title").as_str().unwrap().starts_with("1 open"));
}

#[test]
fn calls_move_the_figures_and_the_picture_of_the_last_minute() {
    let stand = Stand::open();
    let breaker = stand.breaker("payments");
    let Some(browser) = stand.visit() else { return };
    for _ in 0..50 {
        let _ = breaker.call(|| Ok::<_, &str>(()));
    }
    let _ = breaker.call(|| Err::<(), _>("down"));

    browser.wait("Number(document.querySelector('#rows .num').firstChild.textContent) > 0");
    browser.wait("document.querySelector('.row .spark .calls').getAttribute('d').length > 0");
    browser.wait("document.querySelector('.row .spark .fails').getAttribute('d').length > 0");
    browser.wait(
        "document.querySelector('.row .spark').getAttribute('aria-label').includes('51 calls, 1 failed')",
    );
}

#[test]
fn the_page_works_under_a_path_with_and_without_a_slash_at_its_end() {
    let stand = Stand::open();
    stand.breaker("payments");
    let Some(browser) = Browser::start() else { return };
    for path in ["ops/resilience", "ops/resilience/"] {
        browser.open(&format!("{}{path}", stand.address()));
        stand.settle(&browser);
        browser.click(".name");
        wait_for_detail(&browser);
        assert_eq!(browser.console(), Vec::<String>::new(), "{path}");
    }
}

#[test]
fn a_policy_that_is_used_for_the_first_time_appears() {
    let stand = Stand::open();
    let Some(browser) = stand.visit() else { return };
    browser.wait("!document.getElementById('empty').hidden");

    let _ = stand.breaker("late").call(|| Ok::<_, &str>(()));

    browser.wait("document.querySelector('.row .name').textContent === 'late'");
    assert_eq!(browser.run("return document.getElementById('empty').hidden"), json!(true));
}

#[test]
fn a_lost_connection_is_said_and_the_figures_are_greyed_until_it_is_back() {
    let mut stand = Stand::open();
    let breaker = stand.breaker("payments");
    let Some(browser) = stand.visit() else { return };

    stand.stop();
    browser
        .wait("document.getElementById('banner').textContent.includes('connection to the server is lost')");
    browser.wait("/figures are \\d+ s old/.test(document.getElementById('banner').textContent)");
    let filter = browser.run("return getComputedStyle(document.getElementById('list')).filter");
    assert_eq!(filter, json!("grayscale(1)"));

    breaker.force_open();
    stand.start_again();
    browser.wait("document.getElementById('link').dataset.link === 'live'");
    browser.wait("document.querySelector('.row .badge').dataset.state === 'forced_open'");
    assert_eq!(
        browser.run("return getComputedStyle(document.getElementById('banner')).display"),
        json!("none")
    );
}

#[test]
fn figures_that_stay_away_are_said_to_be_old_although_the_connection_stands() {
    let stand = Stand::mute();
    stand.breaker("payments");
    let Some(browser) = stand.visit() else { return };
    browser.wait("document.getElementById('link').dataset.link === 'late'");
    browser.wait("/sent nothing for a while. The figures are \\d+ s old/.test(document.getElementById('banner').textContent)");
    assert_eq!(browser.run("return document.documentElement.classList.contains('stale')"), json!(true));
}

#[test]
fn the_list_is_searched_filtered_and_sorted() {
    let stand = Stand::open();
    stand.furnish();
    let Some(browser) = stand.visit() else { return };
    let names = "return [...document.querySelectorAll('.row .name')].map((name) => name.textContent)";
    browser.wait("document.querySelectorAll('#rows .row').length === 10");
    // Trouble first.
    assert_eq!(
        browser.run(&format!("{names}.slice(0, 4)")),
        json!(["open", "forced", "metrics", "disabled"])
    );

    browser.click("#states-open");
    browser.wait("document.querySelectorAll('#rows .row').length === 1");
    browser.click("#states-open");
    browser.run(
        "const kind = document.getElementById('kind'); kind.value = 'retry'; kind.dispatchEvent(new Event('change'))",
    );
    browser.wait("document.querySelectorAll('#rows .row').length === 1");
    assert_eq!(browser.run(names), json!(["closed"]));
    browser.run(
        "const kind = document.getElementById('kind'); kind.value = ''; kind.dispatchEvent(new Event('change'))",
    );
    browser.click("#find");
    browser.press("breaker fo");
    browser.wait("document.querySelectorAll('#rows .row').length === 1");
    assert_eq!(browser.run(names), json!(["forced"]));
    browser.press("nobody");
    browser.wait("document.getElementById('empty').innerText.startsWith('Nothing matches')");
    browser.run("const find = document.getElementById('find'); find.value = ''; find.dispatchEvent(new Event('input'))");

    browser.wait("document.querySelectorAll('#rows .row').length === 10");
    browser.click("#head [data-sort=name] button");
    browser
        .wait("document.querySelector('#head [data-sort=name]').getAttribute('aria-sort') === 'ascending'");
    browser.wait("document.querySelector('.row .name').textContent === 'closed'");
    browser.click("#head [data-sort=name] button");
    browser.wait("document.querySelector('.row .name').textContent.startsWith('shop::')");
}
