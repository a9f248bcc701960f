// Shows, beside every Markdown field of the admin, what candidates will see.
const ADDRESS = "/admin/questions/questionversion/preview/";
const PAUSE_MS = 400;

function attach(source) {
  const preview = document.createElement("div");
  preview.className = "markdown-preview";
  preview.setAttribute("aria-label", "Preview");
  source.after(preview);
  let timer;
  let latest = 0;
  async function show() {
    const mine = ++latest;
    const token = document.querySelector("[name=csrfmiddlewaretoken]").value;
    const body = new URLSearchParams({ markdown: source.value, csrfmiddlewaretoken: token });
    const response = await fetch(ADDRESS, { method: "POST", body });
    if (response.ok && mine === latest) preview.innerHTML = await response.text();
  }
  source.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(show, PAUSE_MS);
  });
  show();
}

document.addEventListener("DOMContentLoaded", () => {
  document.querySelectorAll("textarea.markdown-source").forEach(attach);
});
