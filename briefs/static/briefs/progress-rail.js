// <progress-rail> round a list of links to sections: marks the one that is being read.

class ProgressRail extends HTMLElement {
  connectedCallback() {
    const links = [...this.querySelectorAll("a")];
    const seen = new Map();
    this.observer = new IntersectionObserver(
      (entries) => {
        for (const entry of entries) seen.set(entry.target.id, entry.isIntersecting);
        const current = links.find((link) => seen.get(link.hash.slice(1))) ?? links[0];
        for (const link of links) {
          if (link === current) link.setAttribute("aria-current", "step");
          else link.removeAttribute("aria-current");
        }
      },
      { rootMargin: "-15% 0px -55% 0px" },
    );
    for (const link of links) {
      const section = document.getElementById(link.hash.slice(1));
      if (section) this.observer.observe(section);
    }
  }

  disconnectedCallback() {
    this.observer?.disconnect();
  }
}

customElements.define("progress-rail", ProgressRail);
