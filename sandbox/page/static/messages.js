/** The messages of the current channel, scrolled to the end unless the reader scrolled up. */

import { byId, find, focused } from "./dom.js";
import { openLightbox } from "./lightbox.js";
import { avatar, nameOf } from "./avatar.js";
import { make } from "./make.js";
import { renderMessage } from "./message/message.js";
import { tick } from "./message/time.js";
import { actions, aboutUser, listen } from "./actions.js";
import { icon } from "./icons.js";
import { plainText } from "./plain.js";
import { currentLocale, words } from "./words.js";

/**
 * @import { App } from "./app.js"
 * @import { Context, Message, User } from "./types.js"
 */

const PAGE = 50;
/** Within so many pixels of the end, the list stays at the end. */
const NEAR = 80;

export class MessageList {
  /** The messages shown by id, oldest first. */
  /** @type {Map<string, { message: Message, item: HTMLLIElement }>} */
  #shown = new Map();
  /** What is pending in messages, by id. */
  #working = new Map();
  #revealed = new Set();
  #more = false;
  #atEnd = true;
  /** How high the list was when it was last scrolled. */
  #height = 0;
  #nextLocal = 1;

  /** @param {App} app */
  constructor(app) {
    this.app = app;
    listen(this);
    byId("scroll").addEventListener("scroll", () => this.#scrolled(), { passive: true });
    new ResizeObserver(() => this.#atEnd && this.#toEnd()).observe(byId("messages"));
    new ResizeObserver(() => this.#atEnd && this.#toEnd()).observe(byId("scroll"));
    setInterval(() => this.app.known && tick(byId("messages"), this.context()), 1000);
  }

  /** Loads the newest messages of the current channel. */
  async load() {
    const { here } = this.app.known;
    const { messages, more } = await this.app.live.ask("history", { limit: PAGE });
    if (here !== this.app.known.here) return;
    this.#shown.clear();
    this.#working.clear();
    this.#more = more;
    byId("messages").setAttribute("aria-label", words("messagesIn", { name: this.app.here.name }));
    byId("messages").replaceChildren(this.#top());
    for (const message of messages) this.#add(message, byId("messages").lastElementChild);
    this.#atEnd = true;
    this.#toEnd();
  }

  async loadEarlier() {
    const first = this.#shown.values().next().value;
    const before = byId("scroll").scrollHeight - byId("scroll").scrollTop;
    const { messages, more } = await this.app.live.ask("history", { before: first?.message.id, limit: PAGE });
    this.#more = more;
    const old = [...this.#shown];
    this.#shown.clear();
    let last = byId("messages").firstElementChild;
    for (const message of messages) last = this.#add(message, last);
    for (const [id, entry] of old) this.#shown.set(id, entry);
    if (first) this.#render(first.message.id);
    byId("messages").firstElementChild?.replaceWith(this.#top());
    byId("scroll").scrollTop = byId("scroll").scrollHeight - before;
  }

  /**
   * Shows a message that has appeared or changed.
   *
   * @param {Message} message
   */
  take(message) {
    const entry = this.#shown.get(message.id);
    if (entry) {
      if (JSON.stringify(entry.message) === JSON.stringify(message)) return;
      const filled = entry.message.flags & 128 && !(message.flags & 128);
      entry.message = message;
      this.#working.delete(message.id);
      this.#render(message.id);
      if (filled) this.#announce(message);
      return;
    }
    const last = [...this.#shown.values()].at(-1);
    if (last && !last.message.local && BigInt(message.id) < BigInt(last.message.id)) {
      if (this.app.known) this.load();
      return;
    }
    const own = message.author.id === this.app.known.me.id;
    this.#add(message, byId("messages").lastElementChild);
    this.#announce(message);
    if (own || this.#atEnd) this.#toEnd();
    else this.#pill(true);
  }

  /**
   * Removes a message.
   *
   * @param {string} id
   */
  gone(id) {
    const entry = this.#shown.get(id);
    if (!entry) return;
    const next = this.#after(id);
    this.#shown.delete(id);
    this.#working.delete(id);
    const focused = entry.item.contains(document.activeElement);
    entry.item.remove();
    if (next) this.#render(next);
    if (focused) byId("scroll").focus();
  }

  /**
   * Shows a command that is being sent; returns callbacks for its outcome.
   *
   * @param {string} command
   */
  sending(command) {
    const id = `local-${this.#nextLocal++}`;
    const user = this.app.known.me;
    /** @type {Message} */
    const message = {
      id,
      type: 20,
      author: this.app.known.bot,
      channel_id: this.app.known.here,
      content: "",
      flags: 64,
      local: "sending",
      timestamp: new Date().toISOString(),
      edited_timestamp: null,
      mentions: [],
      attachments: [],
      embeds: [],
      components: [],
      interaction_metadata: { id: "0", name: command, type: 2, user },
    };
    const timer = setTimeout(() => {
      this.#add(message, byId("messages").lastElementChild);
      this.#toEnd();
    }, 150);
    return {
      done: () => {
        clearTimeout(timer);
        this.gone(id);
      },
      failed: () => {
        clearTimeout(timer);
        message.local = "failed";
        if (this.#shown.has(id)) this.#render(id);
        else this.#add(message, byId("messages").lastElementChild);
        this.#toEnd();
        this.#announce(message);
      },
    };
  }

  /** @param {string} id */
  get(id) {
    return this.#shown.get(id)?.message;
  }

  /** @param {User} user */
  aboutUser(user) {
    return aboutUser(user, this.app);
  }

  /**
   * Scrolls to a message and highlights it; loads a few earlier pages to find it.
   *
   * @param {string} id
   */
  async jump(id) {
    for (let tries = 0; !this.#shown.has(id) && this.#more && tries < 10; tries += 1) await this.loadEarlier();
    const article = this.#shown.get(id)?.item.querySelector("article");
    if (!article) return;
    article.scrollIntoView({ block: "center" });
    article.focus();
    article.classList.add("lit");
    setTimeout(() => article.classList.remove("lit"), 1500);
  }

  // --- drawing

  /**
   * @param {Message} message
   * @param {Element | null} after
   */
  #add(message, after) {
    const item = make("li");
    after?.after(item);
    this.#shown.set(message.id, { message, item });
    this.#render(message.id);
    return item;
  }

  /** @param {string} id */
  #render(id) {
    const entry = this.#shown.get(id);
    if (!entry) return;
    const { message, item } = entry;
    const previous = this.#before(id);
    const focus = focusIn(item);
    const article = renderMessage(message, this.context(message));
    if (isGrouped(message, previous)) article.dataset.grouped = "";
    article.tabIndex = -1;
    if (!message.local) article.append(actions(message, this));
    const day = dayOf(message);
    const parted = previous && dayOf(previous) !== day;
    item.replaceChildren(...(parted ? [make("div", { class: "day", text: dayText(message) })] : []), article);
    refocus(item, focus);
  }

  /**
   * Returns what rendering needs to know; with `message` also what is pending in it.
   *
   * @param {Message} [message]
   * @returns {Context}
   */
  context(message) {
    const { app } = this;
    const working = message ? this.#working.get(message.id) : undefined;
    return {
      now: Date.now,
      me: app.known.me.id,
      name: (kind, id) => this.#name(kind, id),
      command: (name, id) => app.composer.starter(name, id),
      states: working?.states ?? new Map(),
      chosen: (key) => working?.chosen.get(key),
      revealed: this.#revealed,
      people: () => app.users,
      roles: () => app.guild?.roles ?? [],
      channels: () => app.guild?.channels ?? [],
      onPress: (about, part) => this.#press(about, part),
      onSelect: (about, part, values) => this.#select(about, part, values),
      onImage: (items, index) => openLightbox(items, index),
      onReply: (target) => this.jump(target),
      onDismiss: (about) => {
        this.gone(about.id);
        if (!about.local) app.live.ask("dismiss", { message: about.id });
      },
    };
  }

  /**
   * @param {string} kind
   * @param {string} id
   */
  #name(kind, id) {
    const { app } = this;
    if (kind === "user") {
      const user = app.users.find((each) => each.id === id);
      return user ? nameOf(user) : undefined;
    }
    const guilds = app.known.guilds;
    if (kind === "role") return guilds.flatMap((guild) => guild.roles).find((role) => role.id === id)?.name;
    return app.channels.find((channel) => channel.id === id)?.name;
  }

  /**
   * @param {Message} message
   * @param {any} part
   */
  #press(message, part) {
    return this.#act(message, part.custom_id, () =>
      this.app.interact("press", { message: message.id, custom_id: part.custom_id }),
    );
  }

  /**
   * @param {Message} message
   * @param {any} part
   * @param {string[]} values
   */
  #select(message, part, values) {
    this.#work(message.id).chosen.set(part.custom_id, values);
    return this.#act(message, part.custom_id, () =>
      this.app.interact("choose", { message: message.id, custom_id: part.custom_id, values }),
    );
  }

  /**
   * @param {Message} message
   * @param {string} key
   * @param {() => Promise<unknown>} act
   */
  async #act(message, key, act) {
    const { states } = this.#work(message.id);
    if (states.get(key) === "pending") return;
    /** @param {any} state */
    const set = (state) => {
      if (state) states.set(key, state);
      else states.delete(key);
      if (this.#shown.has(message.id)) this.#render(message.id);
    };
    states.clear();
    set("pending");
    try {
      await act();
      set(null);
    } catch (error) {
      set("failed");
      this.say(words("interactionFailed"));
    }
  }

  /** @param {string} id */
  #work(id) {
    if (!this.#working.has(id)) this.#working.set(id, { states: new Map(), chosen: new Map() });
    return this.#working.get(id);
  }

  /** @param {string} id */
  #before(id) {
    /** @type {Message | null} */
    let previous = null;
    for (const [key, { message }] of this.#shown) {
      if (key === id) return previous;
      previous = message;
    }
    return previous;
  }

  /** @param {string} id */
  #after(id) {
    const ids = [...this.#shown.keys()];
    return ids[ids.indexOf(id) + 1] ?? null;
  }

  #top() {
    const { here, known } = this.app;
    const item = make("li");
    if (this.#more) {
      item.append(
        make("button", {
          type: "button",
          class: "button earlier",
          text: words("earlier"),
          onclick: () => this.loadEarlier(),
        }),
      );
      return item;
    }
    const title = here.dm ? here.name : words("welcome", { name: here.name });
    const mark = here.dm ? avatar(known.bot, 68) : make("div", { class: "mark" }, icon("hash", 42));
    item.append(
      make(
        "div",
        { class: "welcome" },
        mark,
        make("h2", { text: title }),
        make("p", {}, `${words("youAre")} ${nameOf(known.me)}`, ...this.#others()),
        make(
          "p",
          {},
          this.#link(words("breakThings"), () => this.app.drawer.toggle(true)),
          `: ${words("breakWhat")}`,
        ),
        make("p", { text: words(here.bot || here.dm ? "tryIt" : "tryNoBot") }),
      ),
    );
    return item;
  }

  /** A button for each other person, to act as them. */
  #others() {
    const { me, people } = this.app.known;
    return people
      .filter(({ id }) => id !== me.id)
      .flatMap((person) => [
        " · ",
        this.#link(words("beThem", { name: nameOf(person) }), () => this.app.enter(person.username)),
      ]);
  }

  /**
   * @param {string} text
   * @param {() => void} onclick
   */
  #link(text, onclick) {
    return make("button", { type: "button", class: "act", text, onclick });
  }

  // --- scrolling, and screen readers

  #scrolled() {
    const box = byId("scroll");
    const grown = box.scrollHeight !== this.#height;
    this.#height = box.scrollHeight;
    // The event comes late: what has grown since is no sign that the reader scrolled up.
    if (grown && this.#atEnd) return;
    this.#atEnd = box.scrollHeight - box.scrollTop - box.clientHeight < NEAR;
    if (this.#atEnd) this.#pill(false);
  }

  #toEnd() {
    this.#atEnd = true;
    byId("scroll").scrollTop = byId("scroll").scrollHeight;
    this.#pill(false);
  }

  /** @param {boolean} wanted */
  #pill(wanted) {
    find(".news")?.remove();
    if (!wanted) return;
    byId("composer").prepend(
      make("button", { type: "button", class: "news", text: words("newMessages"), onclick: () => this.#toEnd() }),
    );
  }

  /** @param {Message} message */
  #announce(message) {
    if (message.author.id === this.app.known.me.id) return;
    const name = nameOf(message.author);
    this.say(words("says", { name, text: plainText(message, (kind, id) => this.#name(kind, id)) }));
  }

  /**
   * Announces a text to screen readers.
   *
   * @param {string} text
   */
  say(text) {
    byId("announcer").textContent = text;
  }
}

/** @param {Message} message */
const dayOf = (message) => new Date(message.timestamp).toDateString();

/** @param {Message} message */
const dayText = (message) =>
  new Intl.DateTimeFormat(currentLocale(), { dateStyle: "long" }).format(new Date(message.timestamp));

const ALIKE = 7 * 60 * 1000;

/**
 * Returns whether a message continues the one above: the same author, soon after.
 *
 * @param {Message} message
 * @param {Message | null} previous
 */
function isGrouped(message, previous) {
  if (
    !previous ||
    previous.author.id !== message.author.id ||
    message.message_reference ||
    message.interaction_metadata
  )
    return false;
  const alike = (previous.flags & 64) === (message.flags & 64) && dayOf(previous) === dayOf(message);
  return alike && Date.parse(message.timestamp) - Date.parse(previous.timestamp) < ALIKE;
}

/**
 * Returns where the focus is in a message, to restore it after a redraw.
 *
 * @param {HTMLElement} item
 */
function focusIn(item) {
  const element = focused();
  if (!element || !item.contains(element)) return null;
  return element.dataset.customId ?? element.dataset.key ?? element.tagName;
}

/**
 * @param {HTMLElement} item
 * @param {string | null} focus
 */
function refocus(item, focus) {
  if (!focus) return;
  const name = CSS.escape(focus);
  const same = find(`:is([data-custom-id="${name}"], [data-key="${name}"]):not(:disabled)`, item);
  (same ?? find("article", item))?.focus({ preventScroll: true });
}
