// <photo-drop data-list="ID" [data-append]>: photos dropped or chosen go up one after the other, each with its bar; what
// the server answers goes into the list. A refused one stays here with its reason.
import { place, refusal, sendFile, takeFiles, whyNot } from "./send-file.js";

class PhotoDrop extends HTMLElement {
  connectedCallback() {
    const form = this.querySelector("form");
    const zone = this.querySelector(".drop");
    const input = this.querySelector("input[type=file]");
    if (!(form && zone instanceof HTMLElement && input instanceof HTMLInputElement)) return;
    this.form = form;
    this.queue = Promise.resolve();
    takeFiles(zone, input, (files) => {
      for (const file of files) this.queue = this.queue.then(() => this.#send(file, this.#row(file)));
    });
  }

  /** @param {File} file */
  #row(file) {
    const row = document.createElement("li");
    row.className = "upload";
    const name = document.createElement("span");
    name.className = "truncate";
    name.textContent = file.name;
    const bar = document.createElement("progress");
    bar.max = 1;
    bar.value = 0;
    bar.setAttribute("aria-label", `Upload of ${file.name}`);
    const words = document.createElement("span");
    words.className = "small second upload-words";
    words.textContent = "waits";
    row.append(name, bar, words);
    this.querySelector(".uploads")?.append(row);
    return { row, bar, words };
  }

  /**
   * @param {File} file
   * @param {{row: HTMLElement, bar: HTMLProgressElement, words: HTMLElement}} shown
   */
  async #send(file, { row, bar, words }) {
    const why = whyNot(file);
    if (why || !this.form) return this.#refuse(row, words, why);
    const body = new FormData();
    body.append("file", file, file.name);
    const answer = await sendFile(this.form.action, body, (fraction) => {
      bar.value = fraction;
      words.textContent = fraction < 1 ? `${Math.round(fraction * 100)} %` : "being read";
    });
    if (answer.status !== 201) return this.#refuse(row, words, refusal(answer));
    row.remove();
    const list = document.getElementById(this.dataset.list ?? "");
    list?.querySelector("[data-empty]")?.remove();
    place(answer.html, (nodes) => {
      const id = nodes.firstElementChild?.id;
      const there = id ? document.getElementById(id) : null;
      if (there) there.replaceWith(nodes);
      else if ("append" in this.dataset) list?.append(nodes);
      else list?.prepend(nodes);
    });
  }

  /**
   * @param {HTMLElement} row
   * @param {HTMLElement} words
   * @param {string} why
   */
  #refuse(row, words, why) {
    row.dataset.refused = "";
    row.querySelector("progress")?.remove();
    words.className = "error";
    words.textContent = why;
    const close = document.createElement("button");
    close.type = "button";
    close.className = "icon-button";
    close.textContent = "×";
    close.setAttribute("aria-label", "Close this message");
    close.addEventListener("click", () => row.remove());
    row.append(close);
  }
}

customElements.define("photo-drop", PhotoDrop);
