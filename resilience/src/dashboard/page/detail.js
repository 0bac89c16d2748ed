// Everything about one policy or service, in a dialog beside the list.

import { chart } from "./chart.js";
import { lead } from "./columns.js";
import { ask, feed, on, repeats, update } from "./feed.js";
import { close as closeSetting, showSettings } from "./settings.js";
import { act, isOn, isOpen, onToken, open as openToken } from "./token.js";
import { $, KINDS, badge, clock, count, duration, make, millis, put, rate, share, showState, STATES, words } from "./words.js";

const ACTIONS = [
  ["force-open", "Force open", "Refuse every call until somebody closes or resets it?"],
  ["close", "Close", "Let calls pass again, with empty counts, and judge them as before?"],
  ["disable", "Disable", "Let every call pass, counted but not judged, until somebody closes or resets it?"],
  ["metrics-only", "Metrics only", "Let every call pass, and only say when it would have opened?"],
  ["reset", "Reset", "Close it and empty all that it holds against the service?"],
];

const dialog = $("detail");
const picture = chart();
$("detail-chart").append(...picture.elements);
const state = badge();
const sinceWhen = make("span");
const why = make("span", { class: "hint" });
$("detail-now").append(state, sinceWhen, why);

let path = null;
let known = null;
/** The question that is under way, and whether to ask once more after it. */
let running = null;
let again = false;

const row = () => feed.policies.get(path) ?? [...feed.services.values()].find((service) => service.path === path);
const isPolicy = () => feed.policies.has(path);

/** The address decides what is open, so that it can be sent to somebody, and `back` closes it. */
function route() {
  const wanted = location.hash.slice(1);
  if (wanted === path && dialog.open) return;
  path = wanted;
  if (row()) open();
  else if (dialog.open) dialog.close();
}

function open() {
  known = null;
  closeSetting();
  cancel();
  put($("action-outcome"), "");
  $("settings").replaceChildren();
  show();
  if (!dialog.open) dialog.showModal();
  dialog.scrollTop = 0;
  $("detail-title").focus({ preventScroll: true });
  load();
}

/** Asks for everything about what is open: one question at a time, so that slow answers are not overtaken for ever. */
function load() {
  again = true;
  running ??= answers().finally(() => {
    running = null;
  });
  return running;
}

async function answers() {
  while (again && path) {
    again = false;
    const wanted = path;
    try {
      const news = await ask(wanted);
      if (wanted !== path) continue;
      known = { ...news, at: feed.now() };
      show();
    } catch (error) {
      if (wanted === path) put($("action-outcome"), `The rest cannot be shown: ${error.message}`);
    }
  }
}

function show() {
  const shown = row();
  if (!shown) return;
  put($("detail-title"), shown.name || "(no name)");
  const places = [isPolicy() ? KINDS[shown.kind] : "service", known?.place].filter(Boolean);
  put($("detail-sub"), places.join(" · "));
  showState(state, shown.badge);
  put(sinceWhen, shown.since ? `for ${duration(feed.now() - shown.since)}` : "");
  put(why, [shown.why, shown.state === "open" && shown.retry_after_ms > 0 ? `tries again in about ${duration(shown.retry_after_ms + 999)}` : ""].filter(Boolean).join("; "));
  picture.show(isPolicy() ? shown : lead(shown));
  figures(isPolicy() ? policyFigures(shown) : serviceFigures(shown));
  const isCircuit = shown.kind === "circuit_breaker";
  $("detail-actions").hidden = !(isCircuit && isOn());
  const wasUnlock = document.activeElement === unlock;
  for (const button of $("action-buttons").children) button.hidden = isOpen() === (button === unlock);
  if (wasUnlock && isOpen()) $("action-buttons").firstChild.focus();
  $("detail-settings").hidden = !known?.settings;
  if (known?.settings) showSettings(path, known, settled);
  members(shown);
  history();
}

function policyFigures(shown) {
  const { per_second: now, latency, totals } = shown;
  return [
    ["calls a second", rate(now?.calls)], ["failed a second", rate(now?.failed)], ["refused a second", rate(now?.refused)],
    shown.kind === "retry" && ["repeats a second", rate(repeats(shown))],
    shown.failure_rate != null && ["failure rate, window", share(shown.failure_rate)],
    shown.slow_rate != null && ["slow calls, window", share(shown.slow_rate)],
    known?.figures?.consecutive_failures != null && ["failures in a row", count(known.figures.consecutive_failures)],
    shown.saturation != null && ["in use", shown.places == null ? share(shown.saturation) : `${count(shown.in_use)} of ${count(shown.places)}`],
    shown.waiting != null && ["waiting", count(shown.waiting)],
    ...(latency?.calls ? ["p50", "p90", "p99", "max"].map((key) => [`latency ${key}`, millis(latency[`${key}_ms`])]) : []),
    shown.keys > 0 && ["keys", count(shown.keys)],
    ...Object.entries(totals ?? {}).map(([key, total]) => [`${words(key)}, total`, count(total)]),
    shown.conflicts > 0 && ["other settings given", `in ${shown.conflicts} more places`],
  ];
}

function serviceFigures(shown) {
  return [
    ["score", shown.score == null ? "–" : shown.score.toFixed(2)], ["direction", shown.direction ?? "–"],
    ...(shown.registered ? Object.entries(shown.calls ?? {}).map(([key, total]) => [`${words(key)}, total`, count(total)]) : []),
    ...(known?.operations ?? []).map(({ label, calls }) => [`operation ${label}`, `${count(calls.calls)} calls, ${count(calls.failures)} failed`]),
  ];
}

function figures(list) {
  const target = $("detail-figures");
  const shown = list.filter(Boolean);
  while (target.children.length > shown.length) target.lastChild.remove();
  shown.forEach(([name, text], index) => {
    const pair = target.children[index] ?? target.appendChild(make("div", { children: [make("dt"), make("dd")] }));
    put(pair.firstChild, name);
    put(pair.lastChild, text);
  });
}

/** The policies of a service, or those beside this one. */
function members(shown) {
  const service = isPolicy() ? feed.services.get(shown.service) : shown;
  const paths = (!isPolicy() && known?.layers?.length ? known.layers : service?.policies ?? []).filter((other) => other !== path && feed.policies.has(other));
  $("detail-members").hidden = paths.length === 0;
  put($("members-title"), isPolicy() ? `Beside it in ${service?.name}` : "Policies");
  const list = $("members");
  if (list.dataset.paths !== paths.join(" ")) {
    list.dataset.paths = paths.join(" ");
    list.replaceChildren(...paths.map((other) => {
      const policy = feed.policies.get(other);
      return make("li", { children: [badge("on"), make("a", { href: `#${other}`, text: `${KINDS[policy.kind]} ${policy.name}` })] });
    }));
  }
  paths.forEach((other, index) => showState(list.children[index].firstChild, feed.policies.get(other).badge));
}

function history() {
  const transitions = known?.transitions ?? [];
  $("detail-history").hidden = transitions.length === 0;
  const lines = transitions.map(({ ago_ms: ago, from, to, cause }) => {
    const [before, after] = [from, to].map((state) => STATES[state]?.[0] ?? state);
    return [clock(known.at - ago), ` ${before} → ${after}, ${cause}`];
  });
  const text = JSON.stringify(lines);
  const list = $("history");
  if (list.dataset.text === text) return;
  list.dataset.text = text;
  list.replaceChildren(...lines.map(([time, what]) => make("li", { children: [make("time", { text: time }), what] })));
}

/** After a change of settings: what the server answered, and everything anew. */
async function settled(answer) {
  update(answer?.policy);
  await load();
}

function confirm([action, label, question], button) {
  const yes = $("confirm-yes");
  put($("confirm-text"), `${row().name}: ${question}`);
  put(yes, label);
  Object.assign(yes, { action, label, button });
  $("confirm").hidden = false;
  yes.focus();
  yes.scrollIntoView({ block: "nearest" });
}

/** Closes the question; whether there was one. */
function cancel() {
  if ($("confirm").hidden) return false;
  $("confirm").hidden = true;
  $("confirm-yes").button?.focus();
  return true;
}

$("confirm-no").addEventListener("click", cancel);
$("confirm-yes").addEventListener("click", async ({ currentTarget: yes }) => {
  const { action, label } = yes;
  cancel();
  try {
    const answer = await act(`${path}/actions/${action}`, { method: "POST" });
    update(answer?.policy);
    put($("action-outcome"), `Done: ${label.toLowerCase()}. It is now ${STATES[answer?.policy?.state]?.[0] ?? "changed"}.`);
  } catch (error) {
    put($("action-outcome"), `Not done: ${error.message}`);
  }
  load();
});

for (const action of ACTIONS) {
  const button = make("button", { type: "button", text: action[1] });
  button.addEventListener("click", () => confirm(action, button));
  $("action-buttons").append(button);
}
const unlock = make("button", { type: "button", id: "unlock", text: "Give the token to act" });
unlock.addEventListener("click", () => openToken());
$("action-buttons").append(unlock);

// Escape closes the innermost thing that is open.
dialog.addEventListener("keydown", (press) => {
  if (press.key === "Escape" && (cancel() || closeSetting())) press.preventDefault();
});
dialog.addEventListener("close", () => {
  // The event comes late: something else may be open by now.
  if (dialog.open) return;
  closeSetting();
  // The row may have been made anew meanwhile, or be out of sight.
  const link = [...document.querySelectorAll(".name")].find((link) => link.hash === `#${path}`);
  if (document.activeElement === document.body) (link ?? $("list")).focus({ preventScroll: true });
  if (location.hash.slice(1) === path) clearAddress();
  path = null;
});
$("detail-close").addEventListener("click", () => dialog.close());

/** Takes what was open out of the address, without a jump of the page. */
function clearAddress() {
  window.history.replaceState(null, "", location.pathname + location.search);
}

addEventListener("hashchange", route);
on("status", () => {
  if (!dialog.open) route();
  else if (row()) load();
});
on("rows", (paths, isNews) => {
  if (!dialog.open) return;
  show();
  if (isNews && paths.has(path)) load();
});
on("event", (event) => {
  if (dialog.open && event.path === path && event.kind !== "rejected") load();
});
on("link", () => {
  const isStale = feed.link !== "live";
  $("detail-stale").hidden = !isStale;
  if (isStale) put($("detail-stale"), $("banner").textContent);
});
onToken(() => {
  if (dialog.open) show();
});
