// Notices: closed by their button; one of success leaves by itself, one of trouble stays. `tell` adds one from a script.

/** @param {Element} notice */
function leaveInTime(notice) {
  if (notice.getAttribute("data-tone") !== "ok") return;
  window.setTimeout(() => {
    if (!notice.matches(":hover, :focus-within")) notice.remove();
  }, 6000);
}

/**
 * @param {string} text
 * @param {"ok" | "warn" | "bad" | "quiet"} [tone]
 */
export function tell(text, tone = "quiet") {
  const notice = document.createElement("div");
  notice.className = "notice";
  notice.dataset.tone = tone;
  notice.dataset.notice = "";
  const words = document.createElement("div");
  words.textContent = text;
  const close = document.createElement("button");
  close.type = "button";
  close.className = "icon-button";
  close.dataset.dismiss = "";
  close.setAttribute("aria-label", "Close this notice");
  close.textContent = "×";
  notice.append(words, close);
  document.getElementById("notices")?.append(notice);
  leaveInTime(notice);
}

document.addEventListener("click", (event) => {
  if (event.target instanceof Element && event.target.closest("[data-dismiss]")) {
    event.target.closest("[data-notice]")?.remove();
  }
});
document.querySelectorAll("#notices > [data-tone=ok]").forEach(leaveInTime);

// A request that got no answer at all: the server's own errors bring their own notice.
document.addEventListener("htmx:error", (event) => {
  const context = event instanceof CustomEvent ? event.detail?.ctx : undefined;
  if (!context?.response) {
    tell("No answer from Loupe. What you see is safe; check your connection and try again.", "bad");
  }
});
