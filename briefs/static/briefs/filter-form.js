// <filter-form>: a form of filters that shows its answer as soon as one is changed; the address keeps what was asked.

class FilterForm extends HTMLElement {
  connectedCallback() {
    const form = this.querySelector("form");
    form?.addEventListener("change", () => {
      const asked = new URLSearchParams();
      for (const [name, value] of new FormData(form)) if (value) asked.set(name, String(value));
      window.location.search = asked.toString();
    });
  }
}

customElements.define("filter-form", FilterForm);
