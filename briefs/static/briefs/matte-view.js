// <matte-view>: the cut piece on checker, dark or skin, or the photo itself, so that its edge can be judged.

class MatteView extends HTMLElement {
  connectedCallback() {
    this.addEventListener("click", (event) => {
      const button = event.target instanceof Element ? event.target.closest("button[data-ground]") : null;
      if (button instanceof HTMLButtonElement) this.#show(button.dataset.ground ?? "checker");
    });
  }

  /** @param {string} ground */
  #show(ground) {
    const figure = this.querySelector("figure");
    if (figure) figure.dataset.ground = ground;
    const isPhoto = ground === "photo";
    this.querySelector("[data-cutout]")?.toggleAttribute("hidden", isPhoto);
    this.querySelector("[data-photo]")?.toggleAttribute("hidden", !isPhoto);
    for (const button of this.querySelectorAll("button[data-ground]")) {
      button.setAttribute("aria-pressed", String(button.getAttribute("data-ground") === ground));
    }
  }
}

customElements.define("matte-view", MatteView);
