// [data-back] goes back in the browser's history, or home where there is none.

document.addEventListener("click", (event) => {
  if (!(event.target instanceof Element) || !event.target.closest("[data-back]")) return;
  if (window.history.length > 1) window.history.back();
  else window.location.assign("/");
});
