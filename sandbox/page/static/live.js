/** The socket to the page's server: requests that are answered, and events that come by themselves. */

/** The server's "no": `kind` is "refused" (the client would not send this) or "failed". */
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
 * Says why something failed.
 *
 * @param {unknown} error
 */
export const reason = (error) => (error instanceof Error ? error.message : String(error));

export class Live extends EventTarget {
  /** @type {WebSocket | null} */
  #socket = null;
  #next = 1;
  #waiting = new Map();

  /** Connects, and again whenever the connection is lost; "open" and "closed" tell. */
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
   * Asks the server to do something; rejects with `Refused`.
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
   * Calls `heard` with each event of a name.
   *
   * @param {string} name
   * @param {(detail: any) => void} heard
   */
  on(name, heard) {
    this.addEventListener(name, (event) => heard(/** @type {CustomEvent} */ (event).detail ?? {}));
  }

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
 * Sends a file ahead of the message or command that it goes with; returns its number.
 *
 * @param {File} file
 * @returns {Promise<string>}
 */
export async function upload(file) {
  const answer = await fetch(`/uploads?name=${encodeURIComponent(file.name)}`, { method: "POST", body: file });
  if (!answer.ok) throw new Refused("refused", `${file.name}: ${answer.status}`);
  return (await answer.json()).id;
}
