//! Every view of the page, one after the other, at a desk's and a phone's width.

use resilience_browser_tests::{Browser, Look};

use crate::stand::{Stand, TOKEN, give_token, open, path, show_detail};

/// Calls `look` with the name of each scene while it is on the screen.
pub(crate) fn visit(looks: &[Look], mut look: impl FnMut(&Browser, &str)) {
    let stand = Stand::open();
    stand.furnish();
    let Some(browser) = stand.visit() else { return };
    browser.click("#token-open");
    browser.wait("document.getElementById('token-dialog').open");
    for each in looks {
        let mut scene = |name: &str| {
            look(&browser, &format!("{name} at {} x {}, dark: {}", each.width, each.height, each.dark));
        };
        browser.look(*each);
        browser.open(&stand.address());
        stand.settle(&browser);
        browser.wait("document.querySelectorAll('#rows .row').length > 3");
        open(&stand.breaker("closed"));
        browser.wait("document.querySelector('#log a')");
        scene("policies");
        browser.click("nav [data-view=services]");
        browser.wait("document.querySelectorAll('#rows .row.services').length > 3");
        scene("services");
        if each.width < 1200 {
            browser.click("nav [data-view=events]");
            browser.wait("document.querySelector('#log').checkVisibility()");
            scene("events");
        }
        browser.click("nav [data-view=policies]");
        show_detail(&browser, &path("closed"));
        scene("detail, locked");
        browser.run("document.getElementById('unlock').focus()");
        browser.press(Browser::ENTER);
        browser.wait("document.getElementById('token-dialog').open");
        scene("token");
        give_token(&browser, TOKEN);
        browser.wait("!document.getElementById('token-dialog').open");
        browser.run("document.querySelector('#action-buttons button').click()");
        browser.wait("!document.getElementById('confirm').hidden");
        scene("question");
        browser.press(Browser::ESCAPE);
        browser.run("document.querySelector('[aria-label=\"Change threshold\"]').click()");
        browser.press("0");
        browser.wait("document.getElementById('setting-error').textContent.length > 0");
        scene("error at a field");
        browser.press("7");
        browser.wait("document.getElementById('setting-note').textContent.startsWith('Would be')");
        browser.press(Browser::ENTER);
        browser.wait("!document.getElementById('keep').hidden");
        scene("changed");
        stand.registry().unset(resilience::PolicyKind::CircuitBreaker, "closed", "threshold").unwrap();
        stand.breaker("closed").reset();
        browser.run("document.getElementById('detail').close(); sessionStorage.clear()");
    }
}

/// Both widths, light and dark.
pub(crate) const ALL: [Look; 4] =
    [Look::DESK, Look::DESK.in_the_dark(), Look::PHONE, Look::PHONE.in_the_dark()];
