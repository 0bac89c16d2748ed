// From figures to words and shapes. Everything goes into the page as text, never as markup.

export const KINDS = {
  circuit_breaker: "circuit breaker", retry: "retry", bulkhead: "bulkhead",
  rate_limit: "rate limit", timeout: "timeout", fallback: "fallback",
};

/** What a row's badge says, the most urgent first: the word, and the shape beside it. */
export const STATES = {
  open: ["open", "open"],
  forced_open: ["forced open", "forced_open"],
  failed: ["failed", "open"],
  half_open: ["half-open", "half_open"],
  degraded: ["degraded", "busy"],
  busy: ["full", "busy"],
  error: ["not known", "disabled"],
  metrics_only: ["metrics only", "metrics_only"],
  disabled: ["disabled", "disabled"],
  off: ["off", "disabled"],
  closed: ["closed", "closed"],
  healthy: ["healthy", "closed"],
  on: ["on", "working"],
};
export const RANK = Object.fromEntries(Object.keys(STATES).map((state, rank) => [state, rank]));

export const LAYERS = {
  default: "default", program: "from the program", file: "from the file", environment: "from the environment",
  run_time: "changed at run time",
};

/** The element of an id. */
export const $ = (id) => document.getElementById(id);

/** A new element with a class, a text, and whatever else it has. */
export function make(tag, { class: name, text, children = [], ...attributes } = {}) {
  const element = document.createElement(tag);
  if (name) element.className = name;
  if (text !== undefined) element.textContent = text;
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  element.append(...children);
  return element;
}

/** Writes a text only where it differs: a row that stays the same costs no layout. */
export function put(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/** Sets an attribute only where it differs; `null` takes it away. */
export function set(element, name, value) {
  if (value === null) element.removeAttribute(name);
  else if (element.getAttribute(name) !== value) element.setAttribute(name, value);
}

const SVG = "http://www.w3.org/2000/svg";
export function draw(tag, attributes = {}, ...children) {
  const element = document.createElementNS(SVG, tag);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  element.append(...children);
  return element;
}

/** A state's shape and word. */
export function badge(state) {
  const element = make("span", { class: "badge", children: [shape("on"), make("span", { class: "word" })] });
  return state ? showState(element, state) : element;
}

export function shape(state) {
  return draw("svg", { class: "shape", "aria-hidden": "true" }, draw("use", { href: `#shape-${STATES[state][1]}` }));
}

export function showState(element, state) {
  const [word, shape] = STATES[state] ?? [state, "working"];
  if (element.dataset.state === state) return element;
  element.dataset.state = state;
  element.querySelector("use").setAttribute("href", `#shape-${shape}`);
  put(element.querySelector(".word"), word);
  return element;
}

export function count(number) {
  if (number == null) return "–";
  if (number >= 9_999_500) return `${(number / 1e6).toFixed(0)}M`;
  return number >= 10_000 ? `${(number / 1000).toFixed(number >= 99_500 ? 0 : 1)}k` : number.toLocaleString("en");
}

export function rate(perSecond) {
  if (perSecond == null) return "–";
  if (perSecond === 0) return "0";
  return perSecond < 10 ? perSecond.toFixed(1) : count(Math.round(perSecond));
}

export function share(part) {
  if (part == null) return "–";
  const percent = part * 100;
  return `${percent > 0 && percent < 9.95 ? percent.toFixed(1) : Math.round(percent)} %`;
}

export function millis(ms) {
  if (ms == null) return "–";
  if (ms < 10) return `${ms.toFixed(1)} ms`;
  return ms < 1000 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(ms < 10_000 ? 1 : 0)} s`;
}

/** A length of time for people: `4 s`, `3 min 20 s`, `2 h 5 min`. */
export function duration(ms) {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  const [units, sizes] = [["d", "h", "min", "s"], [86_400, 3600, 60, 1]];
  const first = Math.max(0, sizes.findIndex((size) => seconds >= size));
  if (seconds === 0) return "0 s";
  const parts = [Math.floor(seconds / sizes[first]), Math.floor((seconds % sizes[first]) / (sizes[first + 1] ?? 1))];
  const text = `${parts[0]} ${units[first]}`;
  return first < 3 && parts[1] ? `${text} ${parts[1]} ${units[first + 1]}` : text;
}

export function clock(ms) {
  return new Date(ms).toLocaleTimeString("en-GB");
}

/** What happened, with the words of the badges in place of the names of states, and times to a tenth of a second. */
export function told({ kind, text, detail }) {
  const short = text.replace(/(\d+\.\d)\d+(m?s)/g, "$1$2");
  if (kind !== "transition" || !detail) return short;
  const [from, to] = [detail.from, detail.to].map((state) => STATES[state]?.[0] ?? state);
  return short.replace(`${detail.from} -> ${detail.to}`, `${from} → ${to}`);
}

/** A key of the API as words. */
export const words = (key) => key.replaceAll("_", " ");
