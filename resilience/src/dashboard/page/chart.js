// The last minute of a row as a picture, with what it shows in words.

import { minute } from "./feed.js";
import { count, draw, make, put, set } from "./words.js";

const [WIDTH, HEIGHT] = [60, 20];

export function spark() {
  return draw("svg", { class: "spark", viewBox: `0 0 ${WIDTH} ${HEIGHT}`, preserveAspectRatio: "none", role: "img", "aria-label": "the last minute" },
    draw("path", { class: "calls" }), draw("path", { class: "fails" }), draw("path", { class: "refused" }));
}

/** Steps of one second each, from the ground up. */
function area(numbers, peak) {
  if (!numbers?.some(Boolean)) return "";
  const steps = numbers.map((number, second) => `V${(HEIGHT - (number / peak) * HEIGHT).toFixed(1)}H${second + 1}`);
  return `M0 ${HEIGHT}${steps.join("")}V${HEIGHT}z`;
}

/** A line over the seconds in which there was something. */
function line(numbers, peak) {
  const y = (number) => (HEIGHT - 1 - (number / peak) * (HEIGHT - 2)).toFixed(1);
  return (numbers ?? []).map((number, second) => (number ? `${numbers[second - 1] ? "L" : "M"}${second} ${y(number)}H${second + 1}` : "")).join("");
}

/** Draws a row's minute; nothing of it is touched where nothing has changed. */
export function showSpark(svg, row) {
  const [calls, failed, refused] = row ? ["calls", "failed", "refused"].map((key) => minute(row, key)) : [];
  const peak = Math.max(1, ...(calls ?? []), ...(failed ?? []), ...(refused ?? []));
  const [first, second, third] = svg.children;
  set(first, "d", area(calls, peak));
  set(second, "d", area(failed, peak));
  set(third, "d", line(refused, peak));
  const sum = (numbers) => (numbers ?? []).reduce((sum, number) => sum + number, 0);
  const text = [`${count(sum(calls))} calls`, `${count(sum(failed))} failed`, `${count(sum(refused))} refused`];
  set(svg, "aria-label", `in the last minute ${text.join(", ")}`);
  return peak;
}

/** The picture of the detail, with a legend. */
export function chart() {
  const svg = spark();
  const key = (name, word) => make("span", { children: [
    draw("svg", { class: "spark", viewBox: "0 0 16 12", "aria-hidden": "true" },
      name === "refused" ? draw("path", { class: name, d: "M0 6L5 3L10 8L16 4" }) : draw("path", { class: name, d: "M0 12V2H16V12z" })),
    ` ${word}`,
  ] });
  const scale = make("span");
  const legend = make("p", { class: "legend", children: [key("calls", "calls"), key("fails", "failed"), key("refused", "refused"), scale] });
  return {
    elements: [svg, legend],
    show(row) {
      put(scale, `height: ${count(showSpark(svg, row))} a second`);
    },
  };
}
