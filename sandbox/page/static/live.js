/** The socket to the page's server: requests with answers, and events. */

/** An error from the server. `kind`: "refused" (Discord's client would not send this), "failed" or "lost". */
export class Refused extends Error {
  /**
   * @param {string} kind
   * @param {string} text
   */
  constructor(kind, text) {
    super(text);
    this.kind = kind;
  }
}

/**
 * Returns why something failed.
 *
 * @param {unknown} error
 */
export const reason = (error) => (error instanceof Error ? error.message : String(error));

export class Live extends EventTarget {
  /** @type {WebSocket | null} */
  #socket = null;
  #next = 1;
  #waiting = new Map();

  /** Connects, and reconnects when the connection is lost; fires "open" and "closed". */
  connect() {
    const socket = new WebSocket(`ws://${location.host}/live`);
    socket.addEventListener("open", () => {
      this.#socket = socket;
      this.dispatchEvent(new Event("open"));
    });
    socket.addEventListener("message", (event) => this.#take(JSON.parse(event.data)));
    socket.addEventListener("close", () => {
      this.#socket = null;
      for (const { reject } of this.#waiting.values()) reject(new Refused("lost", "connection lost"));
      this.#waiting.clear();
      this.dispatchEvent(new Event("closed"));
      setTimeout(() => this.connect(), 1000);
    });
  }

  /**
   * Sends a request to the server; rejects with `Refused`.
   *
   * @param {string} what
   * @param {object} [about]
   * @returns {Promise<any>}
   */
  ask(what, about = {}) {
    if (!this.#socket) return Promise.reject(new Refused("lost", "not connected"));
    const id = this.#next++;
    this.#socket.send(JSON.stringify({ id, do: what, with: about }));
    return new Promise((resolve, reject) => this.#waiting.set(id, { resolve, reject }));
  }

  /**
   * Calls `heard` with the details of each event with a name.
   *
   * @param {string} name
   * @param {(detail: any) => void} heard
   */
  on(name, heard) {
    this.addEventListener(name, (event) => heard(/** @type {CustomEvent} */ (event).detail ?? {}));
  }

  /** @param {any} data */
  #take(data) {
    if (data.event) {
      this.dispatchEvent(new CustomEvent(data.event, { detail: data }));
      return;
    }
    const waiting = this.#waiting.get(data.id);
    this.#waiting.delete(data.id);
    if (!waiting) return;
    if ("error" in data) waiting.reject(new Refused(data.error, data.text));
    else waiting.resolve(data.ok);
  }
}

/**
 * Uploads a file before the message or command that uses it; returns its id.
 *
 * @param {File} file
 * @returns {Promise<string>}
 */
export async function upload(file) {
  const answer = await fetch(`/uploads?name=${encodeURIComponent(file.name)}`, { method: "POST", body: file });
  if (!answer.ok) throw new Refused("refused", `${file.name}: ${answer.status}`);
  return (await answer.json()).id;
}
