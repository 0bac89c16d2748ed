// The token that switches actions on, in this tab only.

import { ask, feed } from "./feed.js";
import { $, put } from "./words.js";

const PLACE = "resilience-token";
const dialog = $("token-dialog");
const input = $("token");
let token = null;
try {
  token = sessionStorage.getItem(PLACE);
} catch {
  // A browser that keeps nothing: the token lives as long as the page.
}
const listeners = [];

export const onToken = (listener) => listeners.push(listener);
/** Whether the server takes actions at all, and whether this page has a token for them. */
export const isOn = () => Boolean(feed.status?.actions);
export const isOpen = () => isOn() && token !== null;

function keep(text) {
  token = text;
  try {
    if (text === null) sessionStorage.removeItem(PLACE);
    else sessionStorage.setItem(PLACE, text);
  } catch {
    // See above.
  }
  show();
  listeners.forEach((listener) => listener());
}

/** Asks with the token; one that is refused is forgotten, and asked for again. */
export async function act(path, options) {
  try {
    return await ask(path, { ...options, token });
  } catch (error) {
    if (error.status === 401) {
      keep(null);
      open("The server does not know this token.");
    }
    throw error;
  }
}

export function show() {
  put($("token-open"), `Actions: ${isOn() ? (token === null ? "locked" : "unlocked") : "off"}`);
  put($("token-text"), isOn()
    ? "Whoever has the token of this dashboard can force circuits open or closed and change settings, for all of this process."
    : "This dashboard only shows. To act from here, start the program with a token: Dashboard::token(..), or the environment variable RESILIENCE_DASHBOARD_TOKEN.");
  $("token-fields").hidden = !isOn();
  $("token-use").hidden = !isOn();
  $("token-forget").hidden = token === null;
}

export function open(problem = "") {
  show();
  put($("token-error"), problem);
  input.value = "";
  if (!dialog.open) dialog.showModal();
  if (isOn()) input.focus();
}

/** Whether the server knows a token: asks whether a setting could stay what it is, which changes nothing. */
async function check(text) {
  const [policy] = feed.policies.values();
  if (!policy) return;
  const body = JSON.stringify({ value: String(policy.enabled) });
  await ask(`${policy.path}/settings/enabled?check=true`, { method: "PUT", body, token: text });
}

$("token-form").addEventListener("submit", async (event) => {
  event.preventDefault();
  const text = input.value.trim();
  // A header holds no other characters.
  if (!/^[\x21-\x7e]+$/.test(text)) return void put($("token-error"), "Write the token that the program was started with.");
  $("token-use").disabled = true;
  put($("token-error"), "");
  try {
    await check(text);
    dialog.close();
    keep(text);
  } catch (error) {
    put($("token-error"), error.status === 401 ? "The server does not know this token." : error.message);
    input.select();
  } finally {
    $("token-use").disabled = false;
  }
});
$("token-open").addEventListener("click", () => open());
$("token-forget").addEventListener("click", () => {
  keep(null);
  open();
});
$("token-close").addEventListener("click", () => dialog.close());
