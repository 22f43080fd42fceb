// <brief-autosave data-url>: sends what changed a moment after the last key, one request at a time, and says when it was
// saved. Where somebody else saved meanwhile, it stops, keeps the words, and asks whose shall stand.
import { csrfToken, place } from "./send-file.js";

const PAUSE_MS = 700;

class BriefAutosave extends HTMLElement {
  connectedCallback() {
    /** @type {Set<string>} */
    this.dirty = new Set();
    /** @type {Set<string>} fields whose value the server refused: sent again when they change */
    this.refused = new Set();
    this.timer = 0;
    this.busy = false;
    this.stale = false;
    for (const kind of ["input", "change"]) this.addEventListener(kind, (event) => this.#changed(event));
    this.addEventListener("focusout", () => this.dirty?.size && this.#soon(0));
    this.form?.addEventListener("submit", () => window.clearTimeout(this.timer));
    window.addEventListener("beforeunload", (event) => {
      if ((this.dirty?.size && !this.sending) || this.stale) event.preventDefault();
    });
    this.form?.addEventListener("submit", () => (this.sending = true));
  }

  get form() {
    const form = document.getElementById("brief-form");
    return form instanceof HTMLFormElement ? form : null;
  }

  /** @param {Event} event */
  #changed(event) {
    const field = event.target;
    if (!(field instanceof HTMLInputElement || field instanceof HTMLTextAreaElement)) return;
    if (field.form !== this.form || !field.name || field.type === "hidden") return;
    this.dirty?.add(field.name);
    this.refused?.delete(field.name);
    this.#say("Not saved yet");
    if (!this.stale) this.#soon(event.type === "change" && field.type !== "text" ? 150 : PAUSE_MS);
  }

  /** @param {number} ms */
  #soon(ms) {
    window.clearTimeout(this.timer);
    this.timer = window.setTimeout(() => void this.#save(), ms);
  }

  /** @param {string} name */
  #value(name) {
    const all = new FormData(/** @type {HTMLFormElement} */ (this.form)).getAll(name).map(String);
    const field = this.form?.elements.namedItem(name);
    const several = field instanceof RadioNodeList ? field[0] : field;
    return several instanceof HTMLInputElement && several.type === "checkbox" ? all : (all[0] ?? "");
  }

  get version() {
    return /** @type {HTMLInputElement} */ (this.form?.elements.namedItem("version"));
  }

  async #save() {
    if (this.busy) return this.#soon(PAUSE_MS);
    const names = [...(this.dirty ?? [])];
    if (!names.length) return;
    this.busy = true;
    this.dirty?.clear();
    this.#say("Saving…");
    const fields = Object.fromEntries(names.map((name) => [name, this.#value(name)]));
    let response;
    try {
      response = await fetch(this.dataset.url ?? "", {
        method: "PATCH",
        headers: { "Content-Type": "application/json", "X-CSRFToken": csrfToken() },
        body: JSON.stringify({ version: this.version.value, fields }),
      });
    } catch {
      response = null;
    }
    this.busy = false;
    const type = response?.headers.get("Content-Type") ?? "";
    const answer = response && type.includes("json") ? await response.json() : {};
    if (response?.ok) return this.#saved(names, answer);
    if (response?.status === 422 && answer.errors) return this.#refuse(names, answer.errors);
    for (const name of names) this.dirty?.add(name);
    if (response?.status === 409) return this.#ask(answer);
    this.#say("Not saved: no answer from Loupe. Trying again; keep this page open.", "bad");
    this.#soon(5000);
  }

  /**
   * @param {string[]} names
   * @param {{version: number, title: string, card: string}} answer
   */
  #saved(names, answer) {
    this.version.value = String(answer.version);
    for (const name of names) this.#error(name, "");
    const now = new Date().toLocaleTimeString([], { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
    this.#say(this.refused?.size ? `Saved ${now}, but for what is marked` : `Saved ${now}`);
    place(answer.card, (nodes) => document.getElementById("understanding")?.replaceWith(nodes));
    if (this.dirty?.size) this.#soon(PAUSE_MS);
  }

  /**
   * @param {string[]} names
   * @param {Record<string, string[]>} errors
   */
  #refuse(names, errors) {
    for (const name of names) {
      if (errors[name]) {
        this.refused?.add(name);
        this.#error(name, errors[name].join(" "));
      } else this.dirty?.add(name);
    }
    this.#say("Saved, but for what is marked");
    if (this.dirty?.size) this.#soon(0);
  }

  /**
   * @param {string} name
   * @param {string} words
   */
  #error(name, words) {
    const error = this.querySelector(`[data-error-of="${name}"]`);
    if (error) error.textContent = words;
  }

  /** @param {{message?: string, hint?: string, version?: number}} answer */
  #ask(answer) {
    this.stale = true;
    const saved = this.querySelector("[data-saved]");
    if (!saved) return;
    saved.setAttribute("data-tone", "bad");
    saved.textContent = `${answer.message ?? "Somebody changed this."} Your words are still here. `;
    if (!answer.version) return;
    const mine = document.createElement("button");
    mine.type = "button";
    mine.className = "button button-small";
    mine.textContent = "Save mine over it";
    mine.addEventListener("click", () => {
      this.stale = false;
      this.version.value = String(answer.version);
      this.#soon(0);
    });
    const theirs = document.createElement("button");
    theirs.type = "button";
    theirs.className = "button button-small";
    theirs.textContent = "Show theirs";
    theirs.addEventListener("click", () => {
      this.stale = false;
      this.dirty?.clear();
      window.location.reload();
    });
    saved.append(mine, " ", theirs);
  }

  /**
   * @param {string} words
   * @param {string} [tone]
   */
  #say(words, tone = "") {
    const saved = this.querySelector("[data-saved]");
    if (!saved || this.stale) return;
    saved.textContent = words;
    saved.setAttribute("data-tone", tone);
  }
}

customElements.define("brief-autosave", BriefAutosave);
