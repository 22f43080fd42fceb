// <plate-calibrate>: measuring a place on a plate. Two clicks in the picture set the two edges; the numbers beside it are
// the same by keyboard, and what is set in one shows in the other. Rows and places light each other.

class PlateCalibrate extends HTMLElement {
  connectedCallback() {
    this.picture = /** @type {HTMLElement | null} */ (this.querySelector("[data-picture]"));
    this.form = /** @type {HTMLFormElement | null} */ (this.querySelector("[data-measure]"));
    this.image = this.picture?.querySelector("img") ?? null;
    for (const row of this.querySelectorAll("[data-anchor-row]")) {
      const name = row.getAttribute("data-anchor-row") ?? "";
      row.addEventListener("pointerenter", () => this.#light(name, true));
      row.addEventListener("pointerleave", () => this.#light(name, false));
    }
    if (!this.form || !this.picture) return;
    this.picture.addEventListener("click", (event) => this.#click(event));
    this.form.addEventListener("input", () => this.#draw());
    this.form.querySelector("[data-clears]")?.addEventListener("click", () => this.#clear());
    this.#draw();
  }

  /** @param {string} name */
  #input(name) {
    return /** @type {HTMLInputElement} */ (this.form?.elements.namedItem(name));
  }

  /** @param {MouseEvent} event */
  #click(event) {
    if (!this.image) return;
    const box = this.image.getBoundingClientRect();
    const width = Number(this.image.getAttribute("width"));
    const height = Number(this.image.getAttribute("height"));
    // Pixel centres count from 0: the picture's left edge lies at -0.5.
    const x = ((event.clientX - box.left) / box.width) * width - 0.5;
    const y = ((event.clientY - box.top) / box.height) * height - 0.5;
    if (x < 0 || y < 0 || x > width - 1 || y > height - 1) return;
    // The third click moves the nearer of the two points.
    const point = !this.#input("x1").value ? 1 : !this.#input("x2").value ? 2 : this.#away(1, x, y) < this.#away(2, x, y) ? 1 : 2;
    this.#input(`x${point}`).value = x.toFixed(1);
    this.#input(`y${point}`).value = y.toFixed(1);
    this.#draw();
    if (point === 2) this.#input("width_mm").focus({ preventScroll: true });
  }

  /** @param {number} point @param {number} x @param {number} y */
  #away(point, x, y) {
    return Math.hypot(Number(this.#input(`x${point}`).value) - x, Number(this.#input(`y${point}`).value) - y);
  }

  #clear() {
    for (const name of ["x1", "y1", "x2", "y2"]) this.#input(name).value = "";
    this.#draw();
  }

  #draw() {
    const drawn = this.querySelector("[data-drawn]");
    const line = this.querySelector("[data-line]");
    if (!drawn || !line) return;
    /** @type {(string[] | null)[]} */
    const points = [1, 2].map((n) => {
      const [x, y] = [this.#input(`x${n}`).value, this.#input(`y${n}`).value];
      return x !== "" && y !== "" ? [x, y] : null;
    });
    drawn.toggleAttribute("hidden", !points[0] && !points[1]);
    points.forEach((point, i) => {
      const circle = this.querySelector(`[data-point="${i + 1}"]`);
      circle?.toggleAttribute("hidden", !point);
      if (point) [circle?.setAttribute("cx", point[0]), circle?.setAttribute("cy", point[1])];
    });
    const [a, b] = points;
    line.toggleAttribute("hidden", !(a && b));
    if (a && b) {
      line.setAttribute("x1", a[0]);
      line.setAttribute("y1", a[1]);
      line.setAttribute("x2", b[0]);
      line.setAttribute("y2", b[1]);
    }
  }

  /** @param {string} name @param {boolean} lit */
  #light(name, lit) {
    this.querySelector(`[data-anchor="${CSS.escape(name)}"]`)?.toggleAttribute("data-lit", lit);
  }
}

customElements.define("plate-calibrate", PlateCalibrate);
