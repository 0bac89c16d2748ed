//! Every text stands out from what is behind it, as WCAG 2 level AA asks, and states are told by more than colour.

use resilience_browser_tests::Look;
use serde_json::json;

use crate::{scenes, stand::Stand};

/// Texts and borders of controls whose contrast is too low: computed from what the browser made of the style.
const TOO_FAINT: &str = "
  const channel = (value) => (value /= 255) <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  const light = ([r, g, b]) => 0.2126 * channel(r) + 0.7152 * channel(g) + 0.0722 * channel(b);
  const numbers = (color) => color.match(/[\\d.]+/g).map(Number);
  const ratio = (one, other) => {
    const [high, low] = [light(one), light(other)].sort((a, b) => b - a);
    return (high + 0.05) / (low + 0.05);
  };
  const behind = (element) => {
    for (let at = element; at; at = at.parentElement) {
      const color = numbers(getComputedStyle(at).backgroundColor);
      if (color.length < 4 || color[3] === 1) return color;
    }
    return [255, 255, 255];
  };
  const scope = [...document.querySelectorAll('dialog[open]')].at(-1) ?? document.body;
  const faint = [];
  let looked = 0;
  for (const element of scope.querySelectorAll('*')) {
    if (!element.checkVisibility() || element.closest('.unseen, .skip, svg') || element.disabled) continue;
    if (scope === document.body && element.closest('dialog')) continue;
    const style = getComputedStyle(element);
    const hasText = [...element.childNodes].some((node) => node.nodeType === 3 && node.data.trim());
    const isControl = /^(BUTTON|INPUT|SELECT)$/.test(element.tagName);
    if (hasText || isControl) {
      looked += 1;
      const size = parseFloat(style.fontSize);
      const needed = size >= 24 || (size >= 18.66 && style.fontWeight >= 700) ? 3 : 4.5;
      const found = ratio(numbers(style.color), behind(element));
      if (found < needed) faint.push(`${found.toFixed(2)}: ${element.tagName} ${element.className} ${element.textContent.trim().slice(0, 30)}`);
    }
    if (isControl && element.type !== 'checkbox' && parseFloat(style.borderTopWidth) > 0) {
      const found = Math.max(ratio(numbers(style.borderTopColor), behind(element.parentElement)), ratio(numbers(style.backgroundColor), behind(element.parentElement)));
      if (found < 3) faint.push(`border ${found.toFixed(2)}: ${element.tagName} ${element.id}`);
    }
    if (element.placeholder) {
      const found = ratio(numbers(getComputedStyle(element, '::placeholder').color), behind(element));
      if (found < 4.5) faint.push(`placeholder ${found.toFixed(2)}`);
    }
  }
  return looked > 5 ? faint : ['nothing was looked at'];";

#[test]
fn every_text_and_control_stands_out_in_light_and_dark() {
    scenes::visit(&scenes::ALL, |browser, scene| {
        assert_eq!(browser.run(TOO_FAINT), json!([]), "{scene}");
    });
}

#[test]
fn the_theme_follows_the_system_until_somebody_chooses_and_is_remembered() {
    let stand = Stand::open();
    stand.breaker("payments");
    let Some(browser) = stand.visit() else { return };
    let back = "return getComputedStyle(document.body).backgroundColor";
    let light = browser.run(back);
    browser.look(Look::DESK.in_the_dark());
    let dark = browser.run(back);
    assert_ne!(light, dark);

    browser.run("const theme = document.getElementById('theme'); theme.value = 'light'; theme.dispatchEvent(new Event('change'))");
    assert_eq!(browser.run(back), light);
    browser.open(&stand.address());
    stand.settle(&browser);
    assert_eq!(browser.run(back), light);
    browser.run("const theme = document.getElementById('theme'); theme.value = 'auto'; theme.dispatchEvent(new Event('change'))");
    assert_eq!(browser.run(back), dark);
}

#[test]
fn each_state_has_a_word_and_a_shape_of_its_own() {
    let stand = Stand::open();
    stand.furnish();
    let Some(browser) = stand.visit() else { return };
    browser.wait("document.querySelectorAll('#rows .row').length === 10");
    let told = browser.run(
        "const seen = new Map();
         for (const badge of document.querySelectorAll('.row .badge')) {
           seen.set(badge.dataset.state, [badge.querySelector('.word').textContent, badge.querySelector('use').getAttribute('href')]);
         }
         const told = [...seen.values()];
         return [seen.size, new Set(told.map(([word]) => word)).size, new Set(told.map(([, shape]) => shape)).size];",
    );
    // Closed, open, forced open, disabled, metrics only, and what has no circuit.
    assert_eq!(told, json!([6, 6, 6]));
}
