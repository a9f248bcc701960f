/* Makes the textarea pleasant for prose and code: word count, code mode, Ctrl+Enter. Plain without it. */

const parts = () => ({
  text: document.querySelector("#interview textarea.write"),
  count: document.getElementById("word-count"),
  toggle: document.getElementById("code-mode"),
  help: document.getElementById("code-help"),
  hint: document.getElementById("submit-hint"),
});

let released = false; // Escape was pressed: the next Tab leaves the textarea

function count() {
  const { text, count: place } = parts();
  if (!text) return;
  const words = text.value.match(/\S+/gu)?.length ?? 0;
  const most = Number(text.dataset.max);
  const characters = text.value.length < most * 0.8 ? 0 : [...text.value].length;
  place.hidden = false;
  place.textContent = characters
    ? `${characters.toLocaleString("en")} of ${most.toLocaleString("en")} characters`
    : `${words} ${words === 1 ? "word" : "words"}`;
  place.classList.toggle("trouble", characters > most);
}

/* The mode is remembered for this question, in this window. */
const modeOf = () => `mockingbird-code:${location.pathname}`;

function wasOn() {
  try {
    return sessionStorage.getItem(modeOf()) === "on";
  } catch {
    return false;
  }
}

function showMode(on) {
  const { text, toggle, help } = parts();
  toggle.setAttribute("aria-pressed", String(on));
  text.classList.toggle("mono", on);
  text.spellcheck = !on;
  help.hidden = !on;
}

function setUp() {
  const { text, toggle, hint } = parts();
  if (!text || toggle.dataset.ready) return;
  toggle.dataset.ready = "yes";
  toggle.hidden = false;
  hint.hidden = false;
  released = false;
  if (wasOn()) showMode(true);
  count();
}

function switchMode() {
  const { text, toggle } = parts();
  const on = toggle.getAttribute("aria-pressed") !== "true";
  showMode(on);
  try {
    sessionStorage.setItem(modeOf(), on ? "on" : "off");
  } catch {
    /* Then it is forgotten with the page. */
  }
  text.focus();
}

function insert(text, words) {
  // execCommand keeps the browser's undo history; setRangeText is for browsers that have dropped it.
  if (!document.execCommand("insertText", false, words)) {
    text.setRangeText(words, text.selectionStart, text.selectionEnd, "end");
    text.dispatchEvent(new Event("input", { bubbles: true }));
  }
}

setUp();
document.addEventListener("htmx:load", setUp);
document.addEventListener("input", (event) => event.target.matches("textarea.write") && count());
document.addEventListener("click", (event) => event.target.closest("#code-mode") && switchMode());
document.addEventListener("keydown", (event) => {
  const text = event.target;
  if (!text.matches?.("#interview textarea.write") || event.isComposing) return;
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
    event.preventDefault();
    document.body.dataset.focusNext = "text";
    text.form.querySelector("button[type=submit]:not([formaction])").click();
  } else if (event.key === "Escape") {
    released = true;
  } else if (event.key === "Tab" && !event.shiftKey && !released && text.classList.contains("mono")) {
    event.preventDefault();
    insert(text, "    ");
  } else if (!["Tab", "Shift"].includes(event.key)) {
    released = false;
  }
});
