// The page: what stands around the list, and what goes on while it is open.

import "./detail.js";
import { ask, feed, on, start } from "./feed.js";
import { choice, open, refresh, sort } from "./list.js";
import { show as showToken } from "./token.js";
import { $, KINDS, clock, count, duration, make, put, set, showState, told } from "./words.js";

const root = document.documentElement;
/** Lines of the log that are in the page. */
const LINES = 100;

// Theme: what the system says, unless somebody has chosen.
const THEME = "resilience-theme";
function theme(choice) {
  root.dataset.theme = choice;
  $("theme").value = choice;
}
try {
  theme(localStorage.getItem(THEME) ?? "auto");
} catch {
  theme("auto");
}
$("theme").addEventListener("change", ({ target }) => {
  theme(target.value);
  try {
    localStorage.setItem(THEME, target.value);
  } catch {
    // A browser that keeps nothing: the choice lives as long as the page.
  }
});

// Views and filters.
document.body.dataset.view = "policies";
for (const button of document.querySelectorAll("nav button")) {
  button.addEventListener("click", () => {
    const { view } = button.dataset;
    document.body.dataset.view = view;
    for (const other of document.querySelectorAll("nav button")) other.setAttribute("aria-pressed", String(other === button));
    if (view !== "events") open(view);
  });
}
$("filters").addEventListener("submit", (event) => event.preventDefault());
$("find").addEventListener("input", ({ target }) => {
  choice.find = target.value;
  refresh({ sort: true });
});
$("kind").addEventListener("change", ({ target }) => {
  choice.kind = target.value;
  refresh({ sort: true });
});
$("sort").addEventListener("change", ({ target }) => sort(target.value));
$("skip").addEventListener("click", (event) => {
  event.preventDefault();
  $("list").focus();
});
document.addEventListener("keydown", (press) => {
  const typing = /^(INPUT|SELECT|TEXTAREA)$/.test(document.activeElement.tagName);
  if (press.key !== "/" || typing || document.querySelector("dialog[open]")) return;
  press.preventDefault();
  $("find").focus();
});

function counts() {
  put($("count-policies"), count(feed.policies.size));
  put($("count-services"), count(feed.services.size));
  const open = [...feed.policies.values()].filter((row) => row.state === "open" || row.state === "forced_open").length;
  const title = feed.status?.title || "Resilience";
  const where = feed.status?.environment ? `${title} (${feed.status.environment})` : title;
  put($("title"), where);
  const name = open ? `${open} open · ${where}` : where;
  if (document.title !== name) document.title = name;
}

function health() {
  const now = feed.status?.health;
  $("health").hidden = !now;
  if (!now) return;
  showState($("health").querySelector(".badge"), now.grade);
  const why = $("health").querySelector(".why");
  put(why, now.grade === "healthy" ? "" : now.why);
  set(why, "title", why.textContent);
  const list = $("advice");
  const advice = now.recommendations ?? [];
  $("advice-title").hidden = advice.length === 0;
  const text = JSON.stringify(advice);
  if (list.dataset.text === text) return;
  list.dataset.text = text;
  list.replaceChildren(...advice.map((one) => make("li", { children: [
    make("strong", { text: `${one.severity}: ` }),
    make("a", { href: `#${one.path}`, text: `${KINDS[one.kind] ?? one.kind} ${one.name}` }),
    ` ${one.text}`,
  ] })));
}

// Settings that are changed at run time: the lines that keep them are asked for when somebody wants to see them.
function changes() {
  let [settings, policies] = [0, 0];
  for (const { changed = [] } of feed.policies.values()) {
    settings += changed.length;
    policies += Number(changed.length > 0);
  }
  $("changes").hidden = settings === 0;
  put($("changes-count"), `${count(settings)} ${settings === 1 ? "setting is" : "settings are"} changed at run time in ${count(policies)} ${policies === 1 ? "policy" : "policies"}, until the program restarts`);
}

$("changes").addEventListener("toggle", async () => {
  if (!$("changes").open) return;
  try {
    put($("changes-text"), (await ask("api/v1/status")).changes.toml);
  } catch (error) {
    put($("changes-text"), error.message);
  }
});

// The log. It is written at most once a frame.
let isDue = false;
function log() {
  if (isDue) return;
  isDue = true;
  requestAnimationFrame(() => {
    isDue = false;
    const isChosen = (event) => !$("only-states").checked || event.kind === "transition" || event.kind === "would_open";
    const shown = feed.events.filter(isChosen).slice(0, LINES);
    const list = $("log");
    const lines = new Map([...list.children].map((line) => [line.dataset.sequence, line]));
    // Lines that stay are not touched: one of them may have the focus.
    let place = list.firstChild;
    for (const event of shown) {
      const item = lines.get(String(event.sequence)) ?? line(event);
      if (item === place) place = place.nextSibling;
      else list.insertBefore(item, place);
    }
    while (place) {
      const gone = place;
      place = place.nextSibling;
      gone.remove();
    }
    if (!shown.length) list.append(make("li", { class: "hint", text: "Nothing so far." }));
  });
}

function line(event) {
  const times = event.times > 1 ? ` (${count(event.times)} times)` : "";
  const item = make("li", { children: [make("time", { text: clock(event.at_ms) }), " ", ...subject(event), `: ${told(event)}${times}`] });
  item.dataset.sequence = event.sequence;
  return item;
}

/** Whom an event is about: a policy, one of its keys, all of a kind, or the registry itself. */
function subject({ policy, name, path, key, times }) {
  const kind = policy ? KINDS[policy] ?? policy : "settings";
  if (!path) return [kind];
  const link = make("a", { href: `#${path}`, text: name || "(no name)" });
  return [`${kind} `, link, key != null && times === 1 ? ` [${key}]` : ""];
}

// What a screen reader says: changes of state, a few at a time.
const unsaid = [];
function say(event) {
  if (event.kind !== "transition") return;
  unsaid.push(`${event.name}: ${told(event)}`);
  if (unsaid.length > 1) return;
  setTimeout(() => {
    const more = unsaid.length > 3 ? `. And ${unsaid.length - 3} more` : "";
    put($("spoken"), unsaid.slice(0, 3).join(". ") + more);
    unsaid.length = 0;
  }, 500);
}

function link() {
  const word = { waiting: "connecting", live: "live", late: "late", lost: "connection lost" }[feed.link];
  $("link").dataset.link = feed.link;
  put($("link-word"), word);
  const isStale = feed.link === "late" || feed.link === "lost";
  root.classList.toggle("stale", isStale);
  $("banner").classList.toggle("on", isStale);
  const age = feed.heardAt ? `The figures are ${duration(Date.now() - feed.heardAt)} old.` : "There are no figures yet.";
  const what = feed.link === "lost" ? "The connection to the server is lost; trying again." : "The server has sent nothing for a while.";
  put($("banner"), isStale ? `${what} ${age}` : "");
}

$("only-states").addEventListener("change", log);
on("link", link);
on("health", health);
on("health", () => refresh({ sort: choice.view === "services" }));
on("status", () => {
  showToken();
  counts();
  health();
  changes();
  log();
  refresh({ sort: true });
});
on("rows", () => {
  counts();
  changes();
  refresh({ sort: true });
});
on("event", (event) => {
  log();
  say(event);
});

open("policies");
link();
start();
