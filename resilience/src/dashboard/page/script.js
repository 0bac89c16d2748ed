"use strict";
const folder = new URL(".", document.currentScript.src);
fetch(new URL("api/v1/status", folder)).then((answer) => answer.text()).then((text) => {
  document.getElementById("status").textContent = text;
});
