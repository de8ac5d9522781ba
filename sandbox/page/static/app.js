/** The page: who one is, where one looks, and what comes in. */

import { Composer } from "./composer.js";
import { Drawer } from "./drawer.js";
import { Live } from "./live.js";
import { MessageList } from "./messages.js";
import { showModal } from "./modal.js";
import { Places } from "./places.js";
import { currentLocale, setLocale, words } from "./words.js";

const $ = (id) => document.getElementById(id);

class App {
  live = new Live();
  /** What the client knows: me, bot, people, guilds, dms, here, commands. */
  known = null;
  /** Channel id → {count, pings} of what was not seen yet. */
  unread = new Map();

  constructor() {
    setLocale(currentLocale());
    this.places = new Places(this);
    this.list = new MessageList(this);
    this.composer = new Composer(this);
    this.drawer = new Drawer(this);
    document.querySelector(".skip").addEventListener("click", (event) => {
      event.preventDefault();
      this.composer.focus();
    });
    this.live.on("open", () => this.enter(...this.#hash()));
    this.live.on("closed", () => { $("notice").textContent = words("lost"); });
    this.live.on("message", ({ message }) => this.#message(message));
    this.live.on("gone", ({ id }) => this.list.gone(id));
    this.live.on("status", (status) => this.#status(status));
    window.addEventListener("hashchange", () => {
      const [user, channel] = this.#hash();
      if (user !== this.known?.me.username || channel !== this.#channelName()) this.enter(user, channel);
    });
    this.live.connect();
  }

  /** Becomes someone, somewhere; without a channel, where one is. */
  async enter(user, channel = this.known?.here) {
    const known = await this.live.ask("be", { user, channel, locale: currentLocale() });
    if (this.known?.me.id !== known.me.id) this.unread.clear();
    this.known = known;
    this.unread.delete(known.here);
    $("notice").textContent = "";
    history.replaceState(null, "", `#${known.me.username}/${this.#channelName()}`);
    document.title = `${this.here.dm ? "@" : "#"}${this.here.name} · ${words("sandboxTitle")}`;
    document.querySelector(".skip").textContent = words("skip");
    this.places.draw();
    this.composer.enter();
    await this.list.load();
  }

  /** Goes on in another language. */
  async speak(locale) {
    setLocale(locale);
    await this.enter(this.known.me.username);
    this.drawer.draw();
  }

  get channels() {
    return [...this.known.guilds.flatMap((guild) => guild.channels), ...this.known.dms.map((dm) => ({ ...dm, dm: true }))];
  }

  get here() {
    return this.channels.find((channel) => channel.id === this.known.here);
  }

  /** The server that one looks at; null in direct messages. */
  get guild() {
    return this.known.guilds.find((guild) => guild.channels.some((channel) => channel.id === this.known.here)) ?? null;
  }

  /** Every account that this client has heard of. */
  get users() {
    const members = this.known.guilds.flatMap((guild) => guild.members.map((member) => member.user));
    return [...new Map([this.known.bot, ...this.known.people, ...members].map((user) => [user.id, user])).values()];
  }

  /** Does something with the bot; opens the form that it may answer with. Rejects as `live.ask` does. */
  async interact(what, about) {
    const answer = await this.live.ask(what, about);
    if (answer?.modal) showModal(answer.modal, this);
    return answer;
  }

  #hash() {
    const [user, channel] = decodeURIComponent(location.hash.slice(1)).split("/");
    return [user || "ann", channel || undefined];
  }

  #channelName() {
    return (this.here.dm ? "@" : "") + this.here.name;
  }

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

window.app = new App();
