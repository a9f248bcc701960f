/* Two facts for a reader, announced in the lobby: that text was pasted (how much), that the tab was left.
   Neither changes a score, and neither says what was pasted or where the person went. */

let navigating = false;

function note(fact) {
  const form = document.querySelector("form[data-draft-url]");
  if (!form) return;
  const token = form.querySelector("[name=csrfmiddlewaretoken]").value;
  navigator.sendBeacon(form.dataset.draftUrl, new URLSearchParams({ ...fact, csrfmiddlewaretoken: token }));
}

document.addEventListener("paste", (event) => {
  if (!event.target.matches?.("textarea.write")) return;
  const text = event.clipboardData?.getData("text/plain") ?? "";
  if (text) note({ pasted: String([...text].length) });
});

/* Following a link of this site hides the page too; that is no leaving. */
window.addEventListener("beforeunload", () => (navigating = true));
window.addEventListener("pageshow", () => (navigating = false));
document.addEventListener("visibilitychange", () => {
  if (document.visibilityState === "hidden" && !navigating) note({ left_tab: "1" });
});
