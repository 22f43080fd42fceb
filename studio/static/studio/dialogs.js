// Native dialogs: [data-opens="id"] opens one, [data-closes] and a press on the backdrop close it.

/** @param {string} id */
export function openDialog(id) {
  const dialog = document.getElementById(id);
  if (dialog instanceof HTMLDialogElement && !dialog.open) dialog.showModal();
}

document.addEventListener("click", (event) => {
  if (!(event.target instanceof Element)) return;
  const opener = event.target.closest("[data-opens]");
  if (opener instanceof HTMLElement) return openDialog(opener.dataset.opens ?? "");
  if (event.target.closest("[data-closes]")) return event.target.closest("dialog")?.close();
  // The backdrop belongs to the dialog; its own content is inside other elements.
  if (event.target instanceof HTMLDialogElement && event.target.classList.contains("dialog")) {
    const box = event.target.getBoundingClientRect();
    const inside =
      event.clientX >= box.left && event.clientX <= box.right && event.clientY >= box.top && event.clientY <= box.bottom;
    if (!inside) event.target.close();
  }
});

// A form in a dialog that came back with errors opens again.
document.querySelectorAll("dialog[data-open]").forEach((dialog) => openDialog(dialog.id));
