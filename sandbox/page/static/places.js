/** Everything around the messages: servers, channels, account, header and members. */

import { around, byId, find, focused } from "./dom.js";
import { icon, iconButton } from "./icons.js";
import { openMenu } from "./menu.js";
import { avatar, nameOf } from "./avatar.js";
import { make } from "./make.js";
import { words } from "./words.js";

/**
 * @import { App } from "./app.js"
 * @import { Channel, User } from "./types.js"
 */

const MANAGE = 1n << 5n;

export class Places {
  /** @param {App} app */
  constructor(app) {
    this.app = app;
    document.addEventListener("keydown", (event) => {
      if (event.key === "Escape" && byId("side").dataset.open !== undefined) this.#openSide(false);
    });
    document.addEventListener("click", (event) => {
      if (!around(event, "#side, .open-side")) this.#openSide(false);
    });
  }

  /** Redraws everything around the messages; keeps the focus. */
  draw() {
    const key = focused()?.dataset.key;
    this.#rail();
    this.#channels();
    this.#account();
    this.#head();
    this.#members();
    if (key) find(`[data-key="${CSS.escape(key)}"]`)?.focus();
  }

  #rail() {
    const { app } = this;
    const { known, unread } = app;
    const pings = known.dms.reduce((sum, { id }) => sum + (unread.get(id)?.pings ?? 0), 0);
    const home = this.#server("home", icon("at", 24), words("directMessages"), known.dms[0].id, !app.guild, pings);
    const servers = known.guilds.map((guild) => {
      const letter = make("span", { text: [...guild.name][0], "aria-hidden": "true" });
      const inside = guild.channels.map(({ id }) => unread.get(id) ?? { count: 0, pings: 0 });
      const button = this.#server(
        guild.id,
        letter,
        guild.name,
        guild.channels[0].id,
        app.guild === guild,
        inside.reduce((sum, { pings: count }) => sum + count, 0),
      );
      if (inside.some(({ count }) => count)) button.dataset.unread = "";
      return button;
    });
    byId("rail").setAttribute("aria-label", words("servers"));
    byId("rail").replaceChildren(home, make("span", { class: "rail-line" }), ...servers);
  }

  /**
   * @param {string} key
   * @param {Node} mark
   * @param {string} name
   * @param {string} channel
   * @param {boolean} current
   * @param {number} pings
   */
  #server(key, mark, name, channel, current, pings) {
    const label = pings ? `${name}, ${pings}` : name;
    return make(
      "button",
      {
        type: "button",
        class: "server",
        title: name,
        "aria-label": label,
        data: { key: `server-${key}` },
        "aria-current": current && "true",
        onclick: () => current || this.app.enter(this.app.known.me.username, channel),
      },
      mark,
      pings ? make("span", { class: "badge", text: pings, "aria-hidden": "true" }) : null,
    );
  }

  #channels() {
    const { known, guild } = this.app;
    const nav = byId("channels");
    nav.setAttribute("aria-label", words("channels"));
    const title = make("h2", { text: guild ? guild.name : words("directMessages") });
    if (!guild) {
      nav.replaceChildren(title, make("ul", {}, ...known.dms.map((dm) => this.#dm(dm))));
      return;
    }
    const rows = guild.channels.map((channel) => this.#channel(channel));
    nav.replaceChildren(title, make("h3", { text: words("textChannels") }), make("ul", {}, ...rows));
  }

  /** @param {Channel} channel */
  #channel(channel) {
    const hint = channel.nsfw ? words("ageRestricted") : channel.bot ? null : words("noBot");
    const mark = channel.nsfw ? icon("warn") : channel.bot ? icon("hash") : icon("lock");
    return this.#row(channel, mark, hint);
  }

  /** @param {Channel} dm */
  #dm(dm) {
    return this.#row(dm, this.#presence(this.app.known.bot, 32), null);
  }

  /**
   * @param {Channel} channel
   * @param {Element} mark
   * @param {string | null} hint
   */
  #row(channel, mark, hint) {
    const { known, unread } = this.app;
    const news = unread.get(channel.id);
    const here = channel.id === known.here;
    const button = make(
      "button",
      {
        type: "button",
        class: "channel",
        title: hint,
        "aria-current": here && "page",
        data: { key: `channel-${channel.id}` },
        onclick: () => {
          this.#openSide(false);
          if (!here) this.app.enter(known.me.username, channel.id);
        },
      },
      mark,
      make("span", { class: "name", text: channel.name }),
      hint ? make("span", { class: "unseen", text: `, ${hint}` }) : null,
      news?.pings ? make("span", { class: "badge", text: news.pings }) : null,
    );
    if (news) button.dataset.unread = "";
    return make("li", {}, button);
  }

  #account() {
    const { me, people } = this.app.known;
    const names = people.map((person) => ({
      label: nameOf(person),
      hint: this.#role(person),
      picture: avatar(person, 24),
      checked: person.id === me.id,
      act: () => this.app.enter(person.username),
    }));
    const button = make(
      "button",
      {
        type: "button",
        class: "account",
        "aria-haspopup": "menu",
        data: { key: "account" },
        "aria-label": `${words("youAre")} ${nameOf(me)}. ${words("switchAccount")}`,
        onclick: () => openMenu(button, names, { label: words("switchAccount"), above: true }),
      },
      this.#presence(me, 32),
      make("span", { class: "who" }, make("b", { text: nameOf(me) }), make("small", { text: this.#role(me) })),
      icon("swap", 18),
    );
    byId("account").setAttribute("aria-label", words("switchAccount"));
    byId("account").replaceChildren(button);
  }

  /** @param {User} user */
  #role(user) {
    for (const guild of this.app.known.guilds) {
      const own = guild.members.find((member) => member.user.id === user.id)?.roles ?? [];
      const manages = guild.roles.some((role) => own.includes(role.id) && BigInt(role.permissions) & MANAGE);
      if (manages) return words("admin");
    }
    return words("member");
  }

  #head() {
    const { here } = this.app;
    const light = document.documentElement.dataset.theme === "light";
    const hint = here.nsfw ? words("ageRestricted") : here.bot ? null : words("noBot");
    byId("head").replaceChildren(
      iconButton("menu", words("openSide"), () => this.#openSide(true), {
        class: "tool open-side",
        data: { key: "open-side" },
      }),
      icon(here.dm ? "at" : here.nsfw ? "warn" : here.bot ? "hash" : "lock", 22),
      make("h1", { text: here.name }, hint ? make("span", { class: "topic", text: hint }) : null),
      iconButton(light ? "moon" : "sun", words(light ? "dark" : "light"), () => this.#theme(light ? "dark" : "light"), {
        data: { key: "theme" },
      }),
      iconButton("tools", words("drawer"), () => this.app.drawer.toggle(), {
        data: { key: "drawer" },
        "aria-expanded": String(!byId("drawer").hidden),
        "aria-controls": "drawer",
      }),
    );
  }

  /** @param {string} wanted */
  #theme(wanted) {
    localStorage.setItem("theme", wanted);
    document.documentElement.dataset.theme = wanted;
    this.#head();
    find('[data-key="theme"]')?.focus();
  }

  #members() {
    const { guild } = this.app;
    const aside = byId("members");
    aside.hidden = !guild;
    aside.setAttribute("aria-label", words("members"));
    if (!guild) return;
    const users = guild.members.map((member) => member.user);
    /** @type {[string, User[]][]} */
    const groups = [
      [words("admin"), users.filter((user) => !user.bot && this.#role(user) === words("admin"))],
      [words("online"), users.filter((user) => this.#online(user) && this.#role(user) !== words("admin"))],
      [words("offline"), users.filter((user) => !this.#online(user))],
    ];
    aside.replaceChildren(
      ...groups
        .filter(([, group]) => group.length)
        .flatMap(([name, group]) => [
          make("h3", { text: `${name} — ${group.length}` }),
          make("ul", {}, ...group.map((user) => make("li", {}, this.#member(user)))),
        ]),
    );
  }

  /** @param {User} user */
  #member(user) {
    const button = make(
      "button",
      {
        type: "button",
        class: "member",
        "aria-haspopup": "menu",
        data: { key: `member-${user.id}` },
        onclick: () => openMenu(button, this.app.list.aboutUser(user), { label: nameOf(user) }),
      },
      this.#presence(user, 32),
      make("span", { text: nameOf(user) }),
      user.bot ? make("span", { class: "bot-tag", text: "APP" }) : null,
    );
    if (!this.#online(user)) button.dataset.off = "";
    return button;
  }

  /** @param {User} user */
  #online(user) {
    return !user.bot || (this.app.status?.online ?? true);
  }

  /**
   * @param {User} user
   * @param {number} size
   */
  #presence(user, size) {
    const mark = make("span", { class: "presence" }, avatar(user, size));
    if (!this.#online(user)) mark.dataset.off = "";
    return mark;
  }

  /** @param {boolean} open */
  #openSide(open) {
    if (open) {
      byId("side").dataset.open = "";
      find('[aria-current="page"]', byId("channels"))?.focus();
    } else {
      delete byId("side").dataset.open;
    }
  }
}
