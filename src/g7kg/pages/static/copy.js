// Adds a button that copies to what is marked for it; an address in code to copy becomes whole.

export function copyButton(name, text, told = () => {}) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "copy";
  button.setAttribute("aria-label", `Copy ${name}`);
  button.textContent = "Copy";
  button.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(text());
      told(`Copied: ${name}.`);
      button.textContent = "Copied";
    } catch {
      button.textContent = "Select it and copy by hand";
    }
    setTimeout(() => (button.textContent = "Copy"), 2000);
  });
  return button;
}

for (const place of document.querySelectorAll("[data-copy]")) {
  place.textContent = place.textContent.replace('src="/', `src="${location.origin}/`);
  const button = copyButton(place.dataset.copy, () => place.textContent);
  place.previousElementSibling?.matches("h2") ? place.previousElementSibling.append(" ", button) : place.after(button);
}
