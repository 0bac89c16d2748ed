// What the server tells: the status once, then server-sent events. Keeps one row for each policy and service.

const BASE = new URL(".", import.meta.url);
const SECONDS = 60;
const EVENTS = 300;
/** Seconds that rates are taken over. */
const RATED = 10;
/** Figures come once a second; so much later something is wrong. */
const LATE_MS = 4000;

export const feed = {
  status: null,
  /** Policies by path. */
  policies: new Map(),
  /** Services by name. */
  services: new Map(),
  /** The last events, the newest first. */
  events: [],
  /** The second that the figures are of. */
  tick: 0,
  /** `waiting`, `live`, `late` or `lost`. */
  link: "waiting",
  /** When something came last, and how far the server's clock is ahead of ours. */
  heardAt: 0,
  ahead: 0,
  now: () => Date.now() + feed.ahead,
};

const listeners = { rows: [], status: [], event: [], health: [], link: [] };
export const on = (what, listener) => listeners[what].push(listener);
const tell = (what, ...news) => listeners[what].forEach((listener) => listener(...news));

export const address = (path) => new URL(path, BASE);

/** One answer of the API; an error says in its `message` what the server says. */
export async function ask(path, { token, ...options } = {}) {
  const headers = token ? { Authorization: `Bearer ${token}`, "Content-Type": "application/json" } : {};
  let answer;
  try {
    answer = await fetch(address(path), { ...options, headers, credentials: "omit", cache: "no-store" });
  } catch {
    throw Object.assign(new Error("the server cannot be reached"), { status: 0 });
  }
  const body = await answer.json().catch(() => null);
  if (answer.ok) return body;
  const message = body?.error?.message ?? `the server answered ${answer.status}`;
  throw Object.assign(new Error(message), { status: answer.status, code: body?.error?.code });
}

/** A row's history, each list as long as the longest and its last number that of `tick`. */
function past(history, tick) {
  const length = Math.max(0, ...Object.values(history).map((list) => list.length));
  const lists = Object.entries(history).map(([key, list]) => [key, [...Array(length - list.length).fill(0), ...list]]);
  return { tick, lists: Object.fromEntries(lists), length };
}

/** Adds what happened in the second `tick`; in the seconds that were left out nothing did. */
function extend(row, second, tick) {
  const past = row.past;
  const idle = Math.min(SECONDS, tick - past.tick - 1);
  for (const key of new Set([...Object.keys(past.lists), ...Object.keys(second)])) {
    const list = (past.lists[key] ??= Array(past.length).fill(0));
    for (let i = 0; i < idle; i += 1) list.push(0);
    list.push(second[key] ?? 0);
    list.splice(0, list.length - SECONDS);
  }
  past.length = Math.min(SECONDS, past.length + idle + 1);
  past.tick = tick;
}

/** Something of the last minute, second by second, the newest last. */
export function minute(row, key) {
  const numbers = Array(SECONDS).fill(0);
  const list = row.past.lists[key];
  if (!list) return null;
  const shift = feed.tick - row.past.tick;
  list.forEach((number, index) => {
    const at = SECONDS - list.length + index - shift;
    if (at >= 0) numbers[at] = number ?? 0;
  });
  return numbers;
}

/** Repeats a second over the last seconds, from totals: the server counts calls by the second, and repeats only in all. */
export function repeats(row) {
  const seen = row.seen?.filter(([tick]) => tick > feed.tick - RATED) ?? [];
  const [first, last] = [row.seen?.findLast(([tick]) => tick <= feed.tick - RATED) ?? seen[0], seen.at(-1)];
  if (!row.seen) return null;
  return last && last[0] > first[0] ? (last[1] - first[1]) / Math.min(RATED, feed.tick - first[0]) : 0;
}

function keep(row, tick) {
  const { history, second, ...rest } = row;
  const known = feed.policies.get(row.path);
  const kept = Object.assign(known ?? { past: past({}, tick - 1) }, rest);
  kept.badge = kept.state ?? (kept.enabled ? (kept.saturation >= 1 ? "busy" : "on") : "off");
  if (rest.totals?.repeats !== undefined) {
    const seen = (kept.seen ?? []).filter(([at]) => at < tick);
    kept.seen = [...seen.slice(-RATED), [tick, rest.totals.repeats]];
  }
  if (history) kept.past = past(history, tick);
  if (second) extend(kept, second, tick);
  if (rest.in_state_ms !== undefined) kept.since = rest.in_state_ms === null ? null : feed.now() - rest.in_state_ms;
  feed.policies.set(row.path, kept);
  return kept;
}

/** A row that an action or a change answered with. */
export function update(row) {
  if (!row?.path) return;
  keep(row, feed.tick);
  tell("rows", new Set([row.path]), false);
}

function heard(at) {
  if (at) feed.ahead = at - Date.now();
  feed.heardAt = Date.now();
  link("live");
}

function link(state) {
  if (feed.link === state) return;
  feed.link = state;
  tell("link");
}

function recall(event) {
  if (feed.events.some((known) => known.sequence === event.sequence)) return false;
  feed.events.unshift(event);
  feed.events.length = Math.min(feed.events.length, EVENTS);
  return true;
}

function keepServices(services) {
  for (const service of services) {
    feed.services.set(service.name, Object.assign(feed.services.get(service.name) ?? {}, service, { badge: service.grade ?? "on" }));
  }
}

let early = null;
let loading = false;

async function load() {
  if (loading) return;
  loading = true;
  early = [];
  try {
    const [status, log] = await Promise.all([ask("api/v1/status"), ask("api/v1/events")]);
    Object.assign(feed, { status, tick: status.tick, ahead: status.at_ms - Date.now() });
    const before = feed.policies;
    feed.policies = new Map();
    feed.services.clear();
    status.policies.forEach((row) => keep(row, status.tick));
    keepServices(status.services);
    const sequence = status.sequence;
    feed.events = feed.events.filter((event) => event.sequence <= sequence);
    (log.events ?? []).slice(-EVENTS).forEach(recall);
    feed.events.sort((a, b) => b.sequence - a.sequence);
    heard(status.at_ms);
    const waiting = early;
    early = null;
    tell("status", before);
    waiting.forEach(figures);
  } catch (error) {
    early = null;
    link("lost");
    setTimeout(load, 2000);
    console.info(`the status cannot be had: ${error.message}`);
  } finally {
    loading = false;
  }
}

function figures(news) {
  if (early) return void early.push(news);
  heard(news.at_ms);
  if (news.tick <= feed.tick) return;
  feed.tick = news.tick;
  keepServices(news.services ?? []);
  const paths = new Set(news.policies.map((row) => keep(row, news.tick).path));
  tell("rows", paths, true);
}

/** A change of state is seen at once; the figures that belong to it come with the next second. */
function change({ kind, path, detail, at_ms: at }) {
  const row = feed.policies.get(path);
  if (kind !== "transition" || !row?.state || !detail?.to || early) return;
  Object.assign(row, { state: detail.to, badge: detail.to, since: at });
  tell("rows", new Set([path]), false);
}

export function start() {
  const stream = new EventSource(address("events"));
  const handle = (name, act) => stream.addEventListener(name, (message) => act(JSON.parse(message.data)));
  stream.onopen = () => load();
  stream.onerror = () => {
    link("lost");
    // What was answered with an error is not asked for again by itself.
    if (stream.readyState === EventSource.CLOSED) {
      stream.close();
      setTimeout(start, 3000);
    }
  };
  handle("figures", figures);
  handle("happened", (event) => {
    heard();
    if (!recall(event)) return;
    change(event);
    tell("event", event);
  });
  handle("health", (news) => {
    heard();
    if (feed.status && news.health) feed.status.health = news.health;
    keepServices(news.services ?? []);
    tell("health");
  });
  handle("missed", (news) => {
    heard();
    if (news.figures) load();
  });
}

/** Figures that stay away are told of, even if the connection looks well. */
setInterval(() => {
  if (feed.link === "live" && Date.now() - feed.heardAt > LATE_MS) link("late");
  else if (feed.link !== "live") tell("link");
}, 1000);
