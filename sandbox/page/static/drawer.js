/** The drawer behind the scenes: the bot, troubles, time, language and requests. */

import { byId, find, focused } from "./dom.js";
import { iconButton } from "./icons.js";
import { make } from "./make.js";
import { currentLocale, words } from "./words.js";

/**
 * @import { App } from "./app.js"
 * @import { Status } from "./types.js"
 * @import { Word } from "./words.js"
 */

const SPEEDS = [1, 2, 5, 20];
const LOCALES = { "en-US": "English", "zh-CN": "简体中文" };
const REFRESH = 2000;

export class Drawer {
  /** The message whose requests are shown; null: the latest of all. */
  /** @type {string | null} */
  #message = null;
  #drawn = "";
  #logTitle = make("summary");

  /** @param {App} app */
  constructor(app) {
    this.app = app;
    this.element = byId("drawer");
    this.controls = make("div", { class: "drawer-controls" });
    this.wireList = make("ol", { class: "wire" });
    this.wireHead = make("div", { class: "wire-head" });
    this.log = make("pre", { class: "log", tabindex: 0 });
    this.logBox = make("details", { class: "log-box" }, this.#logTitle, this.log);
    this.logBox.addEventListener("toggle", () => this.#readLog());
    this.element.addEventListener("keydown", (event) => {
      if (event.key === "Escape") this.toggle(false);
    });
    setInterval(() => this.#refresh(), REFRESH);
  }

  toggle(open = this.element.hidden) {
    this.element.hidden = !open;
    this.draw();
    this.app.places.draw();
    if (open) {
      this.#refresh();
      find("button", this.element)?.focus();
    } else find('[data-key="drawer"]')?.focus();
  }

  /**
   * Shows the requests that concern a message.
   *
   * @param {string} message
   */
  async wire(message) {
    this.#message = message;
    this.toggle(true);
    await this.#refresh();
    this.element.scrollTop = this.wireHead.offsetTop - 48;
  }

  /** Redraws the switches if anything has changed. */
  draw() {
    if (this.element.hidden || !this.app.known || !this.app.status) return;
    const { commands, ...status } = this.app.status;
    const now = JSON.stringify([status, currentLocale()]);
    if (now === this.#drawn && this.element.childElementCount) return;
    this.#drawn = now;
    const key = this.element.contains(focused()) ? (focused()?.dataset.key ?? "") : null;
    this.element.setAttribute("aria-label", words("drawerTitle"));
    this.#logTitle.textContent = words("botLog");
    this.controls.replaceChildren(this.#bot(status), this.#troubles(status), this.#speed(status), this.#language());
    this.element.replaceChildren(
      make(
        "header",
        {},
        make("h2", { text: words("drawerTitle") }),
        iconButton("close", words("close"), () => this.toggle(false)),
      ),
      this.controls,
      this.wireHead,
      this.wireList,
      this.logBox,
    );
    this.#drawHead();
    if (key === null) return;
    const same = key && find(`[data-key="${CSS.escape(key)}"]`, this.element);
    (same || find("button", this.controls) || this.element).focus();
  }

  /** @param {Omit<Status, "commands">} status */
  #bot({ bot, online }) {
    const state =
      bot === "elsewhere"
        ? words(online ? "botElsewhere" : "botNowhere")
        : words(bot === "down" ? "botDown" : online ? "botUp" : "botStarting");
    const does = bot === "up" ? ["kill", "stop"] : bot === "down" ? ["start"] : [];
    return make(
      "section",
      {},
      make("h3", { text: words("theBot") }),
      make("p", { class: "drawer-state", data: { state: online ? "on" : "off" }, role: "status", text: state }),
      make(
        "div",
        { class: "drawer-row" },
        ...does.map((what) =>
          make("button", {
            type: "button",
            class: what === "kill" ? "button danger" : "button",
            text: words(/** @type {Word} */ (`bot_${what}`)),
            data: { key: `bot-${what}` },
            onclick: () => this.app.live.ask("bot", { do: what }),
          }),
        ),
      ),
    );
  }

  /** @param {Omit<Status, "commands">} status */
  #troubles({ troubles }) {
    return make(
      "section",
      {},
      make("h3", { text: words("troubles") }),
      ...Object.entries(troubles).map(([key, on]) => {
        const input = make("input", {
          type: "checkbox",
          role: "switch",
          data: { key: `trouble-${key}` },
          onchange: () => this.app.live.ask("trouble", { key, on: input.checked }),
        });
        input.checked = on;
        return make(
          "label",
          { class: "switch" },
          make(
            "span",
            {},
            words(/** @type {Word} */ (`trouble_${key}`)),
            make("small", { text: words(/** @type {Word} */ (`trouble_${key}_hint`)) }),
          ),
          input,
        );
      }),
    );
  }

  /** @param {Omit<Status, "commands">} status */
  #speed({ speed }) {
    const choices = SPEEDS.map((each) => {
      const input = make("input", {
        type: "radio",
        name: "speed",
        value: each,
        data: { key: `speed-${each}` },
        onchange: () => this.app.live.ask("speed", { speed: each }),
      });
      input.checked = each === speed;
      return make("label", { class: "segment" }, input, make("span", { text: `${each}×` }));
    });
    return make(
      "fieldset",
      {},
      make("legend", { text: words("speed") }),
      make("p", { class: "drawer-hint", text: words("speedHint") }),
      make("div", { class: "segments" }, ...choices),
    );
  }

  #language() {
    const choices = Object.entries(LOCALES).map(([locale, name]) => {
      const input = make("input", {
        type: "radio",
        name: "locale",
        value: locale,
        data: { key: `locale-${locale}` },
        onchange: () => this.app.speak(locale),
      });
      input.checked = locale === currentLocale();
      return make("label", { class: "segment", lang: locale }, input, make("span", { text: name }));
    });
    return make(
      "fieldset",
      {},
      make("legend", { text: words("language") }),
      make("div", { class: "segments" }, ...choices),
    );
  }

  // --- requests

  #drawHead() {
    const about = this.#message;
    this.wireHead.replaceChildren(
      make("h3", { text: words(about ? "wireOf" : "wireLatest") }),
      about
        ? make("button", {
            type: "button",
            class: "button",
            text: words("wireAll"),
            onclick: () => {
              this.#message = null;
              this.#refresh();
            },
          })
        : make("p", { class: "drawer-hint", text: words("wireHint") }),
    );
  }

  async #refresh() {
    if (this.element.hidden || !this.app.known) return;
    const message = this.#message;
    const entries = await this.app.live.ask("wire", message ? { message } : {}).catch(() => null);
    if (!entries || message !== this.#message) return;
    this.#drawHead();
    if (!message) entries.reverse();
    const now = JSON.stringify(entries);
    if (this.wireList.dataset.shown === String(now.length) + entries[0]?.at) return;
    this.wireList.dataset.shown = String(now.length) + entries[0]?.at;
    const open = new Set(Array.from(this.wireList.querySelectorAll("details"), (each) => each.open && each.dataset.id));
    this.wireList.setAttribute("aria-label", words("wireLatest"));
    this.wireList.replaceChildren(...entries.map((/** @type {any} */ entry) => this.#entry(entry, open)));
    if (this.logBox.open) this.#readLog();
  }

  /**
   * @param {any} entry
   * @param {Set<string | undefined | false>} open
   */
  #entry(entry, open) {
    const id = `${entry.at}${entry.what}`;
    const failed = entry.status === "cut" || entry.status >= 400;
    const time = new Date(entry.at * 1000).toISOString().slice(11, 23);
    const target = entry.to === "evolink" ? "Evolink" : "Discord";
    const summary = make(
      "summary",
      {},
      make("span", { class: "wire-way", text: entry.from === "bot" ? `bot → ${target}` : `${target} → bot` }),
      make("time", { text: time }),
      make("span", { class: "wire-status", data: { failed: failed || null }, text: entry.status ?? "" }),
      make("code", { text: entry.what }),
    );
    const details = make(
      "details",
      { data: { id } },
      summary,
      make("pre", { tabindex: 0, text: entry.body ? JSON.stringify(entry.body, null, 2) : "—" }),
    );
    details.open = open.has(id);
    return make("li", {}, details);
  }

  async #readLog() {
    if (!this.logBox.open) return;
    this.log.textContent = await this.app.live.ask("log");
    this.log.scrollTop = this.log.scrollHeight;
  }
}
