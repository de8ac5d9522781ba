/** The composer: a message or a command, with files. */

import { byId, find } from "./dom.js";
import { nameOf, avatar } from "./avatar.js";
import { CommandLine } from "./command.js";
import { listenForFiles } from "./drop.js";
import { iconButton } from "./icons.js";
import { reason, Refused } from "./live.js";
import { make } from "./make.js";
import { meant, spoken } from "./mentions.js";
import { fitting, named, typeable } from "./slash.js";
import { Suggestions } from "./suggest.js";
import { Attached, chooseFiles, fileCard } from "./tray.js";
import { words } from "./words.js";

/**
 * @import { App } from "./app.js"
 * @import { Typeable } from "./slash.js"
 * @import { Message, User } from "./types.js"
 */

const MOST_FILES = 10;

export class Composer {
  /** @type {Attached[]} */
  #files = [];
  /** @type {string | null} */
  #replied = null;
  /** The command that is being typed; null: a message. @type {CommandLine | null} */
  #line = null;
  /** @type {Typeable[]} */
  #commands = [];

  /** @param {App} app */
  constructor(app) {
    this.app = app;
    this.suggestions = new Suggestions();
    this.text = make("textarea", {
      id: "write",
      rows: 1,
      "aria-haspopup": "listbox",
      "aria-autocomplete": "list",
      autocomplete: "off",
    });
    this.tray = make("ul", { class: "tray" });
    this.error = make("p", { class: "composer-error", role: "alert" });
    this.replying = make("div", { class: "replying", hidden: true });
    this.line = make("div", { class: "line" }, this.text);
    this.box = make("div", { class: "box" }, this.replying, this.tray, this.line);
    byId("composer").append(this.suggestions.element, this.error, this.box);
    this.text.addEventListener("input", () => this.#typed());
    this.text.addEventListener("keydown", (event) => this.#key(event));
    this.text.addEventListener("blur", () => this.suggestions.hide());
    this.text.addEventListener("focus", () => this.#typed());
    listenForFiles(this);
  }

  /** Resets for another channel or person. */
  enter() {
    const { here } = this.app;
    this.#clear();
    this.offer();
    const label = here.writable ? words(here.dm ? "writeDm" : "write", { name: here.name }) : words("cannotWrite");
    this.text.placeholder = label;
    this.text.setAttribute("aria-label", label);
    this.text.disabled = !here.writable;
    this.tray.setAttribute("aria-label", words("attached"));
    this.line.replaceChildren(
      iconButton("plus", words("attach"), () => chooseFiles((files) => this.take(files)), {
        class: "tool plus",
        disabled: !here.writable,
      }),
      this.text,
      iconButton("slash", words("useCommand"), () => this.#slash(), { class: "tool begin", disabled: !here.writable }),
      iconButton("send", words("send"), () => this.send(), { class: "tool send", disabled: !here.writable }),
    );
    if (matchMedia("(hover: hover)").matches) this.text.focus();
  }

  /** Focuses the input. */
  focus() {
    if (this.#line) this.#line.focus();
    else this.text.focus();
  }

  /** Reloads the commands after the bot has registered others. */
  offer() {
    this.#commands = typeable(this.app.known.commands);
    if (!this.#line && document.activeElement === this.text && this.text.value.startsWith("/")) this.#typed();
  }

  /**
   * Returns what starts a command that a message mentions; null: one can't use it.
   *
   * @param {string} path its English name: Discord finds none by a translated one
   * @param {string} id
   */
  starter(path, id) {
    const found = this.#commands.find((one) => one.path === path && one.command.id === id);
    if (!found || !this.app.here.writable) return null;
    return () => {
      this.leave(null);
      this.#begin(found, this.text.value.trim());
    };
  }

  /**
   * Makes the next message a reply.
   *
   * @param {Message} message
   */
  reply(message) {
    this.leave(null);
    this.#replied = message.id;
    this.replying.hidden = false;
    this.replying.replaceChildren(
      make("span", { text: words("replyingTo", { name: nameOf(message.author) }) }),
      iconButton("close", words("stopReply"), () => this.#stopReply()),
    );
    this.text.focus();
  }

  /**
   * Adds a mention to the message.
   *
   * @param {User} user
   */
  mention(user) {
    this.leave(null);
    this.text.value += `@${nameOf(user)} `;
    this.text.focus();
  }

  /**
   * Shows an error below the input.
   *
   * @param {string} text
   */
  complain(text) {
    this.error.textContent = text;
  }

  /** The label of what files will be added to. */
  get taker() {
    return this.#line
      ? words("dropCommand", { name: this.#line.chosen.shown })
      : words("dropTitle", { name: this.app.here.name });
  }

  /**
   * Adds files that were dropped, pasted or chosen.
   *
   * @param {File[]} files
   */
  take(files) {
    if (!this.app.here.writable) return;
    const limit = this.app.here.file_bytes;
    const large = files.find((file) => file.size > limit);
    if (large) this.complain(words("tooLarge", { name: large.name }));
    const good = files.filter((file) => file.size <= limit);
    if (this.#line) {
      if (this.#line.take(good).length) this.complain(words("dropFull"));
      return;
    }
    this.#files.push(...good.slice(0, MOST_FILES - this.#files.length).map((file) => new Attached(file)));
    this.drawTray();
    this.text.focus();
  }

  drawTray() {
    if (this.#line) this.#line.drawTray(this.tray);
    else {
      this.tray.replaceChildren(
        ...this.#files.map((attached) =>
          fileCard(attached, {
            remove: () => {
              attached.release();
              this.#files = this.#files.filter((each) => each !== attached);
              this.drawTray();
              this.text.focus();
            },
          }),
        ),
      );
    }
    this.tray.hidden = !this.tray.childElementCount;
  }

  /**
   * Closes the command; `text` replaces the message's text unless it is null.
   *
   * @param {string | null} text
   */
  leave(text) {
    this.#line?.release();
    this.#leave(text);
  }

  /** @param {string | null} text */
  #leave(text) {
    if (!this.#line) return;
    find(".leave", this.line)?.remove();
    this.#line.element.replaceWith(this.text);
    this.#line = null;
    this.suggestions.hide();
    this.complain("");
    if (text !== null) this.text.value = text;
    this.drawTray();
    this.text.focus();
  }

  /** Sends the message or command. */
  async send() {
    if (this.#line) await this.#sendCommand();
    else await this.#sendMessage();
  }

  async #sendCommand() {
    const line = this.#line;
    if (!line) return;
    let values;
    try {
      values = await line.values();
    } catch (error) {
      this.complain(words("failedSend", { why: reason(error) }));
      return;
    }
    if (!values || this.#line !== line) return;
    this.#leave("");
    const { here, me } = this.app.known;
    const sending = this.app.list.sending(line.chosen.shown);
    try {
      await this.app.interact("slash", { path: line.chosen.path, values });
      sending.done();
      line.release();
    } catch (error) {
      // Back to what was typed, unless something else is being typed by now.
      const elsewhere = this.app.known.here !== here || this.app.known.me.id !== me.id;
      if (elsewhere || this.#line || this.text.value || this.#files.length) line.release();
      else this.#open(line);
      if (error instanceof Refused && error.kind === "failed") {
        sending.failed();
        return;
      }
      sending.done();
      this.complain(words("failedSend", { why: reason(error) }));
    }
  }

  async #sendMessage() {
    const text = spoken(this.text.value.trim(), this.app.users);
    if (!text && !this.#files.length) return;
    const command = named(this.#commands, `${text} `);
    if (command) {
      this.#begin(command[0], command[1].trim());
      return;
    }
    // Clear now: what is typed while this is sent belongs to the next message.
    const before = { text: this.text.value, files: this.#files, replied: this.#replied };
    this.#files = [];
    this.#clear();
    try {
      const files = await Promise.all(before.files.map((attached) => attached.number));
      await this.app.live.ask("say", { text, files, reply_to: before.replied });
      for (const attached of before.files) attached.release();
    } catch (error) {
      this.text.value ||= before.text;
      this.#files = [...before.files, ...this.#files];
      this.drawTray();
      this.complain(words("failedSend", { why: reason(error) }));
    }
  }

  #clear() {
    this.leave("");
    for (const attached of this.#files) attached.release();
    this.#files = [];
    this.text.value = "";
    this.#stopReply();
    this.complain("");
    this.suggestions.hide();
    this.drawTray();
    this.#grow();
  }

  #stopReply() {
    this.#replied = null;
    this.replying.hidden = true;
  }

  // --- typing

  #typed() {
    this.#grow();
    this.complain("");
    const text = this.text.value;
    const found = text.startsWith("/") && named(this.#commands, text);
    if (found) this.#begin(...found);
    else if (/^\/[^\n]*$/.test(text)) this.#suggestCommands(text);
    else this.#suggestPeople();
  }

  /** @param {string} text */
  #suggestCommands(text) {
    const rows = fitting(this.#commands, text).map((one) => ({
      label: `/${one.shown}`,
      hint: one.description,
      aside: nameOf(this.app.known.bot),
      picture: avatar(this.app.known.bot, 28),
      pick: () => this.#begin(one, ""),
    }));
    this.suggestions.show(this.text, rows, {
      title: words("commands"),
      note: rows.length ? null : words("nothingThere"),
    });
  }

  #suggestPeople() {
    const rows = meant(this.text, this.app.users, () => this.suggestions.hide());
    if (rows.length) this.suggestions.show(this.text, rows, { title: words("members") });
    else this.suggestions.hide();
  }

  /**
   * @param {Typeable} chosen
   * @param {string} rest
   */
  #begin(chosen, rest) {
    this.suggestions.hide();
    this.#stopReply();
    const files = this.#files;
    this.#files = [];
    const line = new CommandLine(chosen, this);
    this.text.value = "";
    this.#grow();
    this.#open(line);
    line.take(files.map((attached) => attached.file));
    for (const attached of files) attached.release();
    line.focus();
    line.type(rest);
  }

  /**
   * Puts a command into the place of the message.
   *
   * @param {CommandLine} line
   */
  #open(line) {
    this.#line = line;
    this.text.replaceWith(line.element);
    line.element.after(iconButton("close", words("cancelCommand"), () => this.leave(""), { class: "tool leave" }));
    this.drawTray();
    line.focus();
  }

  #slash() {
    this.leave("");
    this.text.value = "/";
    this.text.focus();
    this.#typed();
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    if (event.isComposing || this.suggestions.key(event)) return;
    if (event.key === "Enter" && !event.shiftKey) {
      event.preventDefault();
      this.send();
    } else if (event.key === "Escape") {
      this.suggestions.hide();
      this.#stopReply();
    }
  }

  #grow() {
    this.text.style.height = "auto";
    this.text.style.height = `${Math.min(this.text.scrollHeight, innerHeight * 0.4)}px`;
  }
}
