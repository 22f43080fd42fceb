// <thread-panel data-url data-key>: the threads beside the picture. Sends marks, replies and resolutions one by one as
// they are made (a change of one row, never the whole list), and asks now and then for what others wrote.
import { tell } from "../studio/notices.js";
import { keepWords, keptWords } from "./unsent-words.js";

const ASK_EVERY_MS = 6000;

export class ThreadPanel extends HTMLElement {
  connectedCallback() {
    if (this.ready) return;
    this.ready = true;
    this.key = this.dataset.key ?? "";
    this.composer = document.querySelector("form[data-composer]");
    document.addEventListener("submit", (event) => this.#submit(event));
    document.addEventListener("input", (event) => this.#keep(event));
    document.addEventListener("mark:placed", (event) => this.#compose(/** @type {CustomEvent} */ (event).detail));
    document.addEventListener("mark:chosen", (event) => this.showRow(/** @type {CustomEvent} */ (event).detail.id));
    this.addEventListener("click", (event) => this.#click(event));
    this.composer?.querySelector("[data-unplace]")?.addEventListener("click", () => this.#unplace());
    this.composer?.querySelector("textarea")?.addEventListener("keydown", (event) => this.#sendOnKey(event));
    this.addEventListener("keydown", (event) => this.#sendOnKey(event));
    this.#restore();
    this.timer = window.setInterval(() => this.#ask(), ASK_EVERY_MS);
    document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && this.#ask());
    if (location.hash.startsWith("#mark-")) this.showRow(location.hash.slice(6));
  }

  disconnectedCallback() {
    window.clearInterval(this.timer);
  }

  /** @param {string} id */
  showRow(id) {
    const row = this.querySelector(`[data-mark="${CSS.escape(id)}"]`);
    if (!(row instanceof HTMLElement)) return;
    this.querySelectorAll("[data-chosen]").forEach((other) => other.removeAttribute("data-chosen"));
    row.toggleAttribute("data-chosen", true);
    row.scrollIntoView({ block: "nearest" });
    document.dispatchEvent(new CustomEvent("mark:show", { detail: { id } }));
  }

  /** @param {Event} event */
  #click(event) {
    const button = event.target instanceof Element ? event.target.closest("[data-shows]") : null;
    if (button instanceof HTMLElement) this.showRow(button.dataset.shows ?? "");
  }

  /** @param {KeyboardEvent} event */
  #sendOnKey(event) {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && event.target instanceof HTMLTextAreaElement) {
      event.preventDefault();
      event.target.form?.requestSubmit();
    }
  }

  /** @param {Event} event */
  async #submit(event) {
    const form = event.target;
    if (!(form instanceof HTMLFormElement) || !form.matches("[data-sends]")) return;
    event.preventDefault();
    if (form.dataset.busy) return;
    form.dataset.busy = "1";
    const key = form.elements.namedItem("client_key");
    // The key is made once for these words: sent twice over a bad line, they are one mark.
    if (key instanceof HTMLInputElement && !key.value) key.value = crypto.randomUUID();
    const body = new FormData(form);
    this.#trouble(form, "");
    try {
      // keepalive: the words arrive even where the page is closed the moment after.
      const answer = await fetch(form.action, { method: "POST", body, keepalive: true, headers: { "HX-Request": "true" } });
      const html = await answer.text();
      if (!answer.ok) {
        this.#trouble(form, wordsOf(html) || "Not saved. Try again.");
        return;
      }
      if (form.dataset.words) keepWords(`${this.key}:${form.dataset.words}`, "");
      if (key instanceof HTMLInputElement) key.value = "";
      if (form.hasAttribute("data-resets")) {
        form.reset();
        this.#unplace();
      } else {
        // What was sent is not to be carried over into the fresh list as if it were still unsent.
        for (const field of form.querySelectorAll("textarea")) field.value = "";
        form.closest("details")?.removeAttribute("open");
      }
      this.#replace(html);
    } catch {
      this.#trouble(form, "Not saved yet: no answer from Loupe. Your words are kept here; try again.");
    } finally {
      delete form.dataset.busy;
    }
  }

  async #ask() {
    if (document.visibilityState !== "visible" || this.asking) return;
    this.asking = true;
    try {
      const list = this.querySelector("[data-thread]");
      const seen = encodeURIComponent(list?.getAttribute("data-seen") ?? "");
      const answer = await fetch(`${this.dataset.url}?seen=${seen}`, { headers: { "HX-Request": "true" }, cache: "no-store" });
      if (answer.status === 200) this.#replace(await answer.text());
    } catch {
      // Away for a moment: the next question catches up.
    } finally {
      this.asking = false;
    }
  }

  /**
   * Puts the fresh list in place of the old one; open replies, what is typed in them and the focus stay where they were.
   * @param {string} html
   */
  #replace(html) {
    const fresh = new DOMParser().parseFromString(html, "text/html").querySelector("[data-thread]");
    const old = this.querySelector("[data-thread]");
    if (!fresh || !old || fresh.getAttribute("data-seen") === old.getAttribute("data-seen")) return;
    const focus = document.activeElement;
    const focused = focus instanceof HTMLElement && old.contains(focus) ? focus.id : "";
    const range = focus instanceof HTMLTextAreaElement ? [focus.selectionStart, focus.selectionEnd] : null;
    const open = [...old.querySelectorAll("details[open][data-keeps]")].map((d) => d.getAttribute("data-keeps"));
    const typed = new Map([...old.querySelectorAll("textarea")].map((t) => [t.id, { text: t.value, key: keyOf(t) }]));
    const chosen = old.querySelector("[data-chosen]")?.id;
    if (fresh.getAttribute("data-state") !== old.getAttribute("data-state")) {
      tell("This version has moved on: reload the page to see where it stands.", "warn");
    }
    old.replaceWith(fresh);
    for (const name of open) this.querySelector(`details[data-keeps="${name}"]`)?.setAttribute("open", "");
    for (const area of fresh.querySelectorAll("textarea")) {
      const before = typed.get(area.id);
      if (!before?.text) continue;
      area.value = before.text;
      const key = area.form?.elements.namedItem("client_key");
      if (key instanceof HTMLInputElement) key.value = before.key;
    }
    if (chosen) document.getElementById(chosen)?.toggleAttribute("data-chosen", true);
    const again = focused ? document.getElementById(focused) : null;
    again?.focus({ preventScroll: true });
    if (again instanceof HTMLTextAreaElement && range) again.setSelectionRange(range[0], range[1]);
    document.dispatchEvent(new CustomEvent("marks:changed"));
  }

  /** @param {{ selector: object, region: { width: number } }} placed */
  #compose(placed) {
    if (!(this.composer instanceof HTMLFormElement)) return;
    const field = this.composer.elements.namedItem("selector");
    if (field instanceof HTMLInputElement) field.value = JSON.stringify(placed.selector);
    const place = this.composer.querySelector("[data-place]");
    if (place instanceof HTMLElement) place.hidden = false;
    const words = this.composer.querySelector("[data-place-words]");
    if (words) words.textContent = placed.region.width ? "On this part of the picture" : "On this place in the picture";
    const area = this.composer.querySelector("textarea");
    if (area) {
      area.placeholder = "What do you see here?";
      // On a phone the words lie over the page's foot: scrolling to them would take the picture away.
      area.focus({ preventScroll: true });
    }
  }

  #unplace() {
    if (!(this.composer instanceof HTMLFormElement)) return;
    const field = this.composer.elements.namedItem("selector");
    if (field instanceof HTMLInputElement) field.value = "";
    const place = this.composer.querySelector("[data-place]");
    if (place instanceof HTMLElement) place.hidden = true;
    const area = this.composer.querySelector("textarea");
    if (area) area.placeholder = "Write a note on the whole picture";
    document.dispatchEvent(new CustomEvent("mark:cancelled"));
  }

  /** @param {Event} event */
  #keep(event) {
    const area = event.target;
    if (!(area instanceof HTMLTextAreaElement) || !area.form?.dataset.words) return;
    keepWords(`${this.key}:${area.form.dataset.words}`, area.value);
  }

  #restore() {
    for (const form of document.querySelectorAll("form[data-words]")) {
      const area = form.querySelector("textarea");
      const kept = keptWords(`${this.key}:${/** @type {HTMLElement} */ (form).dataset.words}`);
      if (!area || !kept || area.value) continue;
      area.value = kept;
      form.closest("details")?.setAttribute("open", "");
    }
  }

  /**
   * @param {HTMLFormElement} form
   * @param {string} words
   */
  #trouble(form, words) {
    const place = form.querySelector("[data-trouble]");
    if (place instanceof HTMLElement) {
      place.textContent = words;
      place.hidden = !words;
    } else if (words) {
      tell(words, "bad");
    }
  }
}

/** @param {HTMLTextAreaElement} area */
function keyOf(area) {
  const key = area.form?.elements.namedItem("client_key");
  return key instanceof HTMLInputElement ? key.value : "";
}

/** @param {string} html an error's notice */
function wordsOf(html) {
  const page = new DOMParser().parseFromString(html, "text/html");
  return (page.querySelector("[data-notice] > div, .notice > div, main") ?? page.body).textContent?.replace(/\s+/g, " ").trim() ?? "";
}

customElements.define("thread-panel", ThreadPanel);
