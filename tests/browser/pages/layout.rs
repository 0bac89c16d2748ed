//! Nothing is cut off, and nothing lies over something else.

use resilience_browser_tests::Look;
use serde_json::json;

use crate::scenes;

/// What is wider than its place, or reaches out of the window. Names and reasons are cut after two lines on purpose; their
/// titles have all of them, and so does the detail.
const CUT_OFF: &str = "
  const cut = [];
  const tell = (element, why) => cut.push(`${why}: <${element.tagName.toLowerCase()} id=${element.id} class=${element.className}> ${element.textContent.trim().slice(0, 40)}`);
  const page = document.documentElement;
  if (page.scrollWidth > page.clientWidth) tell(page, 'the page scrolls sideways');
  const scope = [...document.querySelectorAll('dialog[open]')].at(-1) ?? document.body;
  for (const element of scope.querySelectorAll('h1, h2, h3, p, label, button, select, input, dt, dd, li, pre, a, summary, .badge, .num, .label, [role=columnheader]')) {
    if (!element.checkVisibility({ visibilityProperty: true }) || element.closest('.unseen, .skip, .name, .sub, .why')) continue;
    if (scope === document.body && element.closest('dialog')) continue;
    const box = element.getBoundingClientRect();
    if (box.width <= 1) continue;
    if (box.left < -0.5 || box.right > page.clientWidth + 0.5) tell(element, `out of the window, ${box.left} to ${box.right}`);
    if (element.clientWidth && element.scrollWidth > element.clientWidth + 1) tell(element, `cut, ${element.scrollWidth} in ${element.clientWidth}`);
    if (element.tagName === 'BUTTON' && element.clientHeight && element.scrollHeight > element.clientHeight + 1) tell(element, 'cut below');
  }
  return cut;";

/// Cells of a row whose contents meet, and parts of the page's and the dialog's head that do.
const OVERLAPS: &str = "
  const overlaps = [];
  for (const whole of document.querySelectorAll('#rows .row, #head, body > header, .tools, nav, .filters, .states, dialog[open] > header, .buttons')) {
    if (!whole.checkVisibility()) continue;
    const boxes = [...whole.children].filter((part) => part.checkVisibility()).map((part) => {
      const range = document.createRange();
      range.selectNodeContents(part);
      const [outer, inner] = [part.getBoundingClientRect(), range.getBoundingClientRect()];
      return [part, inner.width ? inner : outer];
    });
    boxes.forEach(([one, a], index) => boxes.slice(index + 1).forEach(([other, b]) => {
      const [width, height] = [Math.min(a.right, b.right) - Math.max(a.left, b.left), Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top)];
      if (width > 1 && height > 1) overlaps.push(`${one.className || one.id} ${one.textContent.trim()} over ${other.className || other.id} ${other.textContent.trim()}: ${width} x ${height}`);
    }));
  }
  for (const row of document.querySelectorAll('#rows .row')) {
    if (row.scrollHeight > row.clientHeight + 1) overlaps.push(`higher than its row: ${row.textContent} ${row.scrollHeight} in ${row.clientHeight}`);
  }
  return overlaps;";

#[test]
fn nothing_is_cut_off_or_covered_at_a_desks_and_a_phones_width() {
    let narrow = Look { width: 800, height: 900, dark: false };
    let wide = Look { width: 1920, height: 1080, dark: false };
    scenes::visit(&[Look::DESK, Look::PHONE, narrow, wide], |browser, scene| {
        assert_eq!(browser.run(CUT_OFF), json!([]), "{scene}");
        assert_eq!(browser.run(OVERLAPS), json!([]), "{scene}");
    });
}

#[test]
fn the_page_tells_the_console_of_nothing_in_any_view() {
    scenes::visit(&scenes::ALL, |browser, scene| {
        // The browser itself logs the answer to a value that the server refused.
        let told: Vec<String> =
            browser.console().into_iter().filter(|line| !line.contains("422 (")).collect();
        assert_eq!(told, Vec::<String>::new(), "{scene}");
    });
}
