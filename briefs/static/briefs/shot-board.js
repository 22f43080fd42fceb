// <shot-board>: cards are dragged only where their shot may go; a column that may not take it says why. J and K walk
// through the cards, M opens a card's menu, which holds the same moves for the keyboard.
import { csrfToken, place } from "./send-file.js";

/** @typedef {{name: string, label: string, why_not: string}} Move */

class ShotBoard extends HTMLElement {
  connectedCallback() {
    /** @type {HTMLElement | null} */
    this.dragged = null;
    this.addEventListener("dragstart", (event) => this.#start(event));
    this.addEventListener("dragend", () => this.#end());
    this.addEventListener("dragover", (event) => this.#over(event));
    this.addEventListener("drop", (event) => this.#drop(event));
    this.addEventListener("submit", (event) => this.#submit(event));
    document.addEventListener("keydown", this);
  }

  disconnectedCallback() {
    document.removeEventListener("keydown", this);
  }

  /** @param {Event} event */
  handleEvent(event) {
    if (event instanceof KeyboardEvent) this.#key(event);
  }

  /**
   * @param {HTMLElement} card
   * @returns {Record<string, Move>}
   */
  #moves(card) {
    return JSON.parse(card.querySelector("script[type='application/json']")?.textContent ?? "{}");
  }

  /** @param {EventTarget | null} target */
  #column(target) {
    const column = target instanceof Element ? target.closest("[data-state]") : null;
    return column instanceof HTMLElement ? column : null;
  }

  /** @param {DragEvent} event */
  #start(event) {
    const card = event.target instanceof Element ? event.target.closest("[data-shot]") : null;
    if (!(card instanceof HTMLElement)) return;
    this.dragged = card;
    card.dataset.dragged = "";
    event.dataTransfer?.setData("text/plain", card.dataset.code ?? "");
    if (event.dataTransfer) event.dataTransfer.effectAllowed = "move";
    const moves = this.#moves(card);
    const home = this.#column(card);
    for (const column of this.querySelectorAll("[data-state]")) {
      if (!(column instanceof HTMLElement) || column === home) continue;
      const move = moves[column.dataset.state ?? ""];
      const why = move ? move.why_not : "There is no way from where it is to here.";
      column.dataset.drop = why ? "no" : "yes";
      const words = column.querySelector(".drop-why");
      if (words instanceof HTMLElement) {
        words.textContent = why || move.label;
        words.hidden = false;
      }
    }
  }

  #end() {
    delete this.dragged?.dataset.dragged;
    this.dragged = null;
    for (const column of this.querySelectorAll("[data-drop]")) {
      column.removeAttribute("data-drop");
      column.removeAttribute("data-over");
    }
    for (const words of this.querySelectorAll(".drop-why")) words.setAttribute("hidden", "");
  }

  /** @param {DragEvent} event */
  #over(event) {
    const column = this.#column(event.target);
    for (const other of this.querySelectorAll("[data-over]")) if (other !== column) other.removeAttribute("data-over");
    if (!this.dragged || !column?.dataset.drop) return;
    column.dataset.over = "";
    // A column that may not take it is dropped on as well: it then says why aloud.
    event.preventDefault();
    if (event.dataTransfer) event.dataTransfer.dropEffect = column.dataset.drop === "yes" ? "move" : "none";
  }

  /** @param {DragEvent} event */
  #drop(event) {
    const column = this.#column(event.target);
    const card = this.dragged;
    if (!card || !column?.dataset.drop) return;
    event.preventDefault();
    const move = this.#moves(card)[column.dataset.state ?? ""];
    if (!move || move.why_not) return this.#say(`${card.dataset.code}: ${move?.why_not ?? "it can't go there."}`);
    void this.#move(card, move.name);
  }

  /** @param {SubmitEvent} event */
  #submit(event) {
    const form = event.target;
    const card = form instanceof HTMLElement ? form.closest("[data-shot]") : null;
    const name = form instanceof HTMLFormElement ? form.elements.namedItem("name") : null;
    if (!(card instanceof HTMLElement && name instanceof HTMLInputElement)) return;
    event.preventDefault();
    void this.#move(card, name.value);
  }

  /**
   * @param {HTMLElement} card
   * @param {string} name
   */
  async #move(card, name) {
    const body = new FormData();
    body.append("name", name);
    body.append("version", card.dataset.version ?? "");
    card.setAttribute("aria-busy", "true");
    let response;
    try {
      response = await fetch(`${card.dataset.url}?${this.dataset.query ?? ""}`, {
        method: "POST",
        headers: { "HX-Request": "true", "X-CSRFToken": csrfToken() },
        body,
      });
    } catch {
      card.removeAttribute("aria-busy");
      return this.#say("No answer from Loupe. Nothing was moved; try again.");
    }
    const html = await response.text();
    const board = document.getElementById("board");
    const id = card.dataset.shot;
    if (html.includes('id="board"')) place(html, (nodes) => board?.replaceWith(nodes));
    else place(html, (nodes) => board?.prepend(nodes));
    const moved = document.querySelector(`[data-shot="${id}"]`);
    /** @type {HTMLElement | null | undefined} */ (moved?.querySelector(".card-link"))?.focus();
  }

  /** @param {string} words */
  #say(words) {
    const status = this.querySelector("[data-says]");
    if (status) status.textContent = words;
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    const at = event.target instanceof Element ? event.target : null;
    if (event.ctrlKey || event.metaKey || event.altKey || at?.closest("input, select, textarea, dialog")) return;
    const links = [...this.querySelectorAll("[data-shot] .card-link")].map((link) => /** @type {HTMLElement} */ (link));
    const here = links.findIndex((link) => link.closest("[data-shot]")?.contains(document.activeElement));
    const key = event.key.toLowerCase();
    if (key === "j") links[Math.min(here + 1, links.length - 1)]?.focus();
    else if (key === "k") links[Math.max(here - 1, 0)]?.focus();
    else if (key === "m" && here >= 0) {
      const menu = links[here].closest("[data-shot]")?.querySelector("details");
      if (!menu) return;
      menu.open = !menu.open;
      /** @type {HTMLElement | null} */ (menu.querySelector("button:not(:disabled), a"))?.focus();
    }
  }
}

customElements.define("shot-board", ShotBoard);
