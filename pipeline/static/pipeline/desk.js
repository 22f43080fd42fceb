// The desk: follows the shot's line, sends generations, looks at pictures.
import { DirectionForm } from "./direction-form.js";
import { ShotLive } from "./shot-live.js";
import { isTyping } from "../studio/keys.js";

const PARTS = ["desk-picture", "desk-line", "desk-facts", "desk-queue", "desk-check", "desk-state"];
const desk = /** @type {HTMLElement} */ (document.querySelector("[data-desk]"));
const form = /** @type {HTMLFormElement} */ (desk.querySelector("[data-direction]"));
const direction = new DirectionForm(form);
const running = /** @type {HTMLElement} */ (desk.querySelector("[data-running]"));
const liveLine = /** @type {HTMLElement} */ (desk.querySelector("[data-live-line]"));
const answer = /** @type {HTMLElement} */ (document.getElementById("direction-answer"));
let at = new URLSearchParams(location.search).get("at") ?? "";
let zoomed = false;
let comparing = false;

/** @param {ParentNode} source each part goes to its slot; what is there is replaced */
function place(source) {
  for (const id of PARTS) {
    const part = source.querySelector(`#${id}`);
    if (!part) continue;
    const held = desk.querySelector(`[data-slot="${id}"]`);
    held?.replaceChildren(document.importNode(part, true));
  }
  showPicture();
  desk.querySelector("#desk-line [aria-current]")?.scrollIntoView({ block: "nearest", inline: "nearest" });
}

let refreshing = 0;
async function refresh() {
  const mine = ++refreshing;
  const found = await fetch(`${desk.dataset.url}?part=live&at=${encodeURIComponent(at)}`, { redirect: "manual" });
  if (!found.ok || mine !== refreshing) return;
  place(new DOMParser().parseFromString(await found.text(), "text/html"));
}

/** @param {string} number "" follows the newest */
function look(number) {
  at = number;
  const url = new URL(location.href);
  if (number) url.searchParams.set("at", number);
  else url.searchParams.delete("at");
  history.replaceState(null, "", url);
  return refresh();
}

// Live ---------------------------------------------------------------------------------------------------------------
const live = new ShotLive(desk.dataset.live ?? "", `${desk.dataset.url}?part=truth`);
let known = "";
live.addEventListener("line", (event) => {
  const words = { live: "", polling: "Live line lost: asking every 3 s", closed: "Live line closed: reload the page" };
  liveLine.textContent = words[/** @type {"live" | "polling" | "closed"} */ (/** @type {CustomEvent} */ (event).detail)];
});
live.addEventListener("truth", (event) => {
  const truth = /** @type {CustomEvent} */ (event).detail;
  const now = truth.generations.find((/** @type {any} */ g) => g.state === "running");
  if (now) showProgress(now.id, now.number, now.cancelling ? "Stopping…" : now.stage, now.fraction, now.seconds);
  else hideProgress();
  // What a page that was away missed: its parts are read again when anything but progress differs.
  const said = JSON.stringify(truth.generations.map((/** @type {any} */ g) => [g.id, g.state, g.cancelling]));
  if (known && said !== known) refresh();
  known = said;
});
live.addEventListener("state", (event) => {
  const generation = /** @type {CustomEvent} */ (event).detail.generation;
  known = "";
  if (generation.state === "running") showProgress(generation.id, generation.number, generation.stage, generation.fraction, 0);
  else if (running.dataset.running === String(generation.id)) hideProgress();
  if (generation.state === "done") look("");
  else refresh();
});
live.addEventListener("progress", (event) => {
  const told = /** @type {CustomEvent} */ (event).detail;
  showProgress(told.id, undefined, told.stage, told.fraction, told.seconds);
});
live.addEventListener("preview", (event) => {
  const told = /** @type {CustomEvent} */ (event).detail;
  const image = /** @type {HTMLImageElement} */ (running.querySelector("[data-running-preview]"));
  image.src = `data:image/jpeg;base64,${told.jpeg}`;
  image.hidden = Boolean(at);
});

/** @param {number} id @param {number | undefined} number @param {string} stage @param {number} fraction @param {number} seconds */
function showProgress(id, number, stage, fraction, seconds) {
  if (running.dataset.running !== String(id)) /** @type {HTMLElement} */ (running.querySelector("[data-running-preview]")).hidden = true;
  running.dataset.running = String(id);
  running.hidden = false;
  const job = desk.querySelector(`[data-job="${id}"]`);
  const shown = number ?? job?.querySelector("b")?.textContent ?? "";
  put(running, "[data-running-number]", String(shown));
  put(running, "[data-running-stage]", stage);
  put(running, "[data-running-seconds]", seconds ? `${Math.round(seconds)} s` : "");
  /** @type {HTMLProgressElement} */ (running.querySelector("progress")).value = fraction;
  if (!job) return;
  put(job, "[data-stage]", stage);
  /** @type {HTMLProgressElement} */ (job.querySelector("progress")).value = fraction;
}

function hideProgress() {
  running.hidden = true;
  running.dataset.running = "";
}

/** @param {ParentNode} where @param {string} what @param {string} words */
function put(where, what, words) {
  const element = where.querySelector(what);
  if (element) element.textContent = words;
}

// Generating ---------------------------------------------------------------------------------------------------------
form.addEventListener("submit", (event) => {
  event.preventDefault();
  generate();
});

async function generate() {
  const button = /** @type {HTMLButtonElement} */ (form.querySelector(".button-primary"));
  if (button.disabled) return;
  button.disabled = true;
  answer.textContent = "";
  try {
    const found = await fetch(form.action, { method: "POST", body: new FormData(form), headers: { Accept: "application/json" } });
    const told = await found.json();
    direction.showErrors(told.errors ?? {});
    if (found.ok) {
      direction.ran(told.direction);
      say(told.waits_for_queue ? `Generation ${told.generation.number} is kept; the queue can't be reached and it starts once it is back.` : `Generation ${told.generation.number} is queued.`, "ok");
      await refresh();
    } else {
      say(`${told.message} ${told.hint ?? ""}`, "bad");
    }
  } catch {
    say("The studio can't be reached. Your direction is kept here: try again.", "bad");
  } finally {
    button.disabled = false;
  }
}

/** @param {string} words @param {string} tone */
function say(words, tone) {
  const notice = document.createElement("p");
  notice.className = "answer";
  notice.dataset.tone = tone;
  notice.textContent = words;
  answer.replaceChildren(notice);
}

desk.addEventListener("submit", async (event) => {
  const sent = /** @type {HTMLFormElement} */ (event.target);
  if (!sent.matches("[data-desk-action]")) return;
  event.preventDefault();
  const found = await fetch(sent.action, { method: "POST", body: new FormData(sent), headers: { Accept: "application/json" } });
  if (!found.ok) say("That could not be done: it may have ended already.", "bad");
  await look("");
});

desk.addEventListener("click", (event) => {
  const target = /** @type {HTMLElement} */ (event.target);
  const tile = /** @type {HTMLElement | null} */ (target.closest("[data-at]"));
  if (tile && !event.ctrlKey && !event.metaKey) {
    event.preventDefault();
    look(tile.dataset.at ?? "");
  } else if (target.closest("[data-zoom]")) zoom();
  else if (target.closest("[data-compare]")) compare();
  else if (target.closest("[data-surround]")) surround(/** @type {HTMLElement} */ (target.closest("[data-surround]")).dataset.surround ?? "dark");
});

// Looking ------------------------------------------------------------------------------------------------------------
const zoomButton = /** @type {HTMLElement} */ (desk.querySelector("[data-zoom]"));
const compareButton = /** @type {HTMLElement} */ (desk.querySelector("[data-compare]"));
const wipe = /** @type {HTMLInputElement} */ (desk.querySelector("[data-wipe]"));
wipe.addEventListener("input", showPicture);

function zoom() {
  zoomed = !zoomed;
  showPicture();
}

function compare() {
  comparing = !comparing;
  showPicture();
}

/** @param {string} kind */
function surround(kind) {
  desk.dataset.surround = kind;
  desk.querySelectorAll("[data-surround]").forEach((b) => b.setAttribute("aria-pressed", String(/** @type {HTMLElement} */ (b).dataset.surround === kind)));
}

function showPicture() {
  const section = /** @type {HTMLElement | null} */ (desk.querySelector("#desk-picture"));
  const canvas = /** @type {HTMLElement | null} */ (section?.querySelector("[data-canvas]"));
  const picture = /** @type {HTMLImageElement | null} */ (canvas?.querySelector("[data-role=picture]"));
  const parent = /** @type {HTMLImageElement | null} */ (canvas?.querySelector("[data-role=parent]"));
  zoomButton.setAttribute("aria-pressed", String(zoomed));
  compareButton.setAttribute("aria-pressed", String(comparing && Boolean(parent)));
  compareButton.toggleAttribute("disabled", !parent);
  const wiping = comparing && Boolean(parent);
  /** @type {HTMLElement} */ (wipe.closest("label")).hidden = !wiping;
  if (!canvas || !picture || !section) return;
  // One to one shows the picture itself, not its preview: a pixel of the picture is a pixel of the screen.
  if (zoomed && section.dataset.draft && picture.getAttribute("src") !== section.dataset.draft) picture.src = section.dataset.draft;
  canvas.toggleAttribute("data-zoomed", zoomed);
  canvas.style.setProperty("--width", `${picture.width ? Number(picture.getAttribute("width")) / devicePixelRatio : 0}px`);
  canvas.style.setProperty("--wipe", `${wipe.value}%`);
  if (parent) parent.hidden = !wiping;
}

/** @type {{x: number, y: number, left: number, top: number, canvas: HTMLElement} | null} */
let held = null;
desk.addEventListener("pointerdown", (event) => {
  const canvas = /** @type {HTMLElement | null} */ (/** @type {HTMLElement} */ (event.target).closest("[data-canvas][data-zoomed]"));
  if (!canvas || event.pointerType === "touch") return;
  held = { x: event.clientX, y: event.clientY, left: canvas.scrollLeft, top: canvas.scrollTop, canvas };
  event.preventDefault();
});
addEventListener("pointermove", (event) => {
  if (held) held.canvas.scrollTo(held.left - event.clientX + held.x, held.top - event.clientY + held.y);
});
addEventListener("pointerup", () => (held = null));

document.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && event.shiftKey && !document.querySelector("dialog[open]")) {
    event.preventDefault();
    return generate();
  }
  if (isTyping(event)) return;
  const step = { "[": -1, "]": 1 }[event.key];
  if (event.key === "j" || event.key === "k") {
    const link = desk.querySelector(event.key === "j" ? "a[rel=next]" : "a[rel=prev]");
    if (link instanceof HTMLAnchorElement) location.assign(link.href);
  } else if (event.key === "c") compare();
  else if (event.key === "z") zoom();
  else if (event.key === "b") {
    const kinds = ["dark", "grey", "white"];
    surround(kinds[(kinds.indexOf(desk.dataset.surround ?? "dark") + 1) % kinds.length]);
  } else if (step) {
    const tiles = /** @type {HTMLElement[]} */ ([...desk.querySelectorAll("#desk-line [data-at]")]);
    const next = tiles[tiles.findIndex((tile) => tile.hasAttribute("aria-current")) + step];
    if (next) look(next.dataset.at ?? "");
  }
});

showPicture();
desk.querySelector("#desk-line [aria-current]")?.scrollIntoView({ block: "nearest", inline: "nearest" });
