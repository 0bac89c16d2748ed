"use strict";
fetch("api/v1/status").then((answer) => answer.text()).then((text) => {
  document.getElementById("status").textContent = text;
});
