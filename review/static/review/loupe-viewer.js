// <loupe-viewer data-source="id of the JSON" data-marks="id of the thread panel">: the picture with its tools, marks and
// comparison. Says `mark:placed` and `mark:chosen`; hears `marks:changed`, `mark:show`, `mark:cancelled` on the document.
import { Comparison } from "./comparison.js";
import { MarkOverlay } from "./mark-overlay.js";
import { Zoomable } from "./zoomable.js";

/**
 * @typedef {import("./viewer-types.js").ViewerData} ViewerData
 * @typedef {import("./viewer-types.js").Mark} Mark
 * @typedef {import("./viewer-types.js").Region} Region
 */

export class LoupeViewer extends HTMLElement {
  connectedCallback() {
    const source = document.getElementById(this.dataset.source ?? "");
    const stage = this.querySelector("[data-stage]");
    if (!source?.textContent || !(stage instanceof HTMLElement) || this.zoomable) return;
    /** @type {ViewerData} */
    const data = JSON.parse(source.textContent);
    this.data = data;
    const box = document.createElement("div");
    box.className = "viewer-box";
    stage.append(box);
    this.zoomable = new Zoomable(box, data.picture);
    this.overlay = new MarkOverlay(this.zoomable, {
      chosen: (id) => this.#say("mark:chosen", { id }),
      placed: (region) => this.#placed(region),
    });
    this.comparison = new Comparison(stage, this.zoomable);
    this.zoomable.whenOpen(() => {
      stage.querySelector("[data-fallback]")?.remove();
      this.readMarks();
    });
    /** @type {any} */ (this.zoomable.viewer).addHandler("open-failed", () => {
      this.#hint("The picture could not be loaded. What you wrote is safe; reload the page to try again.");
    });
    this.zoomable.onMove(() => this.#showZoom());
    this.addEventListener("click", (event) => this.#click(event));
    this.querySelector("[data-with]")?.addEventListener("change", () => {
      if (this.comparison && this.comparison.mode !== "off") this.compare(this.comparison.mode);
    });
    document.addEventListener("marks:changed", () => this.readMarks());
    document.addEventListener("mark:show", (event) => this.#showMark(/** @type {CustomEvent} */ (event).detail.id));
    document.addEventListener("mark:cancelled", () => this.overlay?.propose(null));
  }

  /** Reads the marks from the thread's rows, which are the one list of them. */
  readMarks() {
    const rows = document.getElementById(this.dataset.marks ?? "")?.querySelectorAll("[data-mark][data-x]") ?? [];
    /** @type {Mark[]} */
    const marks = [...rows].map((row) => {
      const { mark = "", label = "", state, x, y, w, h, internal } = /** @type {HTMLElement} */ (row).dataset;
      return {
        id: mark,
        label,
        open: state === "open",
        internal: internal !== undefined,
        region: { x: Number(x), y: Number(y), width: Number(w), height: Number(h) },
      };
    });
    this.overlay?.set(marks);
  }

  /** @param {string} key a key that belongs to the picture; answers whether it was taken */
  takeKey(key) {
    const tools = /** @type {Record<string, () => void>} */ ({
      m: () => this.mark(!this.overlay?.placing),
      c: () => this.compare(this.comparison?.mode === "off" ? (this.clientWidth < 720 ? "wipe" : "side") : "off"),
      d: () => this.compare(this.comparison?.mode === "difference" ? "off" : "difference"),
      0: () => this.zoomable?.fit(),
      1: () => this.zoomable?.actual(),
      "+": () => this.zoomable?.zoomBy(1.4),
      "=": () => this.zoomable?.zoomBy(1.4),
      "-": () => this.zoomable?.zoomBy(1 / 1.4),
      Escape: () => this.mark(false),
      Enter: () => this.#placeInTheMiddle(),
    });
    const act = tools[key];
    if (!act || (key === "Enter" && !this.overlay?.placing) || (key === "Escape" && !this.overlay?.placing)) return false;
    act();
    return true;
  }

  /** @param {boolean} on */
  mark(on) {
    this.overlay?.place(on);
    this.querySelector("[data-tool=mark]")?.setAttribute("aria-pressed", String(on));
    this.toggleAttribute("data-placing", on);
    const touch = window.matchMedia("(pointer: coarse)").matches;
    const keys = touch ? "" : " Enter marks the middle, Esc stops.";
    this.#hint(on ? `Press where you mean, or drag a box.${keys}` : "");
  }

  /** @param {"off" | "side" | "wipe" | "difference"} mode */
  compare(mode) {
    const chooser = this.querySelector("[data-with]");
    const wanted = chooser instanceof HTMLSelectElement ? chooser.value : "";
    const other = this.data?.others.find((picture) => picture.id === wanted);
    this.comparison?.show(other ? mode : "off", other);
    for (const button of this.querySelectorAll("[data-mode]")) {
      button.setAttribute("aria-pressed", String(button.getAttribute("data-mode") === this.comparison?.mode));
    }
    this.overlay?.draw();
  }

  /** @param {Event} event */
  #click(event) {
    const button = event.target instanceof Element ? event.target.closest("button") : null;
    if (!button) return;
    const { tool, mode, compareWith } = button.dataset;
    if (tool === "mark") this.mark(!this.overlay?.placing);
    if (tool === "in") this.zoomable?.zoomBy(1.4);
    if (tool === "out") this.zoomable?.zoomBy(1 / 1.4);
    if (tool === "fit") this.zoomable?.fit();
    if (tool === "actual") this.zoomable?.actual();
    if (mode) this.compare(this.comparison?.mode === mode ? "off" : /** @type {"side"} */ (mode));
    if (compareWith) {
      const chooser = this.querySelector("[data-with]");
      if (chooser instanceof HTMLSelectElement) chooser.value = compareWith;
      this.compare(this.comparison?.mode === "off" ? (this.clientWidth < 720 ? "wipe" : "side") : this.comparison?.mode ?? "side");
    }
  }

  /** @param {Region} region */
  #placed(region) {
    this.mark(false);
    const places = [region.x, region.y, region.width, region.height].map((v) => Math.round(v * 10) / 10);
    this.#say("mark:placed", {
      region,
      selector: {
        type: "FragmentSelector",
        conformsTo: "http://www.w3.org/TR/media-frags/",
        value: `xywh=pixel:${places.join(",")}`,
      },
    });
  }

  #placeInTheMiddle() {
    if (!this.zoomable?.isOpen) return;
    const box = this.zoomable.element;
    const region = { ...this.zoomable.toImage(box.clientWidth / 2, box.clientHeight / 2), width: 0, height: 0 };
    this.overlay?.propose(region);
    this.#placed(region);
  }

  /** @param {string} id */
  #showMark(id) {
    const mark = this.overlay?.marks.find((m) => m.id === id);
    if (!mark || !this.zoomable?.isOpen) return;
    this.overlay?.choose(id);
    const { x, y, width, height } = mark.region;
    // Near enough to see what is meant, and no nearer than the person stands already.
    const scale = Math.max(this.zoomable.scale, Math.min(1, (this.zoomable.element.clientWidth / this.zoomable.picture.width) * 3));
    this.zoomable.look({ x: x + width / 2, y: y + height / 2 }, scale);
  }

  #showZoom() {
    const words = this.querySelector("[data-zoom]");
    if (words && this.zoomable) words.textContent = `${Math.round(this.zoomable.scale * window.devicePixelRatio * 100)} %`;
  }

  /** @param {string} text */
  #hint(text) {
    const hint = this.querySelector("[data-hint]");
    if (!(hint instanceof HTMLElement)) return;
    hint.textContent = text;
    hint.hidden = !text;
  }

  /**
   * @param {string} name
   * @param {object} detail
   */
  #say(name, detail) {
    document.dispatchEvent(new CustomEvent(name, { detail }));
  }
}

customElements.define("loupe-viewer", LoupeViewer);
