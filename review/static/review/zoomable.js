// One OpenSeadragon viewer over one picture, in image pixels: what the viewer and the comparison both stand on.

/** @typedef {import("./viewer-types.js").Picture} Picture */

/** @returns {typeof OpenSeadragon} */
function library() {
  if (!document.querySelector("style[data-openseadragon-mobile-css]")) {
    // The library adds an inline style unless it finds its own, and the page's policy forbids one. An element of that
    // name outside HTML is found and styles nothing; what the rule would do for touch, :focus-visible does here.
    const stand = document.createElementNS(null, "style");
    stand.setAttribute("data-openseadragon-mobile-css", "");
    document.head.append(stand);
  }
  return /** @type {any} */ (window).OpenSeadragon;
}

export class Zoomable {
  /**
   * @param {HTMLElement} element the box it fills
   * @param {Picture} picture
   * @param {boolean} follows whether another viewer leads it, so that nothing holds its view back
   */
  constructor(element, picture, follows = false) {
    this.element = element;
    this.picture = picture;
    this.follows = follows;
    const still = window.matchMedia("(prefers-reduced-motion: reduce)").matches;
    this.viewer = library()(
      /** @type {any} */ ({
        element,
        tileSources: { type: "image", url: picture.url },
        drawer: "canvas",
        showNavigationControl: false,
        animationTime: still ? 0 : 0.15,
        springStiffness: 12,
        zoomPerScroll: 1.25,
        zoomPerClick: 1,
        visibilityRatio: follows ? 0 : 0.2,
        minZoomImageRatio: follows ? 0.001 : 0.7,
        maxZoomPixelRatio: follows ? 1000 : 16,
        gestureSettingsMouse: { clickToZoom: false, dblClickToZoom: true },
        gestureSettingsTouch: { pinchRotate: false },
        gestureSettingsPen: { clickToZoom: false },
      }),
    );
    // The library's own letters (R turns, F flips, WASD moves) would take ours.
    this.viewer.addHandler("canvas-key", (/** @type {any} */ event) => {
      if (/^[a-z01]$/i.test(event.originalEvent.key)) event.preventDefaultAction = true;
    });
    const canvas = /** @type {HTMLElement} */ (/** @type {any} */ (this.viewer).canvas);
    canvas.setAttribute("role", "img");
    canvas.setAttribute("aria-label", `${picture.label}: arrow keys move, plus and minus zoom`);
    this.viewer.addHandler("animation", () => this.#sharpenPixels());
    this.viewer.addHandler("resize", () => this.#sharpenPixels());
  }

  /** @param {() => void} act runs once the picture is there, now or later */
  whenOpen(act) {
    if (this.viewer.world.getItemCount()) act();
    else this.viewer.addOnceHandler("open", act);
  }

  /** @param {() => void} act runs whenever what is seen moves */
  onMove(act) {
    for (const name of ["animation", "animation-finish", "resize", "open"]) {
      this.viewer.addHandler(/** @type {any} */ (name), act);
    }
  }

  get isOpen() {
    return this.viewer.world.getItemCount() > 0;
  }

  /** Screen pixels for one image pixel. */
  get scale() {
    return (this.viewer.viewport.getZoom(true) * this.element.clientWidth) / this.picture.width;
  }

  /** The image pixel in the middle of the box. */
  get centre() {
    const middle = this.viewer.viewport.getCenter(true);
    return { x: middle.x * this.picture.width, y: middle.y * this.picture.width };
  }

  /**
   * @param {{ x: number, y: number }} centre in image pixels
   * @param {number} scale screen pixels for one image pixel
   * @param {boolean} [atOnce]
   */
  look(centre, scale, atOnce = false) {
    const Point = library().Point;
    const viewport = this.viewer.viewport;
    viewport.zoomTo((scale * this.picture.width) / Math.max(1, this.element.clientWidth), undefined, atOnce);
    viewport.panTo(new Point(centre.x / this.picture.width, centre.y / this.picture.width), atOnce);
    if (!this.follows && !atOnce) viewport.applyConstraints();
  }

  /**
   * @param {number} x in image pixels
   * @param {number} y
   * @returns {{ x: number, y: number }} CSS pixels in the box
   */
  toBox(x, y) {
    const item = this.viewer.world.getItemAt(0);
    return item.imageToViewerElementCoordinates(new (library().Point)(x, y));
  }

  /**
   * @param {number} x CSS pixels in the box
   * @param {number} y
   * @returns {{ x: number, y: number }} image pixels, held inside the picture
   */
  toImage(x, y) {
    const item = this.viewer.world.getItemAt(0);
    const at = item.viewerElementToImageCoordinates(new (library().Point)(x, y));
    return {
      x: Math.min(Math.max(at.x, 0), this.picture.width),
      y: Math.min(Math.max(at.y, 0), this.picture.height),
    };
  }

  fit() {
    this.viewer.viewport.goHome();
  }

  /** Whether the whole picture is shown as large as its box allows. */
  get isFit() {
    const viewport = this.viewer.viewport;
    return this.isOpen && Math.abs(viewport.getZoom() / viewport.getHomeZoom() - 1) < 0.02;
  }

  /** Takes up the box's new size at once, and fits again where the picture was fitted before. @param {boolean} fit */
  resize(fit) {
    // The library scales its view when it takes up a size, after it has told of it: the fit comes a frame later.
    if (fit) this.viewer.addOnceHandler("resize", () => window.requestAnimationFrame(() => this.viewer.viewport?.goHome(true)));
    /** @type {any} */ (this.viewer).forceResize();
  }

  /** @param {number} factor */
  zoomBy(factor) {
    this.viewer.viewport.zoomBy(factor);
    this.viewer.viewport.applyConstraints();
  }

  /** One image pixel on one device pixel. */
  actual() {
    this.look(this.centre, 1 / window.devicePixelRatio);
  }

  destroy() {
    this.viewer.destroy();
  }

  /** From two screen pixels a pixel on, pixels are shown as squares: what is there, and nothing smoothed over it. */
  #sharpenPixels() {
    if (!this.isOpen) return;
    /** @type {any} */ (this.viewer).drawer?.setImageSmoothingEnabled?.(this.scale * window.devicePixelRatio < 2);
  }
}
