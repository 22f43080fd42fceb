// Marks over the picture, as SVG in the box's own pixels: pins keep their size at every zoom, boxes follow the picture.
// For people without a pointer each mark is a row of the thread as well, so the drawing itself is hidden from readers.

/**
 * @typedef {import("./viewer-types.js").Mark} Mark
 * @typedef {import("./viewer-types.js").Region} Region
 * @typedef {import("./zoomable.js").Zoomable} Zoomable
 */

const SVG = "http://www.w3.org/2000/svg";
// A drag shorter than this is a hand that shook while it put a pin.
const DRAG_PX = 6;

/**
 * @param {string} name
 * @param {Record<string, string | number>} [attributes]
 */
function svg(name, attributes = {}) {
  const made = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, String(value));
  return made;
}

export class MarkOverlay {
  /**
   * @param {Zoomable} zoomable
   * @param {{ chosen: (id: string) => void, placed: (region: Region) => void }} tell
   */
  constructor(zoomable, tell) {
    this.zoomable = zoomable;
    this.tell = tell;
    /** @type {Mark[]} */
    this.marks = [];
    /** @type {Region | null} */
    this.pending = null;
    this.active = "";
    this.placing = false;
    this.root = svg("svg", { class: "mark-overlay", "aria-hidden": "true" });
    zoomable.element.append(this.root);
    zoomable.onMove(() => this.draw());
    this.root.addEventListener("pointerdown", (event) => this.#press(/** @type {PointerEvent} */ (event)));
  }

  /** @param {Mark[]} marks */
  set(marks) {
    this.marks = marks;
    this.draw();
  }

  /** @param {boolean} on whether the next press puts a mark */
  place(on) {
    this.placing = on;
    this.root.toggleAttribute("data-placing", on);
  }

  /** @param {Region | null} region a mark that isn't saved yet */
  propose(region) {
    this.pending = region;
    this.draw();
  }

  /** @param {string} id */
  choose(id) {
    this.active = id;
    this.draw();
  }

  draw() {
    if (!this.zoomable.isOpen) return;
    this.root.replaceChildren();
    const hidden = this.zoomable.element.closest("[data-compare=difference]");
    if (hidden) return;
    // Open ones last, so that they lie on top.
    for (const mark of [...this.marks].sort((a, b) => Number(a.open) - Number(b.open))) this.#drawMark(mark);
    if (this.pending) {
      this.#drawMark({ id: "", label: "+", open: true, internal: false, region: this.pending }, true);
    }
  }

  /**
   * @param {Mark} mark
   * @param {boolean} [fresh]
   */
  #drawMark(mark, fresh = false) {
    const group = svg("g", { class: "mark-shape" });
    group.toggleAttribute("data-resolved", !mark.open);
    group.toggleAttribute("data-internal", mark.internal);
    group.toggleAttribute("data-active", fresh || mark.id === this.active);
    const start = this.zoomable.toBox(mark.region.x, mark.region.y);
    if (mark.region.width || mark.region.height) {
      const end = this.zoomable.toBox(mark.region.x + mark.region.width, mark.region.y + mark.region.height);
      const size = { width: Math.max(1, end.x - start.x), height: Math.max(1, end.y - start.y) };
      group.append(svg("rect", { class: "mark-halo", x: start.x, y: start.y, ...size }));
      group.append(svg("rect", { class: "mark-box", x: start.x, y: start.y, ...size }));
    }
    const pin = svg("g", { class: "mark-dot", transform: `translate(${start.x} ${start.y})` });
    const radius = mark.label.length > 2 ? 14 : 12;
    pin.append(svg("circle", { class: "mark-hit", r: 22 }), svg("circle", { class: "mark-disc", r: radius }));
    const text = svg("text", { "text-anchor": "middle", dy: "0.35em" });
    text.textContent = mark.label;
    pin.append(text);
    if (mark.id) pin.addEventListener("click", () => this.tell.chosen(mark.id));
    group.append(pin);
    this.root.append(group);
  }

  /** @param {PointerEvent} event */
  #press(event) {
    if (!this.placing || !this.zoomable.isOpen) return;
    event.preventDefault();
    const box = this.root.getBoundingClientRect();
    const at = (/** @type {PointerEvent} */ e) => ({ x: e.clientX - box.left, y: e.clientY - box.top });
    const from = at(event);
    this.root.setPointerCapture(event.pointerId);
    const move = (/** @type {Event} */ e) => this.propose(this.#between(from, at(/** @type {PointerEvent} */ (e))));
    const end = (/** @type {Event} */ e) => {
      this.root.removeEventListener("pointermove", move);
      this.root.removeEventListener("pointerup", end);
      this.root.removeEventListener("pointercancel", end);
      if (e.type === "pointercancel") return this.propose(null);
      const region = this.#between(from, at(/** @type {PointerEvent} */ (e)));
      this.propose(region);
      this.tell.placed(region);
    };
    this.root.addEventListener("pointermove", move);
    this.root.addEventListener("pointerup", end);
    this.root.addEventListener("pointercancel", end);
  }

  /**
   * @param {{ x: number, y: number }} from
   * @param {{ x: number, y: number }} to
   * @returns {Region} a pin, or a box where the pointer was dragged
   */
  #between(from, to) {
    const start = this.zoomable.toImage(Math.min(from.x, to.x), Math.min(from.y, to.y));
    const end = this.zoomable.toImage(Math.max(from.x, to.x), Math.max(from.y, to.y));
    const region = { x: start.x, y: start.y, width: end.x - start.x, height: end.y - start.y };
    const pin = Math.hypot(from.x - to.x, from.y - to.y) < DRAG_PX || region.width <= 0.01 || region.height <= 0.01;
    return pin ? { ...this.zoomable.toImage(from.x, from.y), width: 0, height: 0 } : region;
  }
}
