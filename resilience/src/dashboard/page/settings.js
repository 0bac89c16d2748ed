// The settings of one policy: each with its value and where it comes from, and a field to change it.

import { act, isOpen } from "./token.js";
import { $, LAYERS, make, put } from "./words.js";

/** How long nobody must have typed before the server is asked whether the value can be. */
const PAUSE_MS = 200;

const list = $("settings");
let path = null;
let changed = () => {};
let editing = null;

const address = (key) => `${path}/settings/${encodeURIComponent(key)}`;
const origin = (setting) => {
  const layer = LAYERS[setting.layer] ?? setting.layer;
  return setting.changed ? `${layer}; otherwise ${setting.otherwise ?? "not set"}` : layer;
};

/** Shows the settings; `whenChanged` gets what the server answers to a change. */
export function showSettings(policy, { settings, toml }, whenChanged) {
  if (policy !== path) close();
  path = policy;
  changed = whenChanged;
  put($("settings-hint"), isOpen() ? "" : "What decides each value stands below it.");
  const known = new Map([...list.children].map((item) => [item.dataset.key, item]));
  const items = settings.map((setting) => {
    const text = JSON.stringify([setting, isOpen()]);
    const item = known.get(setting.key);
    if (item && (item.dataset.text === text || editing?.key === setting.key)) return item;
    return entry(setting, text);
  });
  if (items.some((item, index) => item !== list.children[index]) || items.length !== list.children.length) list.replaceChildren(...items);
  $("keep").hidden = !toml;
  put($("keep-text"), toml ?? "");
}

function entry(setting, text) {
  const { key } = setting;
  const item = make("li", { children: [
    make("span", { children: [make("span", { class: "key", text: key }), " ", make("span", { class: "value", text: setting.value ?? "not set" })] }),
    make("span", { class: "layer", text: origin(setting) }),
  ] });
  item.classList.toggle("runtime", setting.changed);
  Object.assign(item.dataset, { key, text });
  if (!isOpen()) return item;
  const buttons = make("span", { class: "buttons" });
  const edit = make("button", { type: "button", text: "Change", "aria-label": `Change ${key}` });
  edit.addEventListener("click", () => open(item, setting));
  buttons.append(edit);
  if (setting.changed) {
    const back = make("button", { type: "button", text: "Take back", "aria-label": `Take back the change of ${key}` });
    back.addEventListener("click", () => takeBack(item, key, back));
    buttons.append(back);
  }
  item.append(buttons);
  return item;
}

/** The focus goes to a setting's button after its entry was made anew. */
function settle(key) {
  [...list.children].find((item) => item.dataset.key === key)?.querySelector("button")?.focus();
}

async function takeBack(item, key, button) {
  button.disabled = true;
  try {
    await changed(await act(address(key), { method: "DELETE" }));
    settle(key);
  } catch (error) {
    button.disabled = false;
    item.querySelector(".error")?.remove();
    item.append(make("p", { class: "error layer", role: "alert", text: error.message }));
  }
}

function open(item, setting) {
  close();
  const { key } = setting;
  const input = make("input", { id: "setting-value", value: setting.value ?? "", autocomplete: "off", spellcheck: "false", "aria-describedby": "setting-error setting-note" });
  const error = make("p", { class: "error", id: "setting-error", role: "alert" });
  const note = make("p", { class: "hint", id: "setting-note", role: "status", text: "Written as in an attribute or a file. Lost when the program restarts." });
  const save = make("button", { type: "submit", class: "primary", text: "Save" });
  const cancel = make("button", { type: "button", text: "Cancel" });
  const form = make("form", { children: [
    make("label", { for: "setting-value", text: `New value of ${key}` }), input, error, note,
    make("span", { class: "buttons", children: [save, cancel] }),
  ] });
  [...item.querySelectorAll(".buttons, .error")].filter((old) => !form.contains(old)).forEach((old) => old.remove());
  item.append(form);
  editing = { key, item, form, timer: 0, round: 0 };
  const mine = editing;

  const say = (problem, text) => {
    put(error, problem);
    input.setAttribute("aria-invalid", String(Boolean(problem)));
    put(note, text);
  };
  const ask = (query = "") => act(address(key) + query, { method: "PUT", body: JSON.stringify({ value: input.value }) });
  input.addEventListener("input", () => {
    clearTimeout(mine.timer);
    const round = ++mine.round;
    mine.timer = setTimeout(async () => {
      try {
        const answer = await ask("?check=true");
        if (round === mine.round) say("", `Would be ${answer?.setting?.value ?? input.value}. Lost when the program restarts.`);
      } catch (problem) {
        if (round === mine.round) say(problem.message, "Nothing has changed.");
      }
    }, PAUSE_MS);
  });
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    clearTimeout(mine.timer);
    mine.round += 1;
    save.disabled = true;
    try {
      const answer = await ask();
      if (editing === mine) close();
      await changed(answer);
      settle(key);
    } catch (problem) {
      say(problem.message, "Nothing has changed.");
      input.focus();
    } finally {
      save.disabled = false;
    }
  });
  cancel.addEventListener("click", () => close());
  input.focus();
  input.select();
}

/** Closes the field that is open; whether there was one. The entry is made anew at the next showing. */
export function close() {
  if (!editing) return false;
  const { key, item, form, timer } = editing;
  clearTimeout(timer);
  const [setting] = JSON.parse(item.dataset.text);
  const had = form.contains(document.activeElement);
  item.replaceWith(entry(setting, item.dataset.text));
  editing = null;
  if (had) settle(key);
  return true;
}

$("keep-copy").addEventListener("click", async () => {
  try {
    await navigator.clipboard.writeText($("keep-text").textContent);
    put($("keep-outcome"), "Copied.");
  } catch {
    getSelection().selectAllChildren($("keep-text"));
    put($("keep-outcome"), "Marked: copy them with your keyboard.");
  }
});
