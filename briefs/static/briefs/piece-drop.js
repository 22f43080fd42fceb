// <piece-drop data-url>: each photo dropped becomes a card with the facts of a new piece; facts and photo go up together.
// The brief's pieces are then shown anew. What is wrong is said at its field, and the photo stays.
import { place, refusal, sendFile, takeFiles, whyNot } from "./send-file.js";

class PieceDrop extends HTMLElement {
  connectedCallback() {
    const zone = this.querySelector(".drop");
    const input = this.querySelector(".drop input");
    if (!(zone instanceof HTMLElement && input instanceof HTMLInputElement)) return;
    this.count = 0;
    takeFiles(zone, input, (files) => {
      const cards = files.map((file) => this.#card(file));
      cards[0]?.querySelector("input")?.focus();
    });
  }

  /** @param {File} file */
  #card(file) {
    const template = this.querySelector("template");
    const card = /** @type {HTMLElement} */ (template?.content.firstElementChild?.cloneNode(true));
    const form = /** @type {HTMLFormElement} */ (card.querySelector("form"));
    this.#ownIds(card);
    const preview = /** @type {HTMLImageElement} */ (card.querySelector("[data-preview]"));
    const url = URL.createObjectURL(file);
    preview.addEventListener("error", () => preview.remove(), { once: true });
    preview.src = url;
    preview.alt = `Preview of ${file.name}`;
    const name = file.name.replace(/\.[^.]+$/, "").replace(/[-_]+/g, " ").trim();
    const named = form.querySelector("[name=new-name]");
    if (named instanceof HTMLInputElement) named.value = name.charAt(0).toUpperCase() + name.slice(1);
    const said = card.querySelector("[data-file]");
    if (said) said.textContent = `${file.name}, ${(file.size / 1e6).toFixed(1)} MB`;
    card.querySelector("[data-drop-it]")?.addEventListener("click", () => this.#leave(card, url));
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      void this.#send(card, form, file, url);
    });
    const why = whyNot(file);
    if (why) this.#refuse(card, why);
    this.querySelector(".piece-drafts")?.append(card);
    return card;
  }

  /**
   * Several cards hold the same fields: each gets ids of its own, so that its labels find them.
   * @param {HTMLElement} card
   */
  #ownIds(card) {
    const mark = `-${(this.count = (this.count ?? 0) + 1)}`;
    for (const element of card.querySelectorAll("[id]")) element.id += mark;
    for (const label of card.querySelectorAll("label[for]")) label.setAttribute("for", label.getAttribute("for") + mark);
    for (const field of card.querySelectorAll("[aria-describedby]")) {
      const ids = (field.getAttribute("aria-describedby") ?? "").split(" ");
      field.setAttribute("aria-describedby", ids.map((id) => id + mark).join(" "));
    }
  }

  /**
   * @param {HTMLElement} card
   * @param {HTMLFormElement} form
   * @param {File} file
   * @param {string} url
   */
  async #send(card, form, file, url) {
    const bar = /** @type {HTMLProgressElement} */ (card.querySelector("progress"));
    const button = /** @type {HTMLButtonElement} */ (form.querySelector("[type=submit]"));
    const body = new FormData(form);
    body.append("file", file, file.name);
    button.disabled = true;
    bar.hidden = false;
    const answer = await sendFile(this.dataset.url ?? "", body, (fraction) => (bar.value = fraction));
    button.disabled = false;
    bar.hidden = true;
    if (answer.status === 201) {
      this.#leave(card, url);
      return this.#showPieces(answer.html);
    }
    const fields = card.querySelector("[data-fields]");
    if (answer.status === 422 && fields && answer.html.includes("new-name")) {
      fields.innerHTML = answer.html;
      this.#ownIds(/** @type {HTMLElement} */ (fields));
      /** @type {HTMLElement | null} */ (fields.querySelector("[aria-invalid]"))?.focus();
      return;
    }
    this.#refuse(card, refusal(answer));
  }

  /** @param {string} html */
  #showPieces(html) {
    place(html, (nodes) => {
      const card = nodes.querySelector("#understanding");
      if (card) {
        card.removeAttribute("hx-swap-oob");
        document.getElementById("understanding")?.replaceWith(card);
      }
      document.getElementById("intake-pieces")?.replaceWith(nodes);
    });
  }

  /**
   * @param {HTMLElement} card
   * @param {string} why
   */
  #refuse(card, why) {
    const error = card.querySelector("[data-refused]");
    if (error) error.textContent = why;
  }

  /**
   * @param {HTMLElement} card
   * @param {string} url
   */
  #leave(card, url) {
    URL.revokeObjectURL(url);
    card.remove();
  }
}

customElements.define("piece-drop", PieceDrop);
