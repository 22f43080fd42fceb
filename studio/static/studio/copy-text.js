// [data-copies="id"] copies that element's words or value, and says so on the button for a moment.

document.addEventListener("click", async (event) => {
  if (!(event.target instanceof Element)) return;
  const button = event.target.closest("[data-copies]");
  if (!(button instanceof HTMLElement)) return;
  const source = document.getElementById(button.dataset.copies ?? "");
  if (!source) return;
  const text = source instanceof HTMLInputElement ? source.value : (source.textContent ?? "").trim();
  const before = button.textContent;
  try {
    await navigator.clipboard.writeText(text);
    button.textContent = "Copied";
  } catch {
    // No clipboard without https: select it, so that Ctrl-C does.
    if (source instanceof HTMLInputElement) source.select();
    button.textContent = "Press Ctrl-C";
  }
  window.setTimeout(() => (button.textContent = before), 2000);
});
