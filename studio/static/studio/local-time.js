// <local-time datetime="..." data-style="short|long|day|ago">: a moment in the reader's own zone; the server's words in UTC
// stand there until then, and stay as the tooltip.

/** @type {Record<string, Intl.DateTimeFormatOptions>} */
const STYLES = {
  short: { day: "numeric", month: "short", hour: "2-digit", minute: "2-digit" },
  long: { weekday: "long", day: "numeric", month: "long", year: "numeric", hour: "2-digit", minute: "2-digit" },
  day: { day: "numeric", month: "short", year: "numeric" },
};
/** @type {[Intl.RelativeTimeFormatUnit, number][]} */
const UNITS = [
  ["day", 86400],
  ["hour", 3600],
  ["minute", 60],
];

class LocalTime extends HTMLElement {
  connectedCallback() {
    const moment = new Date(this.getAttribute("datetime") ?? "");
    if (Number.isNaN(moment.getTime())) return;
    const language = document.documentElement.lang === "en" ? "en-GB" : document.documentElement.lang;
    this.title = this.textContent ?? "";
    const style = this.dataset.style ?? "short";
    const seconds = (moment.getTime() - Date.now()) / 1000;
    if (style === "ago" && Math.abs(seconds) < 7 * 86400) {
      const [unit, length] = UNITS.find(([, long]) => Math.abs(seconds) >= long) ?? ["second", 1];
      this.textContent =
        unit === "second"
          ? "just now"
          : new Intl.RelativeTimeFormat(language, { numeric: "auto" }).format(Math.round(seconds / length), unit);
      return;
    }
    this.textContent = new Intl.DateTimeFormat(language, STYLES[style] ?? STYLES.short).format(moment);
  }
}

customElements.define("local-time", LocalTime);
