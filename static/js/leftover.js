/* What this browser kept of an interview's answers and the server never got: to be copied, downloaded or discarded,
   on pages where it can no longer be handed in. What is the same as what was saved is forgotten. */

const PREFIX = "mockingbird-draft:";

function element(tag, words, attributes = {}) {
  const made = document.createElement(tag);
  made.textContent = words;
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  return made;
}

function found(place) {
  try {
    return Object.keys(localStorage)
      .filter((key) => key.startsWith(PREFIX + place.dataset.leftovers))
      .sort((one, other) => one.localeCompare(other, "en", { numeric: true }))
      .map((key) => [key, localStorage.getItem(key)]);
  } catch {
    return []; // No storage, nothing kept.
  }
}

function asStored(text) {
  return text.replace(/\r\n?/g, "\n").trimEnd();
}

async function isSaved(address, text) {
  try {
    const answer = await fetch(address, { headers: { Accept: "application/json" } });
    const saved = await answer.json();
    return asStored(saved.text) === asStored(text);
  } catch {
    return false;
  }
}

function offer(place, key, text) {
  const number = key.match(/\/(\d+)\/draft\/$/)?.[1] ?? "";
  const note = element("section", "", { class: "note warning" });
  const field = element("textarea", "", { class: "kept", rows: "6", readonly: "", "aria-label": `Kept text for question ${number}` });
  field.value = text;
  const copy = element("button", "Copy", { type: "button", class: "secondary outline" });
  copy.addEventListener("click", async () => {
    field.select();
    await navigator.clipboard?.writeText(text).then(() => (copy.textContent = "Copied"), () => undefined);
  });
  const download = element("a", "Download", {
    href: URL.createObjectURL(new Blob([text], { type: "text/plain" })),
    download: `question-${number}.txt`,
  });
  const drop = element("button", "Discard", { type: "button", class: "plain" });
  drop.addEventListener("click", () => {
    localStorage.removeItem(key);
    note.remove();
  });
  const actions = element("div", "", { class: "toolbar start" });
  actions.append(copy, download, drop);
  const words = `This browser kept a text for question ${number} that never reached the server. It was not handed in and is not graded.`;
  note.append(element("p", words), field, actions);
  place.append(note);
}

async function look() {
  const place = document.querySelector("[data-leftovers]:not([data-ready])");
  if (!place) return;
  place.dataset.ready = "yes";
  const shown = document.getElementById("sent-text")?.value;
  for (const [key, text] of found(place)) {
    if (!text.trim() || (await isSaved(key.slice(PREFIX.length), text))) localStorage.removeItem(key);
    else if (text !== shown) offer(place, key, text);
  }
}

look();
document.addEventListener("htmx:load", look);
