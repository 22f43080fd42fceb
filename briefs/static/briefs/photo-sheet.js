// A photo in a frame that scrolls: zoomed to fit or by screen pixels a photo pixel, and pointed at in photo pixels.
// (0, 0) is the photo's top left corner.

export class PhotoSheet {
  zoom = "fit";

  /**
   * @param {HTMLElement} scroller the frame
   * @param {HTMLElement} sheet what scrolls in it: the photo and all that lies on it
   * @param {number} width of the photo, px
   * @param {number} height of the photo, px
   * @param {() => void} resized called after every change of size
   */
  constructor(scroller, sheet, width, height, resized) {
    this.scroller = scroller;
    this.sheet = sheet;
    this.width = width;
    this.height = height;
    this.resized = resized;
    this.observer = new ResizeObserver(() => this.zoom === "fit" && this.zoomTo("fit"));
    this.observer.observe(scroller);
  }

  leave() {
    this.observer.disconnect();
  }

  /** CSS pixels a photo pixel. */
  get scale() {
    const fit = Math.min(this.scroller.clientWidth / this.width, this.scroller.clientHeight / this.height) || 1;
    return this.zoom === "fit" ? fit : Number(this.zoom) / devicePixelRatio;
  }

  /** @param {string} zoom "fit", or screen pixels a photo pixel; what is in the middle stays there */
  zoomTo(zoom) {
    const [x, y] = this.#middle();
    this.zoom = zoom;
    const scale = this.scale;
    this.sheet.style.setProperty("--sheet-width", `${Math.floor(this.width * scale)}px`);
    this.sheet.style.setProperty("--sheet-height", `${Math.floor(this.height * scale)}px`);
    this.show(x, y);
    this.resized();
  }

  /** Scrolls a place into the middle, as far as the frame goes. @param {number} x @param {number} y in photo pixels */
  show(x, y) {
    this.scroller.scrollTo(x * this.scale - this.scroller.clientWidth / 2, y * this.scale - this.scroller.clientHeight / 2);
  }

  /** @param {PointerEvent | MouseEvent} event @returns {[number, number]} in photo pixels, within the photo */
  place(event) {
    const box = this.sheet.getBoundingClientRect();
    const x = ((event.clientX - box.left) / box.width) * this.width;
    const y = ((event.clientY - box.top) / box.height) * this.height;
    return [round(Math.min(Math.max(x, 0), this.width)), round(Math.min(Math.max(y, 0), this.height))];
  }

  /** Begins to drag the photo with the mouse; touch scrolls by itself. @param {PointerEvent} event */
  hold(event) {
    if (event.pointerType !== "mouse") return;
    const { scrollLeft: left, scrollTop: top } = this.scroller;
    const [x, y] = [event.clientX, event.clientY];
    const go = (/** @type {PointerEvent} */ moved) => this.scroller.scrollTo(left - moved.clientX + x, top - moved.clientY + y);
    const end = () => removeEventListener("pointermove", go);
    addEventListener("pointermove", go);
    addEventListener("pointerup", end, { once: true });
  }

  #middle() {
    const scale = this.sheet.getBoundingClientRect().width / this.width || 1;
    const { scrollLeft, scrollTop, clientWidth, clientHeight } = this.scroller;
    return [(scrollLeft + clientWidth / 2) / scale, (scrollTop + clientHeight / 2) / scale];
  }
}

/** To tenths. @param {number} value */
export function round(value) {
  return Math.round(value * 10) / 10;
}
