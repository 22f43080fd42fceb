// <stone-marks data-width data-height>: the stones that were read from a photo, drawn on it and corrected by hand.
// What goes with the form is the whole list as it stands; undoing is going back to the list before.
import { isTyping } from "../studio/keys.js";
import { PhotoSheet, round } from "./photo-sheet.js";

/** @typedef {{centre_px: [number, number], axes_px: [number, number], angle_deg: number}} Ellipse */
/** @typedef {{id: string | null, outline: Ellipse, colour: string, size_mm: [number, number] | null, unsure: boolean}} Stone */

const SVG = "http://www.w3.org/2000/svg";
const STEP = 1.12;
const LEAST_PX = 2;
// A click that adds a stone gives it the usual size; a drag of more than this, in screen pixels, draws it.
const DRAG_PX = 4;
const HINTS = {
  choose: "Click a stone to choose it; with Shift, several. Drag to move it.",
  add: "Click where a stone is missing, or drag from its middle to its rim.",
  move: "Drag the photo.",
};

class StoneMarks extends HTMLElement {
  /** @type {Stone[]} */
  stones = [];
  /** @type {Set<Stone>} */
  chosen = new Set();
  /** @type {string[]} the lists before, as text */
  past = [];
  /** @type {PhotoSheet} made when the element is connected */
  sheet = Object.create(null);
  marks = document.createElementNS(SVG, "svg");
  tool = "choose";

  connectedCallback() {
    const [marks, sheet, scroller] = [this.querySelector("[data-marks]"), this.querySelector("[data-sheet]"), this.querySelector("[data-scroller]")];
    if (!(marks instanceof SVGSVGElement && sheet instanceof HTMLElement && scroller instanceof HTMLElement)) return;
    this.marks = marks;
    this.stones = JSON.parse(document.getElementById("stone-data")?.textContent || "[]");
    this.sheet = new PhotoSheet(scroller, sheet, Number(this.dataset.width), Number(this.dataset.height), () => this.#draw());
    this.marks.addEventListener("pointerdown", (event) => this.#pressed(event));
    this.addEventListener("click", (event) => this.#clicked(event));
    this.addEventListener("change", (event) => this.#changed(event));
    this.marks.addEventListener("focusin", (event) => this.#focused(event));
    this.keys = (/** @type {KeyboardEvent} */ event) => this.#key(event);
    document.addEventListener("keydown", this.keys);
    this.sheet.zoomTo("fit");
    this.#tell();
  }

  disconnectedCallback() {
    if (this.keys) document.removeEventListener("keydown", this.keys);
    this.sheet.leave?.();
  }

  get editable() {
    return !("readonly" in this.dataset);
  }

  /** Half the usual stone's length, in photo pixels. */
  get usual() {
    const lengths = this.stones.map((stone) => stone.outline.axes_px[0]).sort((a, b) => a - b);
    return (lengths[lengths.length >> 1] ?? Math.max(12, this.sheet.width / 60)) / 2;
  }

  // Pointing ----------------------------------------------------------------------------------------------------------
  /** @param {PointerEvent} event */
  #pressed(event) {
    if (event.button !== 0) return;
    const stone = this.#at(event.target);
    if (this.tool === "move" || (this.tool === "choose" && !stone)) {
      if (this.tool === "choose" && !event.shiftKey) this.#choose(null, false);
      return this.sheet.hold(event);
    }
    if (!this.editable) return stone && this.#choose(stone, event.shiftKey);
    event.preventDefault();
    if (this.tool === "add") this.#addFrom(event);
    else if (stone) this.#moveFrom(event, stone);
  }

  /** @param {PointerEvent} event @param {Stone} stone */
  #moveFrom(event, stone) {
    if (event.shiftKey || !this.chosen.has(stone)) this.#choose(stone, event.shiftKey);
    const [x, y] = this.sheet.place(event);
    const before = JSON.stringify(this.stones);
    const from = [...this.chosen].map((one) => /** @type {const} */ ([one, ...one.outline.centre_px]));
    let moved = false;
    this.#follow(event, (now) => {
      const [px, py] = this.sheet.place(now);
      if (!moved && Math.hypot(px - x, py - y) * this.sheet.scale < DRAG_PX) return;
      if (!moved) this.past.push(before);
      moved = true;
      for (const [one, ox, oy] of from) one.outline.centre_px = this.#inside(ox + px - x, oy + py - y);
      this.#draw();
    });
  }

  /** @param {PointerEvent} event */
  #addFrom(event) {
    const centre = this.sheet.place(event);
    const size = round(2 * this.usual);
    this.past.push(JSON.stringify(this.stones));
    /** @type {Stone} */
    const stone = { id: null, outline: { centre_px: this.#inside(...centre), axes_px: [size, size], angle_deg: 0 }, colour: "clear", size_mm: null, unsure: false };
    this.stones.push(stone);
    this.#choose(stone, false);
    this.#follow(event, (now) => {
      const [px, py] = this.sheet.place(now);
      const radius = Math.hypot(px - centre[0], py - centre[1]);
      if (radius * this.sheet.scale < DRAG_PX) return;
      const across = round(Math.max(2 * radius, LEAST_PX));
      stone.outline.axes_px = [across, across];
      this.#draw();
    });
  }

  /** @param {PointerEvent} event @param {(moved: PointerEvent) => void} go until the pointer is let go */
  #follow(event, go) {
    this.marks.setPointerCapture(event.pointerId);
    const end = () => {
      this.marks.removeEventListener("pointermove", go);
      this.#tell();
    };
    this.marks.addEventListener("pointermove", go);
    this.marks.addEventListener("pointerup", end, { once: true });
    this.marks.addEventListener("pointercancel", end, { once: true });
  }

  /** @param {EventTarget | null} target @returns {Stone | undefined} */
  #at(target) {
    const mark = target instanceof Element ? target.closest("[data-index]") : null;
    return mark ? this.stones[Number(mark.getAttribute("data-index"))] : undefined;
  }

  /** @param {number} x @param {number} y @returns {[number, number]} */
  #inside(x, y) {
    return [round(Math.min(Math.max(x, 0), this.sheet.width - 1)), round(Math.min(Math.max(y, 0), this.sheet.height - 1))];
  }

  // Choosing and changing ---------------------------------------------------------------------------------------------
  /** @param {Stone | null} stone @param {boolean} more */
  #choose(stone, more) {
    if (!more) this.chosen.clear();
    if (stone) this.chosen.has(stone) && more ? this.chosen.delete(stone) : this.chosen.add(stone);
    this.#draw();
    this.#tell();
  }

  /** @param {FocusEvent} event */
  #focused(event) {
    const stone = this.#at(event.target);
    if (stone && event.target instanceof Element && event.target.matches(":focus-visible")) this.#choose(stone, false);
  }

  /** Does something to the list, so that it can be undone. @param {() => void} change */
  #change(change) {
    if (!this.editable) return;
    this.past.push(JSON.stringify(this.stones));
    change();
    this.#draw();
    this.#tell();
  }

  #remove() {
    this.#change(() => {
      this.stones = this.stones.filter((stone) => !this.chosen.has(stone));
      this.chosen.clear();
    });
  }

  /** One stone where several were marked: it reaches as far as they did. */
  #merge() {
    this.#change(() => {
      const parts = [...this.chosen];
      const sides = parts.map(({ outline: { centre_px: [x, y], axes_px } }) => [x - axes_px[0] / 2, y - axes_px[0] / 2, x + axes_px[0] / 2, y + axes_px[0] / 2]);
      const [left, top] = [0, 1].map((k) => Math.min(...sides.map((side) => side[k])));
      const [right, bottom] = [2, 3].map((k) => Math.max(...sides.map((side) => side[k])));
      /** @type {Stone} */
      const one = {
        id: null,
        outline: { centre_px: this.#inside((left + right) / 2, (top + bottom) / 2), axes_px: [round(right - left), round(bottom - top)], angle_deg: 0 },
        colour: parts[0].colour, size_mm: null, unsure: false,
      };
      this.stones = [...this.stones.filter((stone) => !this.chosen.has(stone)), one];
      this.chosen = new Set([one]);
    });
  }

  /** @param {number} times */
  #resize(times) {
    this.#change(() => {
      for (const { outline } of this.chosen) outline.axes_px = [round(Math.max(outline.axes_px[0] * times, LEAST_PX)), round(Math.max(outline.axes_px[1] * times, LEAST_PX))];
    });
  }

  #undo() {
    const before = this.past.pop();
    if (!before) return;
    this.stones = JSON.parse(before);
    this.chosen.clear();
    this.#draw();
    this.#tell();
  }

  #nextUnsure() {
    const unsure = this.stones.filter((stone) => stone.unsure);
    if (!unsure.length) return;
    const [now] = this.chosen;
    const stone = unsure[(unsure.indexOf(now) + 1) % unsure.length];
    if (this.sheet.scale * stone.outline.axes_px[0] < 40) this.sheet.zoomTo(String(Math.min(4, Math.ceil((60 * devicePixelRatio) / stone.outline.axes_px[0]))));
    this.sheet.show(...stone.outline.centre_px);
    this.#choose(stone, false);
  }

  /** @param {string} name */
  #do(name) {
    const chosen = this.chosen.size;
    if (name === "undo") this.#undo();
    else if (name === "unsure") this.#nextUnsure();
    else if (name === "remove" && chosen) this.#remove();
    else if (name === "merge" && chosen > 1) this.#merge();
    else if (name === "smaller" && chosen) this.#resize(1 / STEP);
    else if (name === "larger" && chosen) this.#resize(STEP);
  }

  /** @param {Event} event */
  #clicked(event) {
    const button = /** @type {HTMLElement} */ (event.target).closest("button");
    if (button?.dataset.zoom) this.sheet.zoomTo(button.dataset.zoom);
    else if (button?.dataset.do) this.#do(button.dataset.do);
    else if (button?.dataset.row) this.#listed(button);
  }

  /** @param {HTMLButtonElement} button of the list: remove that stone, or show it */
  #listed(button) {
    const stone = this.stones[Number(button.dataset.row)];
    if (!stone) return;
    this.#choose(stone, false);
    if (button.dataset.take === "out") this.#remove();
    else this.sheet.show(...stone.outline.centre_px);
  }

  /** @param {Event} event */
  #changed(event) {
    const input = /** @type {HTMLInputElement} */ (event.target);
    if (input.name === "tool") this.#use(input.value);
    if (input.matches("[data-show]")) this.marks.toggleAttribute("hidden", !input.checked);
  }

  /** @param {string} tool */
  #use(tool) {
    this.tool = this.dataset.tool = tool;
    const choice = /** @type {HTMLInputElement | null} */ (this.querySelector(`input[name=tool][value=${tool}]`));
    if (choice) choice.checked = true;
    const hint = this.querySelector("[data-hint]");
    if (hint) hint.textContent = HINTS[/** @type {keyof HINTS} */ (tool)];
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    if (isTyping(event) || event.ctrlKey || event.metaKey || event.altKey) return;
    const tool = { 1: "choose", 2: "add", 3: "move" }[event.key];
    const deed = { Delete: "remove", Backspace: "remove", m: "merge", "[": "smaller", "]": "larger", u: "undo", n: "unsure" }[event.key];
    const step = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key];
    if (tool && this.editable) this.#use(tool);
    else if (deed) this.#do(deed);
    else if (step && this.chosen.size && this.editable) {
      this.#change(() => {
        for (const { outline } of this.chosen) outline.centre_px = this.#inside(outline.centre_px[0] + step[0], outline.centre_px[1] + step[1]);
      });
    } else if (event.key === "Escape") this.#choose(null, false);
    else return;
    event.preventDefault();
  }

  // Showing -----------------------------------------------------------------------------------------------------------
  #draw() {
    const focused = document.activeElement?.closest("[data-index]")?.getAttribute("data-index");
    const unit = 1 / this.sheet.scale;
    this.marks.style.setProperty("--unit", String(unit));
    this.marks.replaceChildren(...this.stones.map((stone, index) => this.#mark(stone, index, unit)));
    if (focused) /** @type {SVGElement | null} */ (this.marks.querySelector(`[data-index="${focused}"]`))?.focus({ preventScroll: true });
  }

  /** @param {Stone} stone @param {number} index @param {number} unit photo pixels a CSS pixel */
  #mark(stone, index, unit) {
    const { centre_px: [x, y], axes_px, angle_deg } = stone.outline;
    const mark = document.createElementNS(SVG, "g");
    mark.dataset.index = String(index);
    mark.setAttribute("transform", `translate(${x + 0.5} ${y + 0.5})`);
    mark.setAttribute("tabindex", "0");
    mark.setAttribute("role", "button");
    mark.setAttribute("aria-label", `Stone ${index + 1}${stone.unsure ? ", unsure" : ""}`);
    mark.setAttribute("aria-pressed", String(this.chosen.has(stone)));
    mark.toggleAttribute("data-unsure", stone.unsure);
    for (const name of ["rim", "line"]) {
      const ellipse = document.createElementNS(SVG, "ellipse");
      ellipse.setAttribute("class", name);
      ellipse.setAttribute("rx", String(axes_px[0] / 2));
      ellipse.setAttribute("ry", String(axes_px[1] / 2));
      ellipse.setAttribute("transform", `rotate(${angle_deg})`);
      mark.append(ellipse);
    }
    if (axes_px[1] / unit >= 18) {
      const number = document.createElementNS(SVG, "text");
      number.textContent = String(index + 1);
      number.setAttribute("font-size", String(Math.min(13, (axes_px[1] / unit) * 0.5) * unit));
      mark.append(number);
    }
    return mark;
  }

  /** The form's field, the words, the list and the buttons follow the stones. */
  #tell() {
    const { stones } = this;
    const outline = (/** @type {Stone} */ stone) => ({ id: stone.id, outline: stone.outline, colour: stone.colour });
    const field = /** @type {HTMLInputElement | null} */ (this.querySelector("[data-stones]"));
    if (field) field.value = JSON.stringify({ version: 1, stones: stones.map(outline) });
    const unsure = stones.filter((stone) => stone.unsure).length;
    const words = `${stones.length} stone${stones.length === 1 ? "" : "s"}`;
    const count = this.querySelector("[data-count]");
    if (count) count.textContent = `${words} marked${unsure ? `, ${unsure} of them unsure` : ""}.${this.chosen.size > 1 ? ` ${this.chosen.size} chosen.` : ""}`;
    const confirm = this.querySelector("[data-confirm]");
    if (confirm) confirm.textContent = stones.length ? `Confirm ${words}` : "Confirm: no stones";
    for (const [name, off] of Object.entries({ remove: !this.chosen.size, merge: this.chosen.size < 2, smaller: !this.chosen.size, larger: !this.chosen.size, undo: !this.past.length })) {
      this.querySelector(`[data-do=${name}]`)?.toggleAttribute("disabled", off);
    }
    this.querySelector("[data-do=unsure]")?.toggleAttribute("hidden", !unsure);
    this.querySelector("[data-list]")?.replaceChildren(...stones.map((stone, index) => this.#row(stone, index)));
  }

  /** @param {Stone} stone @param {number} index */
  #row(stone, index) {
    const row = document.createElement("li");
    const show = document.createElement("button");
    show.type = "button";
    show.className = "button button-quiet button-small";
    show.dataset.row = String(index);
    const size = stone.size_mm ? ` · ${stone.size_mm[0].toFixed(1)} mm` : stone.id ? "" : " · added";
    show.textContent = `Stone ${index + 1} · ${stone.colour}${size}${stone.unsure ? " · unsure" : ""}`;
    show.setAttribute("aria-pressed", String(this.chosen.has(stone)));
    row.append(show);
    if (this.editable) {
      const out = document.createElement("button");
      out.type = "button";
      out.className = "button button-quiet button-small push";
      Object.assign(out.dataset, { row: String(index), take: "out" });
      out.textContent = "Remove";
      out.setAttribute("aria-label", `Remove stone ${index + 1}`);
      row.append(out);
    }
    return row;
  }
}

customElements.define("stone-marks", StoneMarks);
