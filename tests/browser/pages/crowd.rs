//! A thousand services cost what thirty do.

use resilience::circuit_breaker::Config;
use serde_json::json;

use crate::stand::Stand;

#[test]
fn of_a_thousand_services_only_those_in_sight_exist_and_are_drawn() {
    let stand = Stand::open();
    let breakers: Vec<_> = (0..1000)
        .map(|number| {
            stand.registry().add_circuit_breaker(&format!("service-{number:04}"), Config::new()).unwrap()
        })
        .collect();
    let Some(browser) = stand.visit() else { return };
    browser.wait("document.getElementById('count-policies').textContent === '1,000'");
    let rows = "return document.querySelectorAll('#rows .row').length";
    let few = |number: &serde_json::Value| number.as_u64().is_some_and(|rows| (5..40).contains(&rows));
    assert!(few(&browser.run(rows)));
    assert!(browser.run("return document.querySelectorAll('*').length").as_u64().unwrap() < 2500);

    // One second in which every policy has counted: what it changes in the page.
    browser.run(
        "window.changes = 0;
         new MutationObserver((records) => { window.changes += records.length; })
           .observe(document.body, {subtree: true, childList: true, attributes: true, characterData: true});",
    );
    for breaker in &breakers {
        let _ = breaker.call(|| Ok::<_, &str>(()));
    }
    browser.wait("document.querySelector('.row .spark').getAttribute('aria-label').includes('1 calls')");
    let changes = browser.run("return window.changes").as_u64().unwrap();
    assert!((1..2000).contains(&changes), "{changes} changes of the document");

    browser.run("scrollTo(0, document.body.scrollHeight / 2)");
    browser
        .wait("[...document.querySelectorAll('.name')].some((name) => name.textContent === 'service-0500')");
    browser.run("scrollTo(0, document.body.scrollHeight)");
    browser
        .wait("[...document.querySelectorAll('.name')].some((name) => name.textContent === 'service-0999')");
    assert!(few(&browser.run(rows)));
    assert_eq!(
        browser.run("return document.getElementById('list').getAttribute('aria-rowcount')"),
        json!("1001")
    );

    // One in trouble among them comes first.
    browser.run("scrollTo(0, 0)");
    breakers[700].force_open();
    browser.wait("document.querySelector('.row .name').textContent === 'service-0700'");

    browser.click("nav [data-view=services]");
    browser.wait("document.querySelectorAll('#rows .row.services').length > 0");
    assert!(few(&browser.run(rows)));
}

#[test]
fn many_changes_within_a_frame_are_drawn_once() {
    let stand = Stand::open();
    let breakers: Vec<_> = (0..100).map(|number| stand.breaker(&format!("service-{number:02}"))).collect();
    let Some(browser) = stand.visit() else { return };
    browser.run(
        "window.draws = 0;
         const ask = window.requestAnimationFrame;
         window.requestAnimationFrame = (draw) => { window.draws += 1; return ask(draw); };",
    );
    for breaker in &breakers {
        breaker.force_open();
    }
    browser.wait("document.getElementById('states-forced_open')?.textContent.includes('forced open 100')");
    let draws = browser.run("return window.draws").as_u64().unwrap();
    assert!((1..60).contains(&draws), "{draws} frames were asked for");
}
