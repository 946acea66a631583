// Keys for what the page already offers as buttons and links: each element names its keys in `data-key`.
// Nothing here decides anything, and every page works without it.
"use strict";

// An answer counts only once its picture can be seen, and not within the double-tap of the answer before it.
const BREATH_MS = 350;

const letters = { KeyU: "u", KeyV: "v", KeyL: "l", KeyJ: "j", KeyK: "k" };

function ready() {
  document.body.dataset.ready = "";
}

function keyOf(event) {
  // A Vietnamese input method may hold letters back; the key's place tells them all the same.
  const key = event.key === "Process" || event.key === "Unidentified" ? letters[event.code] || "" : event.key;
  return key.length === 1 ? key.toLowerCase() : key;
}

function offered(key) {
  // While the whole page lies over the question, only its own keys are heard.
  const above = document.querySelector(".whole:target") || document.querySelector("body");
  return [...above.querySelectorAll("[data-key]")].find(
    (one) => one.checkVisibility() && one.dataset.key.split(" ").includes(key),
  );
}

document.addEventListener("keydown", (event) => {
  if (event.repeat || event.ctrlKey || event.altKey || event.metaKey) return;
  if (event.target.closest("input, textarea, select")) return;
  if (event.key === "Enter" && event.target.closest("a, button, summary")) return;
  const element = offered(keyOf(event));
  if (!element || !("ready" in document.body.dataset)) return;
  event.preventDefault();
  element.click();
});

// One form is sent once, however often it is clicked.
document.addEventListener("submit", (event) => {
  if ("sent" in document.body.dataset) event.preventDefault();
  document.body.dataset.sent = "";
});

window.addEventListener("pageshow", (event) => {
  if (event.persisted) location.reload();
});

const picture = document.getElementById("picture");
const seen = picture ? picture.decode() : Promise.resolve();
seen.then(() => setTimeout(ready, BREATH_MS)).catch(() => document.body.classList.add("no-picture"));
