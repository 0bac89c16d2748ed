// The list of policies or services. Rows have one height, and only those in sight exist: a thousand cost what thirty do.

import { MEASURES, VIEWS, itself } from "./columns.js";
import { $, KINDS, RANK, STATES, count, make, put, set, shape } from "./words.js";

/** Rows beyond the edges of the window that exist already. */
const SPARE = 4;

export const choice = { view: "policies", find: "", kind: "", states: new Set(), sort: "state", reverse: false };

const rows = $("rows");
/** The rows that exist, by key, and those in the list, in order. */
const nodes = new Map();
let order = [];
let height = 56;
let wanted = false;
let resort = false;

const view = () => VIEWS[choice.view];
const key = (row) => row.path;

/** Asks for one drawing of the next frame, however much has changed; `sort` if the order may have. */
export function refresh({ sort = false } = {}) {
  resort ||= sort;
  if (wanted) return;
  wanted = true;
  requestAnimationFrame(() => {
    wanted = false;
    if (resort) arrange();
    resort = false;
    paint();
  });
}

function matches(row, without) {
  if (choice.kind && choice.view === "policies" && row.kind !== choice.kind) return false;
  if (without !== "states" && choice.states.size && !choice.states.has(row.badge)) return false;
  const text = `${row.name} ${KINDS[row.kind] ?? ""} ${row.service ?? ""}`.toLowerCase();
  return choice.find.toLowerCase().split(/\s+/).every((word) => text.includes(word));
}

function arrange() {
  const all = view().rows();
  const measure = MEASURES[choice.sort];
  const speaker = choice.sort === "state" ? itself : view().lead;
  const measured = new Map(measure ? all.map((row) => [row, measure(speaker(row))]) : []);
  const byName = new Intl.Collator("en", { numeric: true }).compare;
  const found = all.filter((row) => matches(row));
  found.sort((a, b) => (measure ? measured.get(b) - measured.get(a) : 0) || byName(a.name, b.name) || byName(a.kind ?? "", b.kind ?? ""));
  if (choice.reverse) found.reverse();
  order = found;
  states(all.filter((row) => matches(row, "states")));
  put($("found"), found.length === all.length ? "" : `${count(found.length)} of ${count(all.length)} shown`);
  $("empty").hidden = found.length > 0;
  put($("empty"), all.length ? "Nothing matches. Clear the search, or choose other states." : "No policy has been used yet. It appears here with its first call.");
  set($("list"), "aria-rowcount", String(found.length + 1));
}

/** The buttons that count and choose states, which are the legend of the shapes as well. */
function states(all) {
  const counts = {};
  for (const row of all) counts[row.badge] = (counts[row.badge] ?? 0) + 1;
  for (const state of Object.keys(STATES)) {
    const id = `states-${state}`;
    let button = $(id);
    const wanted = counts[state] || choice.states.has(state);
    if (!button && wanted) {
      button = make("button", { type: "button", id, children: [shape(state), make("span")] });
      button.firstChild.dataset.state = state;
      button.addEventListener("click", () => {
        if (!choice.states.delete(state)) choice.states.add(state);
        refresh({ sort: true });
      });
      const next = Object.keys(STATES).slice(RANK[state] + 1).map((state) => $(`states-${state}`)).find(Boolean);
      $("states").insertBefore(button, next ?? null);
    }
    if (!button) continue;
    button.hidden = !wanted;
    put(button.lastChild, `${STATES[state][0]} ${counts[state] ?? 0}`);
    set(button, "aria-pressed", String(choice.states.has(state)));
  }
}

function build() {
  const cells = view().columns.map((column) => {
    const cell = column.make();
    cell.className = `${column.class} ${cell.className}`.trim();
    cell.setAttribute("role", column.role ?? "cell");
    return cell;
  });
  return make("div", { class: `row ${choice.view}`, role: "row", children: cells });
}

/** Brings the rows in sight up to date, makes those that are missing, and drops those that are out of sight. */
function paint() {
  const top = rows.getBoundingClientRect().top;
  const first = Math.max(0, Math.floor(-top / height) - SPARE);
  const last = Math.min(order.length, Math.ceil((innerHeight - top) / height) + SPARE);
  const inSight = order.slice(first, Math.max(first, last));
  rows.style.height = `${order.length * height}px`;
  const stay = new Set(inSight.map(key));
  const focused = document.activeElement;
  for (const [path, node] of nodes) {
    if (stay.has(path)) continue;
    // The row that has the focus stays, wherever it is, so that the keyboard does not lose its place.
    const at = node.contains(focused) ? order.findIndex((row) => key(row) === path) : -1;
    if (at >= 0) {
      node.style.transform = `translateY(${at * height}px)`;
    } else {
      node.remove();
      nodes.delete(path);
    }
  }
  let place = rows.firstElementChild;
  inSight.forEach((row, index) => {
    let node = nodes.get(key(row));
    if (!node) nodes.set(key(row), (node = build()));
    const y = `translateY(${(first + index) * height}px)`;
    if (node.style.transform !== y) node.style.transform = y;
    set(node, "aria-rowindex", String(first + index + 2));
    show(node, row);
    if (node === place) place = place.nextElementSibling;
    else move(node, place);
  });
  if (focused !== document.activeElement && focused?.isConnected) focused.focus({ preventScroll: true });
}

function move(node, place) {
  if (node.isConnected && rows.moveBefore) rows.moveBefore(node, place);
  else rows.insertBefore(node, place);
}

function show(node, row) {
  if (row.state && node.dataset.badge && node.dataset.badge !== row.badge) {
    node.classList.remove("changed");
    void node.offsetWidth;
    node.classList.add("changed");
  }
  node.dataset.badge = row.badge;
  view().columns.forEach((column, index) => column.show(node.children[index], row));
}

/** Shows another view, or the same one anew. */
export function open(name = choice.view) {
  choice.view = name;
  nodes.clear();
  rows.replaceChildren();
  set($("list"), "aria-label", view().label);
  $("kind-field").hidden = name !== "policies";
  const head = $("head");
  head.className = `row ${name}`;
  head.replaceChildren(...view().columns.map((column) => {
    const cell = make("div", { class: column.class, role: "columnheader", text: column.sort ? undefined : column.head });
    if (column.sort) {
      const button = make("button", { type: "button", text: column.head });
      button.addEventListener("click", () => sort(column.sort, choice.sort === column.sort && !choice.reverse));
      cell.append(button);
      cell.dataset.sort = column.sort;
    }
    return cell;
  }));
  sort(choice.sort, choice.reverse);
}

export function sort(by, reverse = false) {
  choice.sort = by;
  choice.reverse = reverse;
  $("sort").value = by;
  for (const cell of $("head").children) {
    const upward = (by === "name") !== reverse;
    if (cell.dataset.sort) set(cell, "aria-sort", cell.dataset.sort === by ? (upward ? "ascending" : "descending") : "none");
  }
  refresh({ sort: true });
}

function measure() {
  const root = getComputedStyle(document.documentElement);
  height = parseFloat(root.getPropertyValue("--row")) * parseFloat(root.fontSize);
  refresh();
}

addEventListener("scroll", () => refresh(), { passive: true });
addEventListener("resize", measure);
measure();

/** Arrows go from row to row, also to rows that do not exist yet. */
rows.addEventListener("keydown", (press) => {
  const step = { ArrowDown: 1, ArrowUp: -1, Home: -Infinity, End: Infinity }[press.key];
  const node = press.target.closest(".row");
  if (!step || !node) return;
  const at = order.findIndex((row) => nodes.get(key(row)) === node);
  const to = Math.min(order.length - 1, Math.max(0, at + step));
  press.preventDefault();
  const y = rows.getBoundingClientRect().top + to * height;
  const margin = 3 * height;
  if (y < margin || y > innerHeight - margin) scrollBy({ top: y - innerHeight / 2, behavior: "instant" });
  paint();
  nodes.get(key(order[to]))?.querySelector("a").focus({ preventScroll: true });
});
