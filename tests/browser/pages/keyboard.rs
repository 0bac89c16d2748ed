//! Without a pointer and without eyes.

use resilience::circuit_breaker::State;
use resilience_browser_tests::{Browser, Look};
use serde_json::json;

use crate::{
    scenes,
    stand::{Stand, TOKEN},
};

/// Presses the tabulator until the focus is on what a selector finds.
fn tab_to(browser: &Browser, selector: &str) {
    for _ in 0..60 {
        browser.press(Browser::TAB);
        if browser.run(&format!("return document.activeElement.matches(`{selector}`)")) == json!(true) {
            return;
        }
    }
    panic!("the tabulator does not reach {selector}");
}

#[test]
fn an_action_is_done_with_the_keyboard_alone() {
    let stand = Stand::open();
    let breakers = ["accounts", "payments"].map(|name| stand.breaker(name));
    let Some(browser) = stand.visit() else { return };
    browser.press(Browser::TAB);
    assert_eq!(browser.run("return document.activeElement.textContent"), json!("Skip to the list"));
    browser.press(Browser::ENTER);
    assert_eq!(browser.run("return document.activeElement.id"), json!("list"));

    tab_to(&browser, ".name");
    browser.press(Browser::DOWN);
    assert_eq!(browser.run("return document.activeElement.textContent"), json!("payments"));
    browser.press(Browser::ENTER);
    browser.wait("document.getElementById('detail').open && document.activeElement.id === 'detail-title'");

    tab_to(&browser, "#unlock");
    browser.press(Browser::ENTER);
    browser.wait("document.activeElement.id === 'token'");
    browser.press(TOKEN);
    browser.press(Browser::ENTER);
    browser.wait("document.activeElement.textContent === 'Force open'");
    browser.press(Browser::ENTER);
    browser.wait("document.activeElement.id === 'confirm-yes'");
    browser.press(Browser::ENTER);
    browser.wait("document.getElementById('action-outcome').textContent.includes('forced open')");
    assert_eq!(
        breakers.each_ref().map(resilience::CircuitBreaker::state),
        [State::Closed, State::ForcedOpen]
    );

    browser.press(Browser::ESCAPE);
    browser.wait("!document.getElementById('detail').open");
    browser.wait("document.activeElement.textContent === 'payments'");
}

#[test]
fn every_control_is_reached_in_order_and_shows_that_it_has_the_focus() {
    let stand = Stand::open();
    stand.furnish();
    let Some(browser) = stand.visit() else { return };
    browser.wait("document.querySelectorAll('#rows .row').length === 10");
    browser.run("document.activeElement.blur(); window.stops = []");
    for _ in 0..80 {
        browser.press(Browser::TAB);
        let is_round = browser.run(
            "const at = document.activeElement;
             if (at === document.body || window.stops.includes(at)) return true;
             window.stops.push(at);
             const [own, after] = [getComputedStyle(at), getComputedStyle(at, '::after')];
             const shows = [own, after].some((style) => style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2);
             const box = at.getBoundingClientRect();
             const inSight = box.bottom > 0 && box.top < innerHeight;
             if (!shows || !inSight) throw new Error(`${at.outerHTML.slice(0, 120)} shows: ${shows}, in sight: ${inSight}`);
             return false;",
        );
        if is_round == json!(true) {
            break;
        }
    }
    let missed = browser.run(
        "return [...document.querySelectorAll('a[href], button, select, input, summary, [tabindex=\"0\"]')]
           .filter((one) => one.checkVisibility() && !one.closest('dialog') && !window.stops.includes(one))
           .map((one) => one.outerHTML.slice(0, 120));",
    );
    assert_eq!(missed, json!([]));
    let order = browser.run(
        "return window.stops.every((one, at) => at === 0 || one.compareDocumentPosition(window.stops[at - 1]) & Node.DOCUMENT_POSITION_PRECEDING)",
    );
    assert_eq!(order, json!(true));
}

#[test]
fn arrows_lead_through_rows_that_do_not_exist_yet() {
    let stand = Stand::open();
    for number in 0..300 {
        stand.breaker(&format!("service-{number:03}"));
    }
    let Some(browser) = stand.visit() else { return };
    browser.run("document.querySelector('.name').focus()");
    for number in 1..40 {
        browser.press(Browser::DOWN);
        let name = browser.run("return document.activeElement.textContent");
        assert_eq!(name, json!(format!("service-{number:03}")));
    }
    browser.press("\u{e010}"); // End
    assert_eq!(browser.run("return document.activeElement.textContent"), json!("service-299"));
    browser.press("\u{e011}"); // Home
    assert_eq!(browser.run("return document.activeElement.textContent"), json!("service-000"));
}

#[test]
fn every_control_has_a_name_and_every_view_its_landmarks() {
    scenes::visit(&[Look::DESK, Look::PHONE], |browser, scene| {
        let tree = browser.devtools("Accessibility.getFullAXTree", &json!({}));
        let nodes = tree["nodes"].as_array().expect("a tree");
        let role = |role: &str| {
            nodes.iter().filter(|node| node["role"]["value"] == role && node["ignored"] != true).count()
        };
        let controls = [
            "button",
            "link",
            "textbox",
            "searchbox",
            "combobox",
            "checkbox",
            "dialog",
            "table",
            "columnheader",
            "image",
        ];
        let nameless: Vec<_> = nodes
            .iter()
            .filter(|node| {
                node["ignored"] != true && controls.iter().any(|role| node["role"]["value"] == *role)
            })
            .filter(|node| node["name"]["value"].as_str().is_none_or(|name| name.trim().is_empty()))
            .collect();
        assert!(nameless.is_empty(), "{scene}: {nameless:?}");
        if scene.starts_with("policies") || scene.starts_with("services") {
            for landmark in ["main", "navigation", "banner", "search", "table"] {
                assert_eq!(role(landmark), 1, "{landmark} in {scene}");
            }
            assert!(role("rowheader") > 3 && role("cell") > 10, "{scene}");
        }
    });
}
