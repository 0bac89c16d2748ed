// What the rows of each view show, column by column, and what they are sorted by.

import { showSpark, spark } from "./chart.js";
import { feed, repeats } from "./feed.js";
import { KINDS, RANK, badge, count, draw, duration, make, millis, put, rate, set, share, showState } from "./words.js";

/** A column: its head, how it is sorted, and what a row shows in it. */
const number = (id, head, sortBy, text, { bad = () => false, extra = "" } = {}) => ({
  id, head, sort: sortBy, class: `num ${extra}`,
  make: () => make("div", { children: [make("span"), make("span", { class: "label", text: ` ${head.toLowerCase()}` })] }),
  show(cell, row) {
    put(cell.firstChild, text(row));
    cell.classList.toggle("none", cell.firstChild.textContent === "–");
    cell.classList.toggle("bad", bad(row));
  },
});

const spoilt = (row) => (row.per_second?.calls > 0 ? row.per_second.failed / row.per_second.calls : row.per_second?.failed ? 1 : 0);
/** The share of the calls that failed; a timeout counts those that it dropped, and no others. */
function failed(now) {
  if (now?.calls > 0) return share(now.failed / now.calls);
  return now?.failed > 0 ? `${rate(now.failed)}/s` : "–";
}

const state = {
  id: "state", head: "State", sort: "state", class: "c-state",
  make: () => make("div", { children: [badge()] }),
  show: (cell, row) => void showState(cell.firstChild, row.badge),
};
const name = (head, sub) => ({
  id: "name", head, sort: "name", class: "c-name", role: "rowheader",
  make: () => make("div", { children: [make("a", { class: "name" }), make("span", { class: "sub" })] }),
  show(cell, row) {
    const [link, below] = cell.children;
    put(link, row.name || "(no name)");
    set(link, "href", `#${row.path}`);
    set(link, "title", row.name);
    put(below, sub(row));
  },
});
const figures = (lead) => [
  number("rate", "Calls/s", "rate", (row) => rate(lead(row)?.per_second?.calls)),
  number("failed", "Failed", "failed", (row) => failed(lead(row)?.per_second), { bad: (row) => lead(row) && spoilt(lead(row)) >= 0.05 }),
  number("refused", "Refused/s", "refused", (row) => rate(lead(row)?.per_second?.refused), { bad: (row) => lead(row)?.per_second?.refused > 0 }),
];
const minuteOf = (lead) => ({
  id: "spark", head: "Last minute", class: "c-spark",
  make: () => make("div", { children: [spark()] }),
  show: (cell, row) => void showSpark(cell.firstChild, lead(row)),
});
const load = {
  id: "load", head: "In use", sort: "load", class: "num extra",
  make: () => make("div", { children: [
    make("span", { class: "meter", children: [
      draw("svg", { viewBox: "0 0 40 10", preserveAspectRatio: "none", "aria-hidden": "true" }, draw("rect", { width: 40, height: 10 }), draw("rect", { width: 0, height: 10 })),
      make("span"), make("span", { class: "label", text: "in use" }),
    ] }),
  ] }),
  show(cell, row) {
    const [picture, text] = cell.firstChild.children;
    picture.toggleAttribute("hidden", row.saturation == null);
    set(picture.lastChild, "width", String(Math.round(40 * (row.saturation ?? 0))));
    cell.firstChild.classList.toggle("full", row.saturation >= 0.9);
    cell.classList.toggle("none", row.saturation == null);
    put(text, row.saturation == null ? "–" : row.places == null ? share(row.saturation) : `${row.in_use}/${count(row.places)}`);
  },
};

/** The policy that speaks for a service. */
export function lead(service) {
  const policies = service.policies.map((path) => feed.policies.get(path)).filter(Boolean);
  const order = ["circuit_breaker", "retry", "bulkhead", "rate_limit", "timeout", "fallback"];
  return policies.sort((a, b) => order.indexOf(a.kind) - order.indexOf(b.kind))[0];
}

/** A service's grade; where nobody judges health, the state of its policy in the greatest trouble. */
function standing(service) {
  if (service.grade && service.grade !== "error") return service.grade;
  const badges = service.policies.map((path) => feed.policies.get(path)?.badge).filter(Boolean);
  const worst = (badges) => badges.sort((a, b) => RANK[a] - RANK[b])[0];
  return worst(badges.filter((badge) => badge !== "on")) ?? "on";
}

export const itself = (row) => row;
export const VIEWS = {
  policies: {
    label: "Policies", rows: () => [...feed.policies.values()], lead: itself,
    columns: [
      state,
      name("Policy", (row) => {
        const since = row.since && row.state !== "closed" ? `, for ${duration(feed.now() - row.since)}` : "";
        const changed = row.changed?.length ? `, ${row.changed.length} changed` : "";
        return `${KINDS[row.kind] ?? row.kind}${since}${changed}`;
      }),
      ...figures(itself),
      number("latency", "p99", "latency", (row) => millis(row.latency?.calls ? row.latency.p99_ms : null), { extra: "extra" }),
      number("retries", "Repeats/s", "retries", (row) => rate(repeats(row)), { extra: "extra" }),
      load,
      minuteOf(itself),
    ],
  },
  services: {
    label: "Services", lead,
    rows: () => [...feed.services.values()].map((service) => Object.assign(service, { badge: standing(service) })),
    columns: [
      state,
      name("Service", (row) => `${row.policies.length} ${row.policies.length === 1 ? "policy" : "policies"}${row.critical ? ", critical" : ""}`),
      ...figures(lead),
      {
        id: "why", head: "Why", class: "c-why sub",
        make: () => make("div", { class: "sub" }),
        show(cell, row) {
          put(cell, row.why ?? "");
          set(cell, "title", row.why ?? "");
        },
      },
      minuteOf(lead),
    ],
  },
};

/** What rows are sorted by: the greater first, except for names. */
export const MEASURES = {
  state: (row) => -(RANK[row.badge] ?? 99),
  rate: (row) => row?.per_second?.calls ?? -1,
  failed: (row) => (row ? spoilt(row) : -1),
  refused: (row) => row?.per_second?.refused ?? -1,
  latency: (row) => row?.latency?.p99_ms ?? -1,
  retries: (row) => (row && repeats(row)) ?? -1,
  load: (row) => row?.saturation ?? -1,
};
