/* Saves the answer while it is written: 1.5 s after the last key, at least every 10 s, and when the page is left.
   The revision in the form is the one that the server has; it lets the server notice a second window. */

const QUIET = 1500;
const AT_MOST = 10000;

let current = null; // the form on the page, with what is known about it

function keyOf(form) {
  return `mockingbird-draft:${form.dataset.draftUrl}`;
}

function kept(form, text) {
  try {
    if (text === null) localStorage.removeItem(keyOf(form));
    else localStorage.setItem(keyOf(form), text);
  } catch {
    /* No storage here: the server is the place for drafts, this was only a net. */
  }
}

class Draft {
  constructor(form) {
    this.form = form;
    this.text = form.querySelector("textarea.write");
    this.revision = form.querySelector("[name=revision]");
    this.status = form.querySelector("#draft-status");
    this.news = form.querySelector("#draft-news");
    this.saved = this.text.defaultValue; // not its value: that may have been typed before this script came
    this.savedAt = null;
    this.left = undefined; // what this browser kept when an earlier page of this question was left
    this.running = null;
    this.stopped = false;
    // What the server has refused stands on this page only: this browser keeps it until it is accepted.
    if (this.text.getAttribute("aria-invalid") === "true") kept(this.form, this.text.value);
    else this.offerKept();
  }

  get dirty() {
    return !this.stopped && this.text.value !== this.saved;
  }

  body(text) {
    const token = this.form.querySelector("[name=csrfmiddlewaretoken]").value;
    return new URLSearchParams({ text, revision: this.revision.value || "0", csrfmiddlewaretoken: token });
  }

  typed() {
    if (!this.dirty) return;
    clearTimeout(this.quiet);
    this.quiet = setTimeout(() => this.save(), QUIET);
    this.latest ??= setTimeout(() => this.save(), AT_MOST);
  }

  /* One save at a time; what was typed meanwhile is saved right after. */
  save({ leaving = false } = {}) {
    this.pause();
    if (!this.dirty) return this.running ?? Promise.resolve();
    if (this.running) {
      if (leaving) kept(this.form, this.text.value);
      return this.running.then(() => this.save({ leaving }));
    }
    this.running = this.send(this.text.value, leaving).finally(() => (this.running = null));
    return this.running;
  }

  async send(text, leaving) {
    // A way to sign in stays where it is: pressing it leaves the text, and that saves.
    if (!this.status.querySelector("a")) this.say("Saving…");
    if (leaving) kept(this.form, text);
    let answer;
    try {
      answer = await fetch(this.form.dataset.draftUrl, {
        method: "POST",
        body: this.body(text),
        headers: { Accept: "application/json" },
        // Browsers refuse a long text with keepalive: then the copy above is the net.
        keepalive: leaving && text.length < 15000,
        signal: AbortSignal.timeout(20000),
      });
    } catch {
      kept(this.form, text);
      this.say("Not saved: the server cannot be reached. Trying again.", true);
      if (!leaving) this.quiet = setTimeout(() => this.save(), 5000);
      return;
    }
    let reply = {};
    if (!answer.redirected) reply = await answer.json().catch(() => ({}));
    if (answer.ok && reply.revision !== undefined) {
      this.revision.value = reply.revision;
      this.saved = text;
      this.savedAt = Date.now();
      kept(this.form, null);
      this.say("Saved just now");
      if (this.dirty) this.typed();
      return;
    }
    kept(this.form, text);
    if (answer.redirected || answer.status === 403) {
      const way = document.createElement("a");
      way.href = this.form.dataset.signIn;
      way.textContent = "Sign in and come back";
      this.say("Not saved: you are signed out. This browser keeps the text.", true, way);
    } else if (answer.status === 409 && (await this.isOurs(text))) {
      this.typed();
    } else if (answer.status === 409) {
      this.stopped = true;
      this.say(`Not saved: ${reply.error ?? "this answer was changed elsewhere."}`, true);
    } else if (answer.status === 404) {
      this.stopped = true;
      this.say("Not saved: this interview was discarded in another window. Copy your text if you need it.", true);
    } else if (answer.status === 413) {
      this.say("Not saved: this is more than the server takes at once.", true);
    } else {
      this.say(`Not saved: ${reply.error ?? `the server answered with error ${answer.status}.`}`, true);
      if (answer.status >= 500) this.quiet = setTimeout(() => this.save(), 5000);
    }
  }

  /* Seen at once; read out only where there is trouble, and when it is over. */
  say(text, isTrouble = false, way = "") {
    if (way && this.status.querySelector("a")) return;
    this.status.replaceChildren(text, " ", way);
    this.status.classList.toggle("trouble", isTrouble);
    if (!text.startsWith("Saved")) this.savedAt = null;
    if (isTrouble) this.news.textContent = text;
    else if (text.startsWith("Saved") && this.news.textContent) this.news.textContent = "Saved again.";
  }

  tick() {
    if (this.savedAt === null || this.dirty) return;
    const seconds = Math.round((Date.now() - this.savedAt) / 1000);
    const ago = seconds < 60 ? `${seconds} s` : `${Math.floor(seconds / 60)} min`;
    this.status.textContent = seconds < 3 ? "Saved just now" : `Saved ${ago} ago`;
  }

  pause() {
    clearTimeout(this.quiet);
    clearTimeout(this.latest);
    this.latest = undefined;
  }

  /* A save sent while this page was being left can arrive after the next page was made. What the server has then is
     our own text, not another window's: take its revision and go on. True: that was it. */
  async isOurs(sent) {
    const there = await this.there();
    if (!there || ![sent, this.left].includes(there.text)) return false;
    this.revision.value = there.revision;
    this.saved = there.text;
    if (this.text.value === this.saved) {
      kept(this.form, null);
      this.savedAt = Date.now();
      this.say("Saved just now");
    }
    return true;
  }

  async there() {
    try {
      const answer = await fetch(this.form.dataset.draftUrl, { headers: { Accept: "application/json" } });
      return answer.ok && !answer.redirected ? await answer.json() : null;
    } catch {
      return null;
    }
  }

  async offerKept() {
    let text = null;
    try {
      text = localStorage.getItem(keyOf(this.form));
    } catch {
      return;
    }
    if (text === null) return;
    if (text === this.text.value || !text.trim()) {
      kept(this.form, null);
      return;
    }
    this.left = text;
    const before = this.text.value;
    if ((await this.there())?.text === text && this.text.value === before) {
      this.text.value = text;
      this.text.dispatchEvent(new Event("input", { bubbles: true }));
      await this.isOurs(text);
      return;
    }
    const offer = this.form.querySelector("#kept-here");
    offer.hidden = false;
    offer.querySelector("#kept-use").addEventListener("click", () => {
      this.text.value = text;
      this.text.dispatchEvent(new Event("input", { bubbles: true }));
      offer.hidden = true;
      this.text.focus();
    });
    offer.querySelector("#kept-drop").addEventListener("click", () => {
      kept(this.form, null);
      offer.hidden = true;
      this.text.focus();
    });
  }
}

function find() {
  const form = document.querySelector("form[data-draft-url]");
  if (form === (current?.form ?? null)) return;
  current?.pause();
  current = form ? new Draft(form) : null;
  current?.typed();
}

find();
document.addEventListener("htmx:load", find);
document.addEventListener("input", (event) => event.target === current?.text && current.typed());
document.addEventListener("focusout", (event) => {
  // Submitting and skipping carry the text themselves.
  if (event.target === current?.text && event.relatedTarget?.type !== "submit") current.save();
});
document.addEventListener("visibilitychange", () => {
  if (document.visibilityState === "hidden") current?.save({ leaving: true });
});
window.addEventListener("pagehide", () => current?.save({ leaving: true }));
setInterval(() => current?.tick(), 5000);

/* A link or a form waits for the save, so that nothing is overtaken by an older text. */
document.addEventListener("htmx:confirm", (event) => {
  const { elt, issueRequest } = event.detail;
  if (!current || elt.matches("[data-poll]")) return;
  const isOwn = elt === current.form;
  if (!isOwn && !current.dirty && !current.running) return;
  if (isOwn && !current.running) return;
  event.preventDefault();
  (isOwn ? current.running : current.save()).finally(() => issueRequest(true));
});
document.addEventListener("submit", (event) => event.target === current?.form && current.pause());
/* Submitted or skipped: what this browser kept is not needed any more. Anything else leaves it with the text, which is
   then still to be saved. Told before the swap: afterwards htmx speaks of the page, no longer of the form. */
function isThrough({ elt }, isTaken) {
  if (!elt.matches("form[data-draft-url]")) return;
  kept(elt, isTaken ? null : elt.querySelector("textarea.write").value);
  if (elt !== current?.form) return;
  // Leaving for the result is no reason to save once more.
  if (isTaken) current.stopped = true;
  else current.typed();
}
document.addEventListener("htmx:beforeOnLoad", ({ detail }) => isThrough(detail, detail.xhr.status < 400));
document.addEventListener("htmx:sendError", ({ detail }) => isThrough(detail, false));
document.addEventListener("htmx:timeout", ({ detail }) => isThrough(detail, false));

/* The clock has run out: save, then let it go on. */
document.addEventListener("mockingbird:time-is-up", (event) => {
  if (current) event.detail.waitFor.push(current.save());
});
