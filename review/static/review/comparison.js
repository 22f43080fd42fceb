// Two pictures with one zoom: side by side, under a wipe, or as their difference. The one that was last touched leads.
import { Zoomable } from "./zoomable.js";

/**
 * @typedef {import("./viewer-types.js").Picture} Picture
 * @typedef {"off" | "side" | "wipe" | "difference"} Mode
 * @typedef {{ x: number, y: number }} Point
 * @typedef {{ scale: number, turn_deg: number, there: (p: Point) => Point, back: (p: Point) => Point }} Mapping
 *   `there` takes the leader's image pixels to the other's; `scale` is the other's pixels for one of the leader's
 */

/**
 * How the other picture's pixels lie under the shown one's: by the lock's matrix for the product photo, else by fitting.
 * @param {Picture} shown
 * @param {Picture} other
 * @returns {Mapping}
 */
export function mappingBetween(shown, other) {
  if (other.matrix) {
    const [[a, b, c], [d, e, f], [g, h, i]] = other.matrix;
    const forward = (/** @type {Point} */ p) => {
      const w = g * p.x + h * p.y + i;
      return { x: (a * p.x + b * p.y + c) / w, y: (d * p.x + e * p.y + f) / w };
    };
    const det = a * (e * i - f * h) - b * (d * i - f * g) + c * (d * h - e * g);
    const inverse = (/** @type {Point} */ p) => {
      const x = (e * i - f * h) * p.x + (c * h - b * i) * p.y + (b * f - c * e);
      const y = (f * g - d * i) * p.x + (a * i - c * g) * p.y + (c * d - a * f);
      const w = (d * h - e * g) * p.x + (b * g - a * h) * p.y + (a * e - b * d);
      return { x: x / w, y: y / w };
    };
    const size = Math.sqrt(Math.abs(a * e - b * d));
    if (Number.isFinite(det) && Math.abs(det) > 1e-12 && size > 1e-6) {
      return { scale: 1 / size, turn_deg: (Math.atan2(d, a) * 180) / Math.PI, there: inverse, back: forward };
    }
  }
  // The whole of the other picture stands where the whole of the shown one does.
  const scale = Math.max(other.width / shown.width, other.height / shown.height);
  const middle = { x: shown.width / 2, y: shown.height / 2 };
  const otherMiddle = { x: other.width / 2, y: other.height / 2 };
  return {
    scale,
    turn_deg: 0,
    there: (p) => ({ x: otherMiddle.x + (p.x - middle.x) * scale, y: otherMiddle.y + (p.y - middle.y) * scale }),
    back: (p) => ({ x: middle.x + (p.x - otherMiddle.x) / scale, y: middle.y + (p.y - otherMiddle.y) / scale }),
  };
}

export class Comparison {
  /**
   * @param {HTMLElement} stage holds the shown picture's box
   * @param {Zoomable} shown
   */
  constructor(stage, shown) {
    this.stage = stage;
    this.shown = shown;
    /** @type {Mode} */
    this.mode = "off";
    /** @type {Zoomable | null} */
    this.other = null;
    this.otherLeads = false;
    this.box = document.createElement("div");
    this.box.className = "viewer-box viewer-other";
    this.box.hidden = true;
    this.names = [document.createElement("span"), document.createElement("span")];
    this.names.forEach((name, index) => {
      name.className = "viewer-name";
      name.dataset.side = index ? "other" : "shown";
      name.hidden = true;
    });
    this.slider = document.createElement("input");
    Object.assign(this.slider, { type: "range", min: "0", max: "100", step: "0.5", value: "50", hidden: true });
    this.slider.className = "wipe-slider";
    this.slider.setAttribute("aria-label", "Where the wipe stands");
    this.line = document.createElement("div");
    this.line.className = "wipe-line";
    this.line.hidden = true;
    stage.append(this.box, this.line, ...this.names, this.slider);
    this.slider.addEventListener("input", () => this.#wipeTo(Number(this.slider.value)));
    this.line.addEventListener("pointerdown", (event) => this.#drag(event));
    shown.element.addEventListener("pointerenter", () => (this.otherLeads = false));
    shown.element.addEventListener("focusin", () => (this.otherLeads = false));
    this.box.addEventListener("pointerenter", () => (this.otherLeads = this.mode === "side"));
    this.box.addEventListener("focusin", () => (this.otherLeads = this.mode === "side"));
    shown.onMove(() => this.#follow(false));
  }

  /**
   * @param {Mode} mode
   * @param {Picture} [picture] what to compare with
   */
  show(mode, picture) {
    const fit = this.shown.isFit;
    this.mode = mode;
    this.stage.dataset.compare = mode;
    window.requestAnimationFrame(() => {
      if (!this.shown.isOpen) return;
      this.shown.resize(fit);
      if (this.other?.isOpen) this.other.resize(false);
      this.#follow(false, true);
    });
    this.box.hidden = mode === "off";
    this.slider.hidden = this.line.hidden = mode !== "wipe";
    this.names.forEach((name) => (name.hidden = mode === "off" || mode === "difference"));
    this.otherLeads = false;
    if (mode === "off" || !picture) {
      this.other?.destroy();
      this.other = null;
      return;
    }
    if (this.other?.picture !== picture) {
      this.other?.destroy();
      this.mapping = mappingBetween(this.shown.picture, picture);
      this.other = new Zoomable(this.box, picture, true);
      this.other.onMove(() => this.#follow(true));
      this.other.whenOpen(() => {
        this.other?.viewer.viewport.setRotation(this.mapping?.turn_deg ?? 0, true);
        this.#follow(false, true);
      });
    }
    this.names[0].textContent = this.shown.picture.label;
    this.names[1].textContent = picture.label;
    this.#wipeTo(Number(this.slider.value));
    this.#follow(false, true);
  }

  /**
   * @param {boolean} fromOther
   * @param {boolean} [anyway]
   */
  #follow(fromOther, anyway = false) {
    const { other, mapping } = this;
    if (!other || !mapping || !other.isOpen || !this.shown.isOpen) return;
    if (!anyway && fromOther !== this.otherLeads) return;
    if (fromOther && !anyway) this.shown.look(mapping.back(other.centre), other.scale * mapping.scale, true);
    else other.look(mapping.there(this.shown.centre), this.shown.scale / mapping.scale, true);
  }

  /** @param {number} percent */
  #wipeTo(percent) {
    this.slider.value = String(percent);
    this.stage.style.setProperty("--wipe", `${percent}%`);
  }

  /** @param {PointerEvent} event */
  #drag(event) {
    event.preventDefault();
    this.line.setPointerCapture(event.pointerId);
    const move = (/** @type {PointerEvent} */ at) => {
      const box = this.stage.getBoundingClientRect();
      this.#wipeTo(Math.min(100, Math.max(0, ((at.clientX - box.left) / box.width) * 100)));
    };
    this.line.addEventListener("pointermove", move);
    this.line.addEventListener("lostpointercapture", () => this.line.removeEventListener("pointermove", move), { once: true });
  }
}
