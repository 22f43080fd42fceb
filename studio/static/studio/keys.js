// Keys that work on every page: ? for the list, G and a number to go somewhere. Other modules ask `isTyping` before
// they take a key.
import { openDialog } from "./dialogs.js";

/**
 * Whether a key belongs to a field or to an open dialog, or goes with Ctrl, Alt or Meta.
 * @param {KeyboardEvent} event
 */
export function isTyping(event) {
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return true;
  const target = event.target;
  if (!(target instanceof Element)) return false;
  return Boolean(target.closest("input:not([type=checkbox], [type=radio], [type=button], [type=range]), textarea, select, [contenteditable=true], dialog[open]"));
}

let went = 0;

document.addEventListener("keydown", (event) => {
  if (isTyping(event)) return;
  if (event.key === "?") {
    event.preventDefault();
    openDialog("shortcuts");
  } else if (event.key === "g") {
    went = event.timeStamp;
  } else if (went && event.timeStamp - went < 1500 && /^[1-9]$/.test(event.key)) {
    went = 0;
    const place = document.querySelector(`[data-goes="${event.key}"]`);
    if (place instanceof HTMLElement && place.dataset.url) window.location.assign(place.dataset.url);
  }
});
