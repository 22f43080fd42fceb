// In a form with a brand and a role: offers the roles that belong where the brand's field points, and no others.

/** @param {HTMLFormElement} form */
function fit(form) {
  const where = form.elements.namedItem("brand");
  const role = form.elements.namedItem("role");
  if (!(where instanceof HTMLSelectElement) || !(role instanceof HTMLSelectElement)) return;
  const groups = role.querySelectorAll("optgroup");
  if (groups.length !== 2) return;
  const inStudio = where.value === "studio";
  groups[0].disabled = groups[0].hidden = inStudio;
  groups[1].disabled = groups[1].hidden = !inStudio;
  const chosen = role.selectedOptions[0]?.parentElement;
  if (chosen instanceof HTMLOptGroupElement && chosen.disabled) {
    const first = role.querySelector("optgroup:not([disabled]) > option");
    if (first instanceof HTMLOptionElement) role.value = first.value;
  }
}

for (const form of document.querySelectorAll("form")) {
  fit(form);
  form.addEventListener("change", () => fit(form));
}
