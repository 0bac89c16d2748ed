//! Names and values that are markup stay text.

use resilience::circuit_breaker::Config;
use serde_json::json;

use crate::stand::{Stand, open, show_detail};

const NAMES: [&str; 6] = [
    "<img src=x onerror=window.hurt=1>",
    "</script><script>window.hurt=1</script>",
    "\"><svg onload=window.hurt=1>",
    "a/b/../c?d#e%2F &amp; 'f'",
    "javascript:window.hurt=1",
    "\u{202e}ünïcode ☃ 名前",
];

#[test]
fn a_name_that_is_markup_is_shown_as_it_is_written_and_does_no_harm() {
    let stand = Stand::with(|dashboard| dashboard.title("<b onclick=window.hurt=1>shop</b>"));
    for name in NAMES {
        open(&stand.breaker(name));
        stand.registry().add_bulkhead(name, resilience::bulkhead::Config::new()).unwrap();
    }
    let Some(browser) = stand.visit() else { return };
    browser.wait(&format!("document.querySelectorAll('#rows .row').length === {}", 2 * NAMES.len()));
    let shown = browser.run("return [...document.querySelectorAll('.name')].map((name) => name.textContent)");
    for name in NAMES {
        assert!(shown.as_array().unwrap().contains(&json!(name)), "{name} in {shown}");
    }

    let paths = browser.run(
        "return [...document.querySelectorAll('.name')].map((name) => name.getAttribute('href').slice(1))",
    );
    for path in paths.as_array().unwrap().iter().filter_map(|path| path.as_str()) {
        show_detail(&browser, path);
        browser.wait("document.getElementById('detail-sub').textContent.includes('·')");
        browser.run("document.getElementById('detail-close').click()");
        browser.wait("!document.getElementById('detail').open");
    }
    browser.click("nav [data-view=services]");
    browser.wait("document.querySelectorAll('#rows .row.services').length > 0");

    assert_eq!(browser.run("return window.hurt ?? null"), json!(null));
    let foreign = "return document.querySelectorAll('main img, main script, main b, dialog img, dialog script, h1 *').length";
    assert_eq!(browser.run(foreign), json!(0));
    assert_eq!(browser.console(), Vec::<String>::new());
}

#[test]
fn a_value_that_is_markup_is_refused_in_words_and_does_no_harm() {
    let stand = Stand::open();
    stand.registry().add_circuit_breaker("payments", Config::new()).unwrap();
    let Some(browser) = stand.visit() else { return };
    browser.click("#token-open");
    crate::stand::give_token(&browser, crate::stand::TOKEN);
    browser.wait("!document.getElementById('token-dialog').open");
    show_detail(&browser, &crate::stand::path("payments"));
    browser.click("[aria-label='Change open_for']");
    browser.press("<img src=x onerror=window.hurt=1>");
    browser.wait("document.getElementById('setting-error').textContent.length > 0");
    assert_eq!(browser.run("return document.querySelectorAll('dialog img').length"), json!(0));
    assert_eq!(browser.run("return window.hurt ?? null"), json!(null));
}

#[test]
fn a_script_in_the_page_that_is_not_its_own_does_not_run() {
    let stand = Stand::open();
    let Some(browser) = stand.visit() else { return };
    browser.run(
        "const script = document.createElement('script');
         script.textContent = 'window.hurt = 1';
         document.body.append(script);
         const image = document.createElement('div');
         image.innerHTML = '<img src=x onerror=\"window.hurt = 1\"><p style=\"color: red\">x</p>';
         document.body.append(image);",
    );
    let told = browser.console();
    assert!(told.iter().any(|line| line.contains("Content Security Policy")), "{told:?}");
    assert_eq!(browser.run("return window.hurt ?? null"), json!(null));
}
