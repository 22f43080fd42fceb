// <matte-editor data-width data-height data-alpha>: keep and drop strokes painted over a photo, in the photo's own pixels:
// (0, 0) is its top left corner. They go with the form as JSON; what is cut away now lies darkened underneath.
import { isTyping } from "../studio/keys.js";
import { PhotoSheet } from "./photo-sheet.js";

/** @typedef {{kind: "keep" | "drop", radius_px: number, points: [number, number][]}} Stroke */

// White and black on a photo say nothing to each other, and a hue would be taken for the piece's.
const PAINT = { keep: "rgb(255 255 255 / 62%)", drop: "rgb(0 0 0 / 62%)" };
const RIM = { keep: "rgb(0 0 0 / 80%)", drop: "rgb(255 255 255 / 80%)" };
const MOST_POINTS = 3900;
const LARGEST_CANVAS = 2600;
const VEIL = [12, 12, 12, 150];

class MatteEditor extends HTMLElement {
  width = 1;
  height = 1;
  /** @type {Stroke[]} */
  strokes = [];
  /** @type {Stroke | null} */
  drawing = null;
  /** @type {HTMLCanvasElement | null} */
  veil = null;
  /** @type {[number, number] | null} */
  at = null;
  canvas = document.createElement("canvas");
  radius = document.createElement("input");
  /** @type {PhotoSheet} made when the element is connected */
  sheet = Object.create(null);

  connectedCallback() {
    const [canvas, radius] = [this.querySelector("[data-canvas]"), this.querySelector("[data-radius]")];
    const [sheet, scroller] = [this.querySelector("[data-sheet]"), this.querySelector("[data-scroller]")];
    if (!(canvas instanceof HTMLCanvasElement && radius instanceof HTMLInputElement)) return;
    if (!(sheet instanceof HTMLElement && scroller instanceof HTMLElement)) return;
    Object.assign(this, { canvas, radius });
    this.width = Number(this.dataset.width);
    this.height = Number(this.dataset.height);
    this.sheet = new PhotoSheet(scroller, sheet, this.width, this.height, () => this.#resized());
    this.strokes = JSON.parse(document.getElementById("matte-strokes")?.textContent || "[]");
    this.radius.max = String(Math.max(40, Math.round(this.width / 8)));
    this.radius.value = String(Math.max(4, Math.round(this.width / 90)));
    this.addEventListener("input", (event) => this.#changed(event));
    this.addEventListener("click", (event) => this.#pressed(event));
    this.canvas.addEventListener("pointerdown", (event) => this.#begin(event));
    this.canvas.addEventListener("pointermove", (event) => this.#go(event));
    this.canvas.addEventListener("pointerup", () => this.#end());
    this.canvas.addEventListener("pointercancel", () => this.#end());
    this.canvas.addEventListener("pointerleave", () => this.#hover(null));
    this.keys = (/** @type {KeyboardEvent} */ event) => this.#key(event);
    document.addEventListener("keydown", this.keys);
    this.sheet.zoomTo("fit");
    this.#tell();
    this.#readVeil();
  }

  disconnectedCallback() {
    if (this.keys) document.removeEventListener("keydown", this.keys);
    this.sheet.leave();
  }

  get brush() {
    return /** @type {HTMLInputElement | null} */ (this.querySelector("input[name=brush]:checked"))?.value ?? "keep";
  }

  #resized() {
    const pixels = Math.min(this.sheet.scale * devicePixelRatio, LARGEST_CANVAS / Math.max(this.width, this.height));
    this.canvas.width = Math.round(this.width * pixels);
    this.canvas.height = Math.round(this.height * pixels);
    this.#draw();
  }

  /** @param {PointerEvent} event */
  #begin(event) {
    const kind = this.brush;
    if (event.button !== 0) return;
    if (kind === "move") return this.sheet.hold(event);
    event.preventDefault();
    this.canvas.setPointerCapture(event.pointerId);
    this.drawing = { kind: kind === "drop" ? "drop" : "keep", radius_px: Number(this.radius.value), points: [this.sheet.place(event)] };
    this.#draw();
  }

  /** @param {PointerEvent} event */
  #go(event) {
    const at = this.sheet.place(event);
    if (!this.drawing) return this.#hover(this.brush === "move" ? null : at);
    const last = this.drawing.points[this.drawing.points.length - 1];
    // A point a third of a brush apart says the same as one a pixel apart.
    if (Math.hypot(at[0] - last[0], at[1] - last[1]) < Math.max(0.7, this.drawing.radius_px / 3)) return;
    if (this.drawing.points.length < MOST_POINTS) this.drawing.points.push(at);
    this.#draw();
  }

  #end() {
    if (!this.drawing) return;
    this.strokes.push(this.drawing);
    this.drawing = null;
    this.#tell();
    this.#draw();
  }

  /** @param {[number, number] | null} at */
  #hover(at) {
    this.at = at;
    this.#draw();
  }

  /** @param {Event} event */
  #changed(event) {
    const input = /** @type {HTMLInputElement} */ (event.target);
    if (input.name === "brush") this.dataset.brush = input.value;
    this.#tell();
    this.#draw();
  }

  /** @param {Event} event */
  #pressed(event) {
    const button = /** @type {HTMLElement} */ (event.target).closest("button");
    if (!button) return;
    if (button.dataset.zoom) this.sheet.zoomTo(button.dataset.zoom);
    else if (button.matches("[data-undo]")) this.strokes.pop();
    else if (button.matches("[data-clear]")) this.strokes = [];
    else return;
    this.#tell();
    this.#draw();
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    if (isTyping(event)) return;
    const kind = { 1: "keep", 2: "drop", 3: "move" }[event.key];
    if (kind) {
      const choice = /** @type {HTMLInputElement | null} */ (this.querySelector(`input[name=brush][value=${kind}]`));
      if (choice) choice.checked = true;
      this.dataset.brush = kind;
    } else if (event.key === "u") this.strokes.pop();
    else if (event.key === "[" || event.key === "]") {
      const step = Math.max(1, Math.round(Number(this.radius.value) / 6));
      this.radius.value = String(Number(this.radius.value) + (event.key === "]" ? step : -step));
    } else return;
    this.#tell();
    this.#draw();
  }

  /** The form's field, the counts and the buttons follow the strokes. */
  #tell() {
    const strokes = this.strokes;
    const field = /** @type {HTMLInputElement | null} */ (this.querySelector("[data-strokes]"));
    if (field) field.value = strokes.length ? JSON.stringify({ version: 1, photo_size: [this.width, this.height], strokes }) : "";
    const size = this.querySelector("[data-size]");
    if (size) size.textContent = `${this.radius.value} px`;
    const count = this.querySelector("[data-count]");
    if (count) count.textContent = strokes.length ? `${strokes.length} stroke${strokes.length > 1 ? "s" : ""}` : "";
    this.querySelector("[data-undo]")?.toggleAttribute("disabled", !strokes.length);
    this.querySelector("[data-clear]")?.toggleAttribute("disabled", !strokes.length);
  }

  /** What is cut away now, as a dark veil: the alpha's greys become the veil's own transparency. */
  async #readVeil() {
    if (!this.dataset.alpha) return;
    const image = new Image();
    image.src = this.dataset.alpha;
    try {
      await image.decode();
    } catch {
      return;
    }
    const scale = Math.min(1, 1400 / Math.max(image.naturalWidth, image.naturalHeight));
    const veil = document.createElement("canvas");
    veil.width = Math.round(image.naturalWidth * scale);
    veil.height = Math.round(image.naturalHeight * scale);
    const pen = veil.getContext("2d", { willReadFrequently: true });
    if (!pen) return;
    pen.drawImage(image, 0, 0, veil.width, veil.height);
    const pixels = pen.getImageData(0, 0, veil.width, veil.height);
    for (let i = 0; i < pixels.data.length; i += 4) {
      const away = 1 - pixels.data[i] / 255;
      pixels.data.set([VEIL[0], VEIL[1], VEIL[2], VEIL[3] * away], i);
    }
    pen.putImageData(pixels, 0, 0);
    this.veil = veil;
    this.#draw();
  }

  #draw() {
    const pen = this.canvas.getContext("2d");
    if (!pen) return;
    const scale = this.canvas.width / this.width;
    pen.clearRect(0, 0, this.canvas.width, this.canvas.height);
    const wanted = /** @type {HTMLInputElement | null} */ (this.querySelector("[data-veil]"));
    if (this.veil && wanted?.checked) pen.drawImage(this.veil, 0, 0, this.canvas.width, this.canvas.height);
    for (const stroke of [...this.strokes, ...(this.drawing ? [this.drawing] : [])]) {
      // The rim first, a little wider: it shows on light and on dark.
      line(pen, stroke, scale, RIM[stroke.kind], 1.5 * devicePixelRatio);
      line(pen, stroke, scale, PAINT[stroke.kind], 0);
    }
    if (!this.at || this.drawing) return;
    pen.beginPath();
    pen.arc(this.at[0] * scale, this.at[1] * scale, Number(this.radius.value) * scale, 0, 2 * Math.PI);
    pen.lineWidth = 3 * devicePixelRatio;
    pen.strokeStyle = "#000";
    pen.stroke();
    pen.lineWidth = devicePixelRatio;
    pen.strokeStyle = "#fff";
    pen.stroke();
  }
}

/**
 * @param {CanvasRenderingContext2D} pen
 * @param {Stroke} stroke
 * @param {number} scale canvas pixels a photo pixel
 * @param {string} colour
 * @param {number} wider in canvas pixels, on each side
 */
function line(pen, stroke, scale, colour, wider) {
  pen.lineCap = pen.lineJoin = "round";
  pen.lineWidth = 2 * (stroke.radius_px * scale + wider);
  pen.strokeStyle = colour;
  pen.beginPath();
  const [first, ...rest] = stroke.points;
  pen.moveTo(first[0] * scale, first[1] * scale);
  // A dab is a line of no length: the round caps draw it.
  for (const [x, y] of rest.length ? rest : [first]) pen.lineTo(x * scale, y * scale);
  pen.stroke();
}

customElements.define("matte-editor", MatteEditor);
