/* A button beside each link that is to be copied; without a clipboard the field is selected, which does as well. */

for (const field of document.querySelectorAll("[data-copy]")) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "secondary outline";
  button.textContent = field.dataset.copy || "Copy";
  const name = field.getAttribute("aria-label") ?? field.labels[0].textContent;
  button.setAttribute("aria-label", `${button.textContent}: ${name}`);
  const said = document.createElement("span");
  said.className = "visually-hidden";
  said.setAttribute("role", "status");
  field.after(button, said);
  field.addEventListener("focus", () => field.select());
  button.addEventListener("click", async () => {
    field.select();
    try {
      await navigator.clipboard.writeText(field.value);
    } catch {
      return;
    }
    button.textContent = "Copied";
    said.textContent = "Copied";
  });
}
