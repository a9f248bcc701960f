/* Every page: the name menu closes by itself; after a swap the focus goes somewhere sensible; trouble is said. */

document.addEventListener("click", (event) => {
  for (const menu of document.querySelectorAll("details.dropdown[open]")) {
    if (!menu.contains(event.target)) menu.open = false;
  }
});
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  for (const menu of document.querySelectorAll("details.dropdown[open]")) {
    menu.open = false;
    menu.querySelector("summary").focus();
  }
});

/* Signing out takes along what the browser kept of answers: the next person here may be somebody else. */
document.addEventListener("submit", (event) => {
  if (!event.target.matches('form[action$="/logout/"]')) return;
  try {
    Object.keys(localStorage).filter((key) => key.startsWith("mockingbird-draft:")).forEach((key) => localStorage.removeItem(key));
  } catch {
    /* No storage, nothing kept. */
  }
});

function say(text, way = "") {
  const place = document.getElementById("notices");
  if (!place) return;
  const note = document.createElement("p");
  note.className = "note error";
  note.append(text, " ", way);
  place.replaceChildren(note);
  note.scrollIntoView({ block: "nearest" });
}

document.addEventListener("mockingbird:say", (event) => say(event.detail));

/* A page without our target (signed out meanwhile, the result) is opened as a page of its own. */
document.addEventListener("htmx:beforeSwap", (event) => {
  const { target, xhr } = event.detail;
  if (target.id !== "interview" || !event.detail.shouldSwap) return;
  if (xhr.response.includes('id="interview"')) {
    document.getElementById("notices")?.replaceChildren();
  } else {
    event.detail.shouldSwap = false;
    location.assign(xhr.responseURL);
  }
});

/* A refused form keeps the address of the page that it stands on. */
document.addEventListener("htmx:beforeHistoryUpdate", (event) => {
  if (event.detail.xhr.status >= 400) {
    event.detail.history.type = "replace";
    event.detail.history.path = location.pathname;
  }
});

document.addEventListener("htmx:afterSettle", (event) => {
  if (event.detail.elt.id !== "interview") return;
  const invalid = document.querySelector("#interview [aria-invalid]");
  const writing = document.body.dataset.focusNext === "text" && document.querySelector("#interview textarea.write");
  delete document.body.dataset.focusNext;
  (invalid || writing || document.getElementById("heading"))?.focus({ preventScroll: !invalid });
});

/* What changed is announced once, not with every poll. */
document.addEventListener("htmx:afterSwap", () => {
  const announcer = document.getElementById("announcer");
  const text = document.querySelector("[data-announce]")?.innerText.trim() ?? "All answers are graded.";
  if (announcer && announcer.textContent !== text) announcer.textContent = text;
});

function reloading() {
  const way = document.createElement("a");
  way.href = location.href;
  way.textContent = "Reload the page, then send it again";
  return way;
}

function failed(event) {
  const { elt } = event.detail;
  if (elt.matches("[data-poll]")) {
    setTimeout(() => elt.isConnected && elt.dispatchEvent(new Event("retry")), 15000);
  } else {
    const status = event.detail.xhr?.status;
    const kept = "What you wrote is still here.";
    if (status === 403) say(`This page is older than your login, so nothing was sent. ${kept}`, reloading());
    else if (status === 404) say(`What this belongs to is not there any more: it was removed in another window. ${kept} Copy it if you need it.`);
    else if (status === 413) say(`That is more than the server takes at once. ${kept} Shorten it, then try again.`);
    else if (status) say(`The server could not do that (error ${status}). ${kept} Please try again.`);
    else say(`The server could not be reached. ${kept} Please try again.`);
  }
}
document.addEventListener("htmx:responseError", failed);
document.addEventListener("htmx:sendError", failed);
document.addEventListener("htmx:timeout", failed);

/* A request under way ends with its page: quietly, because left to the browser it would count as an error. */
const underWay = new Set();
document.addEventListener("htmx:beforeSend", ({ detail: { xhr } }) => {
  underWay.add(xhr);
  xhr.addEventListener("loadend", () => underWay.delete(xhr));
});
window.addEventListener("pagehide", () => {
  for (const xhr of underWay) {
    xhr.onabort = xhr.onerror = xhr.onload = null;
    xhr.abort();
  }
});

/* The Back button may bring a page back as it was left, with an old clock, an old text and no poll. */
window.addEventListener("pageshow", (event) => {
  if (event.persisted && document.querySelector("#interview, [data-poll]")) location.reload();
});
