// A shot's live line: a socket that comes back by itself, and polling where sockets don't get through.
// Dispatches "truth", "state", "progress", "preview" and "line" (detail: "live" | "polling" | "closed").

const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 15000;
const POLL_MS = 3000;
/** Close codes after which asking again is no use: logged out, not allowed, not there. */
const REFUSALS = new Set([4401, 4403, 4404]);

export class ShotLive extends EventTarget {
  /**
   * @param {string} socketPath e.g. "/ws/shots/3/"
   * @param {string} truthUrl answers the same truth as the socket, by HTTP
   */
  constructor(socketPath, truthUrl) {
    super();
    this.socketUrl = `${location.protocol === "https:" ? "wss" : "ws"}://${location.host}${socketPath}`;
    this.truthUrl = truthUrl;
    this.wait = FIRST_WAIT_MS;
    /** @type {number | undefined} */
    this.poll = undefined;
    this.connect();
  }

  connect() {
    const socket = new WebSocket(this.socketUrl);
    socket.addEventListener("open", () => {
      this.wait = FIRST_WAIT_MS;
      this.stopPolling();
      this.tell("line", "live");
    });
    socket.addEventListener("message", (event) => this.take(JSON.parse(event.data)));
    socket.addEventListener("close", (event) => {
      if (REFUSALS.has(event.code)) return this.tell("line", "closed");
      this.startPolling();
      setTimeout(() => this.connect(), this.wait * (0.75 + Math.random() / 2));
      this.wait = Math.min(this.wait * 2, LONGEST_WAIT_MS);
    });
  }

  /** @param {{type: string}} message */
  take(message) {
    this.tell(message.type, message);
  }

  /** @param {string} name @param {unknown} detail */
  tell(name, detail) {
    this.dispatchEvent(new CustomEvent(name, { detail }));
  }

  startPolling() {
    if (this.poll !== undefined) return;
    this.tell("line", "polling");
    this.poll = window.setInterval(() => this.ask(), POLL_MS);
  }

  stopPolling() {
    window.clearInterval(this.poll);
    this.poll = undefined;
  }

  async ask() {
    try {
      const answer = await fetch(this.truthUrl, { headers: { Accept: "application/json" }, redirect: "manual" });
      if (answer.ok) this.take(await answer.json());
      else if (answer.status === 403 || answer.status === 404 || answer.type === "opaqueredirect") {
        this.stopPolling();
        this.tell("line", "closed");
      }
    } catch {
      // The network is away: the next poll asks again.
    }
  }
}
