// The Direction's form: sliders and numbers as one, neutral points, dots for what differs, rigs and lights, and positions
// that survive a reload (sessionStorage, under a key that names the Direction it began from).

/** @param {string} id */
const data = (id) => JSON.parse(document.getElementById(id)?.textContent || "{}");

/** @typedef {Record<string, any>} Tree */

export class DirectionForm {
  /** @param {HTMLFormElement} form */
  constructor(form) {
    this.form = form;
    /** @type {Tree} */
    this.base = data("base-direction");
    /** @type {Tree} */
    this.rigs = data("rigs");
    this.lights = /** @type {HTMLElement} */ (form.querySelector("[data-lights]"));
    this.restore();
    form.querySelectorAll("[data-field]").forEach((field) => this.dress(field));
    form.addEventListener("input", (event) => this.changed(event));
    form.addEventListener("dblclick", (event) => this.toNeutral(event));
    form.addEventListener("click", (event) => this.pressed(event));
    form.querySelectorAll("details[data-panel]").forEach((panel) => this.rememberFold(/** @type {HTMLDetailsElement} */ (panel)));
    this.refresh();
  }

  /** The plate and place that the form began with, as its choice says it. */
  get plateOfBase() {
    const plate = this.base.plate;
    return typeof plate === "string" ? plate : plate ? `${plate.sha256} ${plate.anchor}` : "";
  }

  get key() {
    return this.form.dataset.key ?? "desk";
  }

  /** @param {Event} event */
  changed(event) {
    const input = /** @type {HTMLInputElement} */ (event.target);
    const field = input.closest("[data-field]");
    if (input.type === "range" && field) numberOf(field).value = input.value;
    else if (input.name === "rig.name") this.takeRig(input.value);
    if (field) this.dress(field);
    this.refresh();
    this.keep();
  }

  /** @param {Event} event */
  toNeutral(event) {
    const field = /** @type {HTMLElement} */ (event.target).closest("[data-neutral]");
    if (!(field instanceof HTMLElement) || !/** @type {HTMLElement} */ (event.target).closest(".slider, label")) return;
    numberOf(field).value = field.dataset.neutral ?? "0";
    this.dress(field);
    this.refresh();
    this.keep();
  }

  /** @param {Event} event */
  pressed(event) {
    const button = /** @type {HTMLElement} */ (event.target).closest("button");
    if (!button || button.type !== "button") return;
    if (button.matches("[data-removes-light]")) button.closest("[data-light]")?.remove();
    else if (button.matches("[data-adds-light]")) this.addLight({ name: `light ${this.lights.children.length + 1}` });
    else if (button.matches("[data-new-seed]")) this.set("seed", String(Math.floor(Math.random() * 2 ** 31)));
    else if (button.matches("[data-resets]")) return this.takeBase();
    else return;
    this.number();
    this.refresh();
    this.keep();
  }

  /** @param {Element} field slider, neutral mark and number follow the number's value */
  dress(field) {
    const number = /** @type {HTMLInputElement | null} */ (field.querySelector("input[type=number]"));
    const range = /** @type {HTMLInputElement | null} */ (field.querySelector("input[type=range]"));
    if (!number || !range) return;
    range.value = number.value;
    const [low, high] = [Number(range.min), Number(range.max)];
    const neutral = Number(/** @type {HTMLElement} */ (field).dataset.neutral ?? low);
    range.parentElement?.style.setProperty("--neutral", String((neutral - low) / (high - low)));
    range.parentElement?.style.setProperty("--at", String((Number(number.value) - low) / (high - low)));
  }

  /** Dots, engine-bound panels, and the undo button. */
  refresh() {
    const base = leaves(this.base);
    for (const field of this.form.querySelectorAll("[data-field]")) {
      const input = named(field);
      const before = base[this.pathByName(input.name)];
      const dot = /** @type {HTMLElement | null} */ (field.querySelector(".dot"));
      if (dot) dot.hidden = before !== undefined && same(before, input.value);
    }
    const engine = String(new FormData(this.form).get("engine"));
    for (const part of /** @type {NodeListOf<HTMLElement>} */ (this.form.querySelectorAll("[data-engine]"))) {
      part.hidden = !part.dataset.engine?.split(" ").includes(engine);
    }
    let any = false;
    for (const panel of /** @type {NodeListOf<HTMLElement>} */ (this.form.querySelectorAll("[data-panel]"))) {
      let differs = [...panel.querySelectorAll(".direction-field .dot")].some((dot) => !(/** @type {HTMLElement} */ (dot).hidden));
      if (panel.dataset.panel === "plate") differs = !panel.hidden && String(new FormData(this.form).get("plate") ?? "") !== this.plateOfBase;
      if (panel.dataset.panel === "light") differs ||= this.lights.children.length !== (this.base.rig?.lights?.length ?? 0);
      const dot = /** @type {HTMLElement | null} */ (panel.querySelector("summary .dot"));
      if (dot) dot.hidden = !differs;
      any ||= differs;
    }
    const undo = /** @type {HTMLElement | null} */ (this.form.querySelector("[data-resets]"));
    if (undo) undo.hidden = !any;
  }

  /** A light's path by its name, as differences are told. @param {string} name */
  pathByName(name) {
    const match = /^rig\.lights\.(\d+)\.(.+)$/.exec(name);
    if (!match) return name;
    const light = /** @type {HTMLInputElement | null} */ (this.form.querySelector(`[name="rig.lights.${match[1]}.name"]`));
    return `rig.lights.${light?.value}.${match[2]}`;
  }

  /** @param {string} name a named rig's lights replace the ones there are */
  takeRig(name) {
    const rig = this.rigs[name];
    if (!rig) return;
    this.set("rig.ambient_ev", String(rig.ambient_ev));
    this.takeLights(rig.lights);
  }

  /** @param {Tree[]} lights */
  takeLights(lights) {
    this.lights.replaceChildren();
    for (const light of lights) this.addLight(light);
    this.number();
  }

  /** @param {Tree} light */
  addLight(light) {
    const template = /** @type {HTMLTemplateElement} */ (document.getElementById("light-template"));
    const made = /** @type {DocumentFragment} */ (template.content.cloneNode(true));
    for (const input of /** @type {NodeListOf<HTMLInputElement>} */ (made.querySelectorAll("[name]"))) {
      const value = light[input.name.split(".").pop() ?? ""];
      if (value !== undefined) input.value = String(value);
    }
    this.lights.append(made);
    this.lights.lastElementChild?.querySelectorAll("[data-field]").forEach((field) => this.dress(field));
  }

  /** Names, ids and labels by each light's place. */
  number() {
    [...this.lights.children].forEach((light, place) => {
      /** @type {HTMLElement} */ (light).dataset.light = String(place);
      for (const input of /** @type {NodeListOf<HTMLInputElement>} */ (light.querySelectorAll("[name]"))) {
        input.name = input.name.replace(/^rig\.lights\.\d+/, `rig.lights.${place}`);
        const field = /** @type {HTMLElement | null} */ (input.closest("[data-field]"));
        if (!field) continue;
        field.dataset.field = input.name;
        input.id = `field-${input.name.replaceAll(/[._]/g, "-")}`;
        const label = field.querySelector("label");
        if (label) label.htmlFor = input.id;
      }
    });
  }

  /** @param {string} name @param {string} value */
  set(name, value) {
    const input = /** @type {HTMLInputElement | null} */ (this.form.querySelector(`[name="${CSS.escape(name)}"]`));
    if (!input) return;
    if (input.type === "radio") {
      for (const choice of /** @type {NodeListOf<HTMLInputElement>} */ (this.form.querySelectorAll(`[name="${CSS.escape(name)}"]`))) choice.checked = choice.value === value;
      return;
    }
    input.value = value;
    const field = input.closest("[data-field]");
    if (field) this.dress(field);
  }

  takeBase() {
    this.takeLights(this.base.rig.lights);
    this.set("plate", this.plateOfBase);
    for (const [path, value] of Object.entries(leaves(this.base))) {
      if (!path.startsWith("rig.lights.")) this.set(path, String(value));
    }
    sessionStorage.removeItem(this.key);
    this.refresh();
  }

  keep() {
    const kept = [...new FormData(this.form)].filter(([name]) => !["csrfmiddlewaretoken", "parent"].includes(name));
    sessionStorage.setItem(this.key, JSON.stringify(kept));
  }

  restore() {
    /** @type {[string, string][]} */
    const kept = JSON.parse(sessionStorage.getItem(this.key) ?? "[]");
    if (!kept.length) return;
    /** @type {Tree[]} */
    const lights = [];
    for (const [name, value] of kept) {
      const match = /^rig\.lights\.(\d+)\.(.+)$/.exec(name);
      if (match) (lights[Number(match[1])] ??= {})[match[2]] = value;
      else this.set(name, value);
    }
    if (lights.length) this.takeLights(lights);
  }

  /** The Direction was run: it is what later changes are told against. @param {number} direction */
  ran(direction) {
    sessionStorage.removeItem(this.key);
    this.form.dataset.key = this.key.replace(/:\d+$/, `:${direction}`);
    this.set("parent", String(direction));
    this.set("note", "");
    this.base = tree(new FormData(this.form));
    const begins = this.form.querySelector(".begins");
    if (begins?.firstChild) begins.firstChild.textContent = "Begins from the direction just run";
    this.refresh();
  }

  /** @param {Record<string, string[]>} errors messages by path; the first field is shown and focused */
  showErrors(errors) {
    for (const field of this.form.querySelectorAll("[data-field]")) {
      const input = named(field);
      const words = errors[input.name]?.join(" ") ?? "";
      const error = /** @type {HTMLElement | null} */ (field.querySelector(".error"));
      if (error) [error.textContent, error.hidden] = [words, !words];
      input.toggleAttribute("aria-invalid", Boolean(words));
    }
    // A part as a whole (the plate, the rig) has its words where its choice stands.
    for (const place of /** @type {NodeListOf<HTMLElement>} */ (this.form.querySelectorAll("[data-part-error]"))) {
      const words = errors[place.dataset.partError ?? ""]?.join(" ") ?? "";
      [place.textContent, place.hidden] = [words, !words];
      if (words) place.closest("details")?.setAttribute("open", "");
    }
    const first = /** @type {HTMLElement | null} */ (this.form.querySelector("[aria-invalid]"));
    first?.closest("details")?.setAttribute("open", "");
    first?.focus();
  }

  /** @param {HTMLDetailsElement} panel */
  rememberFold(panel) {
    // On a narrow screen all begin folded: the picture and its check come first there.
    const narrow = matchMedia("(width < 1080px)").matches;
    const key = `desk-panel:${narrow ? "narrow:" : ""}${panel.dataset.panel}`;
    const kept = localStorage.getItem(key);
    if (kept || narrow) panel.open = kept === "open";
    panel.addEventListener("toggle", () => localStorage.setItem(key, panel.open ? "open" : "closed"));
  }
}

/** @param {Element} field */
function named(field) {
  return /** @type {HTMLInputElement} */ (field.querySelector("[name]"));
}

/** @param {Element} field */
function numberOf(field) {
  return /** @type {HTMLInputElement} */ (field.querySelector("input[type=number]"));
}

/** @param {any} a @param {string} b */
function same(a, b) {
  return typeof a === "number" ? Math.abs(a - Number(b)) < 1e-9 : String(a) === b;
}

/** @param {any} value @param {string} path @returns {Tree} lights by their names */
function leaves(value, path = "") {
  if (value === null || typeof value !== "object") return { [path]: value };
  /** @type {[string, any][]} */
  const pairs = Array.isArray(value) ? value.map((item, i) => [item?.name ?? String(i), item]) : Object.entries(value);
  return Object.assign({}, ...pairs.map(([key, item]) => leaves(item, path ? `${path}.${key}` : key)));
}

/** @param {FormData} form @returns {Tree} */
function tree(form) {
  /** @type {Tree} */
  const made = {};
  for (const [name, value] of form) {
    if (["csrfmiddlewaretoken", "parent", "note"].includes(name)) continue;
    const parts = name.split(".");
    /** @type {any} */
    let place = made;
    parts.slice(0, -1).forEach((part, i) => (place = place[part] ??= /^\d+$/.test(parts[i + 1]) ? [] : {}));
    const number = Number(value);
    place[parts[parts.length - 1]] = value !== "" && Number.isFinite(number) ? number : value;
  }
  return made;
}
