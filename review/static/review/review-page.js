// The review page: its elements, and the keys that belong to it.
import { isTyping } from "../studio/keys.js";
import { LoupeViewer } from "./loupe-viewer.js";
import "./thread-panel.js";

const viewer = document.querySelector("loupe-viewer");

document.addEventListener("keydown", (event) => {
  if (isTyping(event)) return;
  // Enter and Space press the button that has the focus.
  if (event.key === "Enter" && event.target instanceof Element && event.target.closest("button, a, summary")) return;
  const link = { "[": "[data-earlier]", "]": "[data-later]" }[event.key];
  if (link) {
    const version = document.querySelector(link);
    if (version instanceof HTMLAnchorElement) location.assign(version.href);
    return;
  }
  if (viewer instanceof LoupeViewer && viewer.takeKey(event.key)) event.preventDefault();
});

const refused = document.querySelector("dialog[data-opens-now]");
if (refused instanceof HTMLDialogElement) refused.showModal();
