// Sending a file with its progress: fetch still tells nothing about what has left, so this is XMLHttpRequest.

/**
 * @typedef {object} Answer
 * @property {number} status 0 where no answer came at all
 * @property {string} html
 */

/**
 * @param {string} url
 * @param {FormData} body
 * @param {(fraction: number) => void} onProgress 0 to 1
 * @returns {Promise<Answer>}
 */
export function sendFile(url, body, onProgress) {
  return new Promise((resolve) => {
    const request = new XMLHttpRequest();
    request.open("POST", url);
    request.setRequestHeader("HX-Request", "true");
    request.setRequestHeader("X-CSRFToken", csrfToken());
    request.upload.addEventListener("progress", (event) => {
      if (event.lengthComputable) onProgress(event.loaded / event.total);
    });
    request.addEventListener("load", () => resolve({ status: request.status, html: request.responseText }));
    for (const kind of ["error", "abort", "timeout"]) request.addEventListener(kind, () => resolve({ status: 0, html: "" }));
    request.send(body);
  });
}

export function csrfToken() {
  const field = document.querySelector("input[name=csrfmiddlewaretoken]");
  return field instanceof HTMLInputElement ? field.value : "";
}

export const MAX_BYTES = 50_000_000;

/**
 * Why a file isn't worth sending; empty where it is. The server looks again.
 * @param {File} file
 */
export function whyNot(file) {
  if (file.size === 0) return "The file is empty.";
  if (file.size > MAX_BYTES) return `It has ${Math.round(file.size / 1e6)} MB; up to 50 MB can be taken. Save it as a JPEG of high quality.`;
  return "";
}

/**
 * The words of a notice that the server answered with.
 * @param {Answer} answer
 */
export function refusal(answer) {
  if (answer.status === 0) return "No answer from Loupe. Check your connection, then send it again.";
  const page = new DOMParser().parseFromString(answer.html, "text/html");
  const parts = [...page.querySelectorAll(".notice > div > *")];
  const words = parts.map((part) => part.textContent?.trim()).join(" ");
  return words || "It could not be taken. Nothing was kept; try again.";
}

/**
 * HTML of our own server as elements, with htmx listening.
 * @param {string} html
 * @param {(nodes: DocumentFragment) => void} put
 */
export function place(html, put) {
  const template = document.createElement("template");
  template.innerHTML = html;
  const made = [...template.content.children];
  put(template.content);
  const htmx = /** @type {any} */ (window).htmx;
  for (const element of made) htmx?.process(element);
}

/**
 * Files by dropping them on a label, or by choosing them in its input.
 * @param {HTMLElement} zone
 * @param {HTMLInputElement} input
 * @param {(files: File[]) => void} take
 */
export function takeFiles(zone, input, take) {
  input.addEventListener("change", () => {
    take([...(input.files ?? [])]);
    input.value = "";
  });
  zone.addEventListener("dragover", (event) => {
    if (!event.dataTransfer?.types.includes("Files")) return;
    event.preventDefault();
    zone.dataset.over = "";
  });
  zone.addEventListener("dragleave", () => delete zone.dataset.over);
  zone.addEventListener("drop", (event) => {
    event.preventDefault();
    delete zone.dataset.over;
    take([...(event.dataTransfer?.files ?? [])]);
  });
}
