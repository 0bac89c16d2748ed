//! What is done on the page happens in the program.

use resilience::circuit_breaker::State;
use resilience_browser_tests::Browser;
use serde_json::json;

use crate::stand::{Stand, TOKEN, give_token, path, show_detail, wait_for_detail};

/// Clicks an action, and yes to its question.
fn act(browser: &Browser, label: &str) {
    browser.run(&format!(
        "[...document.querySelectorAll('#action-buttons button')].find((button) => button.textContent === '{label}').click()"
    ));
    browser.wait("!document.getElementById('confirm').hidden");
    browser.click("#confirm-yes");
    browser.wait(&format!(
        "document.getElementById('action-outcome').textContent.startsWith('Done: {}')",
        label.to_lowercase()
    ));
}

fn unlock(browser: &Browser) {
    browser.click("#unlock");
    give_token(browser, TOKEN);
    browser.wait("!document.getElementById('token-dialog').open && document.getElementById('unlock').hidden");
}

#[test]
fn a_forced_state_reaches_the_next_call() {
    let stand = Stand::open();
    let breaker = stand.breaker("payments");
    let Some(browser) = stand.visit() else { return };
    show_detail(&browser, &path("payments"));
    unlock(&browser);

    act(&browser, "Force open");
    assert!(breaker.acquire().is_err());
    act(&browser, "Disable");
    assert_eq!(breaker.state(), State::Disabled);
    act(&browser, "Metrics only");
    assert_eq!(breaker.state(), State::MetricsOnly);
    act(&browser, "Close");
    assert!(breaker.acquire().is_ok());
    let generation = breaker.snapshot().generation;
    act(&browser, "Reset");
    assert!(breaker.snapshot().generation > generation);
    browser.wait("document.getElementById('history').innerText.includes('closed → forced open')");
    assert_eq!(browser.console(), Vec::<String>::new());
}

#[test]
fn nothing_happens_before_the_question_is_answered() {
    let stand = Stand::open();
    let breaker = stand.breaker("payments");
    let Some(browser) = stand.visit() else { return };
    show_detail(&browser, &path("payments"));
    unlock(&browser);
    browser.click("#action-buttons button");
    browser.wait("document.activeElement.id === 'confirm-yes'");
    assert_eq!(breaker.state(), State::Closed);

    browser.press(Browser::ESCAPE);
    browser.wait("document.getElementById('confirm').hidden && document.getElementById('detail').open");
    browser.wait("document.activeElement.textContent === 'Force open'");
    assert_eq!(breaker.state(), State::Closed);
}

#[test]
fn without_a_token_in_the_program_there_are_no_actions() {
    let stand = Stand::with(|dashboard| dashboard);
    stand.breaker("payments");
    let Some(browser) = stand.visit() else { return };
    show_detail(&browser, &path("payments"));
    assert_eq!(browser.run("return document.getElementById('detail-actions').hidden"), json!(true));
    assert_eq!(browser.run("return document.querySelectorAll('#settings button').length"), json!(0));
    browser.press(Browser::ESCAPE);
    browser.wait("!document.getElementById('detail').open");
    browser.click("#token-open");
    browser.wait("document.getElementById('token-text').innerText.includes('RESILIENCE_DASHBOARD_TOKEN')");
    assert_eq!(browser.run("return document.getElementById('token-fields').hidden"), json!(true));
}

#[test]
fn a_wrong_token_is_said_at_its_field_and_not_kept() {
    let stand = Stand::open();
    stand.breaker("payments");
    let Some(browser) = stand.visit() else { return };
    browser.click("#token-open");
    give_token(&browser, "not-the-token-of-anybody");
    browser.wait("document.getElementById('token-error').textContent.includes('does not know this token')");
    assert_eq!(browser.run("return sessionStorage.length"), json!(0));
    assert_eq!(browser.run("return document.getElementById('token').type"), json!("password"));
}

#[test]
fn a_token_lasts_as_long_as_the_tab_and_is_in_no_cookie() {
    let stand = Stand::open();
    stand.breaker("payments");
    let Some(browser) = stand.visit() else { return };
    browser.click("#token-open");
    give_token(&browser, TOKEN);
    browser.wait("document.getElementById('token-open').textContent === 'Actions: unlocked'");
    browser.open(&stand.address());
    stand.settle(&browser);
    browser.wait("document.getElementById('token-open').textContent === 'Actions: unlocked'");
    assert_eq!(browser.run("return document.cookie + localStorage.length"), json!("0"));

    browser.click("#token-open");
    browser.click("#token-forget");
    browser.wait("document.getElementById('token-open').textContent === 'Actions: locked'");
    assert_eq!(browser.run("return sessionStorage.length"), json!(0));
}

#[test]
fn a_setting_is_checked_while_it_is_typed_and_changed_when_it_is_saved() {
    let stand = Stand::open();
    let breaker = stand.breaker("payments");
    let Some(browser) = stand.visit() else { return };
    show_detail(&browser, &path("payments"));
    unlock(&browser);

    browser.click("[aria-label='Change threshold']");
    browser.press("0");
    browser.wait("document.getElementById('setting-error').textContent === '`threshold` must be at least 1'");
    assert_eq!(
        browser.run("return document.getElementById('setting-value').getAttribute('aria-invalid')"),
        json!("true")
    );
    browser.press(Browser::ENTER);
    browser.wait("document.getElementById('setting-note').textContent === 'Nothing has changed.'");
    assert_eq!(breaker.settings().threshold, Some(3));

    browser.run("document.getElementById('setting-value').select()");
    browser.press("7");
    browser.wait("document.getElementById('setting-note').textContent.startsWith('Would be 7')");
    browser.press(Browser::ENTER);
    browser.wait("document.querySelector('[data-key=threshold] .value').textContent === '7'");
    assert_eq!(breaker.settings().threshold, Some(7));
    browser.wait("document.querySelector('[data-key=threshold] .layer').textContent.includes('otherwise 3')");
    browser.wait("document.getElementById('keep').innerText.includes('until the program restarts')");
    let toml = browser.run("return document.getElementById('keep-text').textContent");
    assert_eq!(toml, json!("[circuit_breaker.payments]\nthreshold = 7\n"));

    // The page itself says so as well.
    browser.press(Browser::ESCAPE);
    browser.wait("!document.getElementById('detail').open && !document.getElementById('changes').hidden");
    browser.click("#changes-count");
    browser.wait("document.getElementById('changes-text').textContent.includes('threshold = 7')");

    show_detail(&browser, &path("payments"));
    browser.click("[aria-label='Take back the change of threshold']");
    browser.wait("document.querySelector('[data-key=threshold] .value').textContent === '3'");
    assert_eq!(breaker.settings().threshold, Some(3));
    browser.wait("document.getElementById('keep').hidden && document.getElementById('changes').hidden");
}

#[test]
fn escape_leaves_a_field_without_a_change_and_then_the_detail() {
    let stand = Stand::open();
    let breaker = stand.breaker("payments");
    let Some(browser) = stand.visit() else { return };
    show_detail(&browser, &path("payments"));
    unlock(&browser);
    browser.click("[aria-label='Change threshold']");
    browser.press("9");
    browser.press(Browser::ESCAPE);
    browser.wait("!document.getElementById('setting-value') && document.getElementById('detail').open");
    browser.press(Browser::ESCAPE);
    browser.wait("!document.getElementById('detail').open");
    assert_eq!(breaker.settings().threshold, Some(3));
    assert_eq!(browser.run("return location.hash"), json!(""));
}

#[test]
fn an_address_opens_the_policy_that_it_names() {
    let stand = Stand::open();
    stand.breaker("payments");
    let Some(browser) = Browser::start() else { return };
    browser.open(&format!("{}#{}", stand.address(), path("payments")));
    wait_for_detail(&browser);
    assert_eq!(browser.run("return document.getElementById('detail-title').textContent"), json!("payments"));
}
