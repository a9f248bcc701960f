/* Grading by keys: 1–5 choose a verdict for the criterion in hand, j and k go on and back, n opens the next answer;
   and the last choice is kept however soon the page is left. */

/* Those that can be seen: misconceptions may be folded away. */
function listed() {
  return [...document.querySelectorAll("[data-criterion]")].filter((one) => one.checkVisibility());
}

function inHand(criteria) {
  return criteria.findIndex((one) => one.contains(document.activeElement));
}

function go(criteria, index) {
  const one = criteria[Math.max(0, Math.min(criteria.length - 1, index))];
  (one.querySelector("input:checked") ?? one.querySelector("input")).focus();
  one.scrollIntoView({ block: "nearest" });
}

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.target.matches?.("textarea, select, input:not([type=radio])")) return;
  const criteria = listed();
  if (!criteria.length) return;
  const index = inHand(criteria);
  if (event.key === "j") go(criteria, index + 1);
  else if (event.key === "k") go(criteria, index < 0 ? 0 : index - 1);
  else if (event.key === "n") document.querySelector("a[rel=next]")?.click();
  else if (/^[1-5]$/.test(event.key)) {
    const choice = criteria[Math.max(0, index)].querySelector(`[data-key="${event.key}"]`);
    if (!choice) return;
    choice.focus();
    choice.checked = true;
    choice.dispatchEvent(new Event("change", { bubbles: true }));
  } else return;
  event.preventDefault();
});

/* The autosave waits a moment for more; what was chosen in that moment goes out with the page. */
const form = document.getElementById("grade-form");
let isUnsent = false;
for (const edit of ["input", "change"]) form?.addEventListener(edit, () => (isUnsent = true));
for (const sent of ["submit", "htmx:beforeSend"]) form?.addEventListener(sent, () => (isUnsent = false));
window.addEventListener("pagehide", () => {
  if (isUnsent) navigator.sendBeacon(form.getAttribute("hx-post"), new FormData(form));
});
