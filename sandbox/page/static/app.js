/** The page: the current person and channel, and the events of the server. */

import { byId } from "./dom.js";
import { Composer } from "./composer.js";
import { Drawer } from "./drawer.js";
import { Live } from "./live.js";
import { MessageList } from "./messages.js";
import { showModal } from "./modal.js";
import { Places } from "./places.js";
import { currentLocale, setLocale, words } from "./words.js";

/** @import { Channel, Guild, Known, Message, Status, User } from "./types.js" */

/** Channel and message of a link to a message at Discord. */
const MESSAGE_LINK = /^https:\/\/discord\.com\/channels\/(?:@me|\d+)\/(\d+)\/(\d+)$/;

export class App {
  live = new Live();
  /** What the client knows; null until the server has sent it. */
  known = /** @type {Known} */ (/** @type {unknown} */ (null));
  /** How the bot is. @type {Status | null} */
  status = null;
  /** Unread messages and pings by channel id. */
  /** @type {Map<string, { count: number, pings: number }>} */
  unread = new Map();

  constructor() {
    setLocale(currentLocale());
    this.places = new Places(this);
    this.list = new MessageList(this);
    this.composer = new Composer(this);
    this.drawer = new Drawer(this);
    byId("skip").addEventListener("click", (event) => {
      event.preventDefault();
      this.composer.focus();
    });
    this.live.on("open", () => this.enter(...this.#hash()));
    this.live.on("closed", () => {
      byId("notice").textContent = words("lost");
    });
    this.live.on("message", ({ message }) => this.#message(message));
    this.live.on("gone", ({ id }) => this.list.gone(id));
    this.live.on("status", (status) => this.#status(status));
    window.addEventListener("hashchange", () => {
      const [user, channel] = this.#hash();
      if (user !== this.known?.me.username || channel !== this.#channelName()) this.enter(user, channel);
    });
    document.addEventListener("click", (event) => this.#follow(event));
    this.live.connect();
  }

  /**
   * Follows a link to a message as Discord's client does: within the page.
   *
   * @param {MouseEvent} event
   */
  async #follow(event) {
    const link = event.target instanceof Element ? event.target.closest("a") : null;
    const [, channel, message] = link?.href.match(MESSAGE_LINK) ?? [];
    if (!channel || !message || !this.channels.some((known) => known.id === channel)) return;
    event.preventDefault();
    if (channel !== this.known.here) await this.enter(this.known.me.username, channel);
    await this.list.jump(message);
  }

  /**
   * Switches to a person and channel; by default the current channel.
   *
   * @param {string} user
   * @param {string} [channel]
   */
  async enter(user, channel = this.known?.here) {
    const known = await this.live.ask("be", { user, channel, locale: currentLocale() });
    if (this.known?.me.id !== known.me.id) this.unread.clear();
    this.known = known;
    this.unread.delete(known.here);
    byId("notice").textContent = "";
    history.replaceState(null, "", `#${known.me.username}/${this.#channelName()}`);
    document.title = `${this.here.dm ? "@" : "#"}${this.here.name} · ${words("sandboxTitle")}`;
    byId("skip").textContent = words("skip");
    this.places.draw();
    this.composer.enter();
    await this.list.load();
  }

  /**
   * Switches to another language.
   *
   * @param {string} locale
   */
  async speak(locale) {
    setLocale(locale);
    await this.enter(this.known.me.username);
    this.drawer.draw();
  }

  /** @returns {Channel[]} */
  get channels() {
    return [
      ...this.known.guilds.flatMap((guild) => guild.channels),
      ...this.known.dms.map((dm) => ({ ...dm, dm: true })),
    ];
  }

  /** @returns {Channel} */
  get here() {
    const found = this.channels.find((channel) => channel.id === this.known.here);
    if (!found) throw new Error("The server names a channel that it has not sent.");
    return found;
  }

  /**
   * The current server; null in direct messages.
   *
   * @returns {Guild | null}
   */
  get guild() {
    return this.known.guilds.find((guild) => guild.channels.some((channel) => channel.id === this.known.here)) ?? null;
  }

  /**
   * Every account that this client knows.
   *
   * @returns {User[]}
   */
  get users() {
    const members = this.known.guilds.flatMap((guild) => guild.members.map((member) => member.user));
    return [...new Map([this.known.bot, ...this.known.people, ...members].map((user) => [user.id, user])).values()];
  }

  /**
   * Sends an interaction; if the bot answers with a form, opens it. Rejects as `live.ask` does.
   *
   * @param {string} what
   * @param {object} about
   */
  async interact(what, about) {
    const answer = await this.live.ask(what, about);
    if (answer?.modal) showModal(answer.modal, this);
    return answer;
  }

  /** @returns {[string, string | undefined]} */
  #hash() {
    const [user, channel] = decodeURIComponent(location.hash.slice(1)).split("/");
    return [user || "ann", channel || undefined];
  }

  #channelName() {
    return (this.here.dm ? "@" : "") + this.here.name;
  }

  /** @param {Message} message */
  #message(message) {
    if (!this.known) return;
    if (message.channel_id === this.known.here) {
      this.list.take(message);
      return;
    }
    const edited = message.edited_timestamp !== null;
    if (edited || message.author.id === this.known.me.id) return;
    const unread = this.unread.get(message.channel_id) ?? { count: 0, pings: 0 };
    const dm = this.known.dms.some(({ id }) => id === message.channel_id);
    unread.count += 1;
    unread.pings += dm || message.mentions.some(({ id }) => id === this.known.me.id) ? 1 : 0;
    this.unread.set(message.channel_id, unread);
    this.places.draw();
  }

  /** @param {Status} status */
  #status(status) {
    this.status = status;
    if (this.known && status.commands) {
      this.known.commands = status.commands;
      this.composer.offer();
    }
    if (this.known) this.places.draw();
    this.drawer.draw();
  }
}

// For the browser's console, and for tests.
Object.assign(window, { app: new App() });
