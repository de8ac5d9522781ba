/** A command being typed: its name, and a field for each option. */

import { find, selection } from "./dom.js";
import { make } from "./make.js";
import { local } from "./slash.js";
import { Attached, chooseFiles, emptyCard, fileCard } from "./tray.js";
import { ATTACHMENT, matching, offered, typed } from "./values.js";
import { words } from "./words.js";

/**
 * @import { Composer } from "./composer.js"
 * @import { About } from "./make.js"
 * @import { Typeable } from "./slash.js"
 * @import { Option } from "./types.js"
 * @import { Choice } from "./values.js"
 */

/** Milliseconds of no typing before the bot is asked for suggestions. */
const PAUSE = 150;

/**
 * @typedef {object} Field an option that is being filled in
 * @property {Option} option
 * @property {HTMLElement} pill
 * @property {HTMLElement | null} input null if the option takes a file; see TextField
 * @property {Choice | null} picked
 * @property {Attached | null} attached
 * @property {string | null} error
 */

/** @typedef {Field & { input: HTMLElement }} TextField */

export class CommandLine {
  /** Fields by the names of their options, in the order shown. @type {Map<string, Field>} */
  #fields = new Map();
  #asked = 0;
  #timer = 0;

  /**
   * @param {Typeable} chosen
   * @param {Composer} composer
   */
  constructor(chosen, composer) {
    this.chosen = chosen;
    this.composer = composer;
    this.app = composer.app;
    this.rest = this.#input("rest", { "aria-label": words("options"), role: "combobox", "aria-expanded": "false" });
    this.element = make(
      "div",
      { class: "command", role: "group", "aria-label": `/${chosen.shown}` },
      make("span", { class: "command-name", text: `/${chosen.shown}` }),
      this.rest,
    );
    this.rest.addEventListener("focus", () => this.#suggestOptions());
    this.rest.addEventListener("input", () => {
      this.composer.complain("");
      this.#suggestOptions();
    });
    this.rest.addEventListener("keydown", (event) => this.#restKey(event));
    for (const option of chosen.options) if (option.required) this.#add(option);
    this.#count();
  }

  /** Focuses the first empty field. */
  focus() {
    const empty = [...this.#fields.values()].find((field) => field.input && !field.input.textContent);
    (empty?.input ?? this.rest).focus();
  }

  /**
   * Puts a text into the first field that takes one, or behind all of them.
   *
   * @param {string} text
   */
  type(text) {
    if (!text) return;
    const field = [...this.#fields.values()].find(({ input }) => input);
    const input = field?.input ?? this.rest;
    input.textContent = text;
    selection().selectAllChildren(input);
    selection().collapseToEnd();
    if (field) this.#suggest(/** @type {TextField} */ (field));
    else this.#suggestOptions();
  }

  /**
   * Attaches files to free options; returns those left over.
   *
   * @param {File[]} files
   */
  take(files) {
    const left = [...files];
    const free = () =>
      [...this.#fields.values()].find(({ option, attached }) => option.type === ATTACHMENT && !attached);
    while (left.length) {
      const unused = this.#unused().find(({ type }) => type === ATTACHMENT);
      const field = free() ?? (unused ? this.#add(unused) : null);
      if (!field) break;
      this.#attach(field, left[0]);
      left.shift();
    }
    return left;
  }

  /** Returns the values as the server expects them; if one is invalid, shows its error and returns null. */
  async values() {
    /** @type {Field | null} */
    let wrong = null;
    /** @type {Record<string, { type: number, value: any }>} */
    const values = {};
    for (const [name, field] of this.#fields) {
      const value = this.#value(field);
      this.#mark(field, value?.error ?? null);
      if (value?.error) wrong ??= field;
      else if (value)
        values[name] = { type: field.option.type, value: field.attached ? await field.attached.number : value.value };
    }
    const rest = this.rest.textContent.trim();
    if (!wrong && rest) {
      this.rest.focus();
      this.composer.complain(words("noOption", { text: rest }));
      return null;
    }
    if (!wrong) return values;
    (wrong.input ?? find("[data-invalid] button", this.composer.tray))?.focus();
    this.composer.complain(`${local(wrong.option, "name")}: ${wrong.error}`);
    return null;
  }

  /**
   * Draws the options that take files.
   *
   * @param {HTMLElement} tray
   */
  drawTray(tray) {
    const fields = [...this.#fields.values()].filter(({ option }) => option.type === ATTACHMENT);
    tray.replaceChildren(
      ...fields.map((field) => {
        const label = local(field.option, "name");
        const remove = () => this.#detach(field);
        if (field.attached) return fileCard(field.attached, { label, remove });
        const choose = () => chooseFiles(([file]) => file && this.#attach(field, file), false);
        return emptyCard(label, {
          choose,
          remove: field.option.required ? null : remove,
          invalid: Boolean(field.error),
        });
      }),
    );
  }

  release() {
    clearTimeout(this.#timer);
    for (const { attached } of this.#fields.values()) attached?.release();
  }

  // --- fields

  /**
   * @param {string} kind
   * @param {About} about
   */
  #input(kind, about) {
    const { role = "textbox", ...rest } = about;
    return make("span", {
      class: `option-${kind}`,
      contenteditable: "plaintext-only",
      role,
      spellcheck: "false",
      tabindex: 0,
      ...rest,
    });
  }

  /** @param {Option} option */
  #add(option) {
    const name = local(option, "name");
    const title = make("span", { class: "option-name", text: name, "aria-hidden": "true" });
    const pill = make("span", { class: "option" }, title);
    /** @type {Field} */
    const field = { option, pill, picked: null, attached: null, error: null, input: null };
    if (option.type === ATTACHMENT) field.pill.append(make("span", { class: "option-file" }));
    else this.#typeable(field, name);
    this.rest.before(field.pill);
    this.#fields.set(option.name, field);
    this.#count();
    this.composer.drawTray();
    return field;
  }

  /**
   * @param {Field} field
   * @param {string} name
   */
  #typeable(field, name) {
    const { option } = field;
    const input = this.#input("value", {
      role: "combobox",
      "aria-expanded": "false",
      "aria-autocomplete": "list",
      "data-option": option.name,
      "aria-label": `${name}: ${local(option, "description")}`,
      "aria-required": String(Boolean(option.required)),
    });
    const typing = Object.assign(field, { input });
    field.pill.append(input);
    field.pill.addEventListener("mousedown", (event) => {
      if (event.target !== input) {
        event.preventDefault();
        input.focus();
      }
    });
    input.addEventListener("focus", () => this.#suggest(typing));
    input.addEventListener("input", () => {
      this.#mark(field, null);
      this.#suggest(typing);
    });
    input.addEventListener("keydown", (event) => this.#key(event, typing));
  }

  /** @param {Field} field */
  #remove(field) {
    const inputs = this.#inputs();
    const before = inputs[Math.max(0, inputs.findIndex((input) => input === field.input) - 1)];
    field.pill.remove();
    field.attached?.release();
    this.#fields.delete(field.option.name);
    this.#count();
    this.composer.drawTray();
    (before && before !== field.input ? before : this.rest).focus();
  }

  /**
   * @param {Field} field
   * @param {File} file
   */
  #attach(field, file) {
    field.attached?.release();
    field.attached = new Attached(file);
    this.#name(field, file.name);
    this.#mark(field, null);
    this.composer.drawTray();
    this.focus();
    this.composer.suggestions.hide();
  }

  /** @param {Field} field */
  #detach(field) {
    if (!field.option.required) return this.#remove(field);
    field.attached?.release();
    field.attached = null;
    this.#name(field, "");
    return this.composer.drawTray();
  }

  /**
   * Shows the name of a field's file.
   *
   * @param {Field} field
   * @param {string} name
   */
  #name(field, name) {
    const shown = find(".option-file", field.pill);
    if (shown) shown.textContent = name;
  }

  /**
   * @param {Field} field
   * @param {string | null} error
   */
  #mark(field, error) {
    field.error = error;
    field.pill.classList.toggle("wrong", Boolean(error));
    if (field.input) field.input.setAttribute("aria-invalid", String(Boolean(error)));
    if (!error) this.composer.complain("");
    if (field.option.type === ATTACHMENT) this.composer.drawTray();
  }

  /** @param {Field} field */
  #value(field) {
    if (field.option.type !== ATTACHMENT)
      return typed(field.option, field.input?.textContent ?? "", field.picked, this.app);
    if (field.attached) return { value: field.attached };
    return field.option.required ? { error: words("required") } : null;
  }

  #unused() {
    return this.chosen.options.filter(({ name }) => !this.#fields.has(name));
  }

  #count() {
    const count = this.#unused().length;
    this.rest.dataset.ask = count ? words("optional", { count }) : "";
  }

  #inputs() {
    return [...[...this.#fields.values()].flatMap(({ input }) => (input ? [input] : [])), this.rest];
  }

  // --- suggestions

  #suggestOptions() {
    const text = this.rest.textContent.trim().toLowerCase().replace(/:$/, "");
    const rows = this.#unused()
      .filter((option) => local(option, "name").toLowerCase().startsWith(text))
      .map((option) => ({
        label: local(option, "name"),
        hint: local(option, "description"),
        pick: () => this.#open(option),
      }));
    if (rows.length || text)
      this.composer.suggestions.show(this.rest, rows, {
        title: words("options"),
        eager: Boolean(text),
        note: rows.length ? null : words("noMatch"),
      });
    else this.composer.suggestions.hide();
  }

  /** @param {Option} option */
  #open(option) {
    this.rest.textContent = "";
    const field = this.#add(option);
    if (field.input) field.input.focus();
    else {
      this.composer.suggestions.hide();
      find(`[data-option="${CSS.escape(local(option, "name"))}"]`, this.composer.tray)?.focus();
    }
  }

  /** @param {TextField} field */
  #suggest(field) {
    const { option, input } = field;
    const all = offered(option, this.app);
    const text = input.textContent;
    const title = [local(option, "name"), local(option, "description")];
    clearTimeout(this.#timer);
    // An answer that is still on its way is for what was typed before.
    this.#asked += 1;
    if (all) this.#show(field, matching(all, field.picked?.label === text.trim() ? "" : text), title);
    else if (option.autocomplete) {
      this.composer.suggestions.show(input, [], { title, note: words("loading") });
      this.#timer = setTimeout(() => this.#ask(field, text.trim(), title), PAUSE);
    } else this.composer.suggestions.show(input, [], { title });
  }

  /**
   * @param {TextField} field
   * @param {string} text
   * @param {string[]} title
   */
  async #ask(field, text, title) {
    const asked = ++this.#asked;
    /** @type {Record<string, { type: number, value: any }>} */
    const values = {};
    for (const [name, other] of this.#fields) {
      if (other === field || other.option.type === ATTACHMENT) continue;
      const value = this.#value(other);
      if (value && !value.error) values[name] = { type: other.option.type, value: value.value };
    }
    /** @type {Choice[] | null} */
    let choices = null;
    try {
      choices = await this.app.live.ask("autocomplete", {
        path: this.chosen.path,
        option: field.option.name,
        value: text,
        values,
      });
    } catch {
      /* said below */
    }
    if (asked !== this.#asked || document.activeElement !== field.input) return;
    if (!choices) this.composer.suggestions.show(field.input, [], { title, note: words("loadFailed") });
    else
      this.#show(
        field,
        choices.map((choice) => ({ label: local(choice, "name"), value: choice.value })),
        title,
      );
  }

  /**
   * @param {TextField} field
   * @param {Choice[]} rows
   * @param {string[]} title
   */
  #show(field, rows, title) {
    const picks = rows.map((row) => ({ ...row, pick: () => this.#pick(field, row) }));
    // In an empty option that takes any text, Enter must send instead of picking a row.
    const eager = Boolean(field.input.textContent.trim()) || Boolean(offered(field.option, this.app));
    this.composer.suggestions.show(field.input, picks, { title, eager, note: rows.length ? null : words("noMatch") });
  }

  /**
   * @param {TextField} field
   * @param {Choice} row
   */
  #pick(field, row) {
    field.picked = row;
    field.input.textContent = row.label;
    this.#mark(field, null);
    this.composer.suggestions.hide();
    const inputs = this.#inputs();
    inputs[inputs.indexOf(field.input) + 1].focus();
  }

  // --- keys

  /**
   * @param {KeyboardEvent} event
   * @param {TextField} field
   */
  #key(event, field) {
    if (event.isComposing || this.composer.suggestions.key(event)) return;
    if (event.key === "Backspace" && !field.input.textContent) {
      event.preventDefault();
      if (!field.option.required) this.#remove(field);
      else if (this.#inputs().every((input) => !input.textContent)) this.composer.leave(`/${this.chosen.shown}`);
    } else this.#common(event, field.input);
  }

  /** @param {KeyboardEvent} event */
  #restKey(event) {
    if (event.isComposing || this.composer.suggestions.key(event)) return;
    if (event.key === "Backspace" && !this.rest.textContent) {
      event.preventDefault();
      const before = this.#inputs().at(-2);
      if (before) before.focus();
      else this.composer.leave(`/${this.chosen.shown}`);
    } else this.#common(event, this.rest);
  }

  /**
   * @param {KeyboardEvent} event
   * @param {HTMLElement} input
   */
  #common(event, input) {
    const at = selection();
    const inputs = this.#inputs();
    const index = inputs.indexOf(input);
    if (event.key === "Enter" && !event.shiftKey) {
      event.preventDefault();
      this.composer.send();
    } else if (event.key === "Escape") {
      event.preventDefault();
      if (this.composer.suggestions.open) this.composer.suggestions.hide();
      else this.composer.leave("");
    } else if (
      event.key === "ArrowRight" &&
      at.isCollapsed &&
      at.anchorOffset === (at.anchorNode?.textContent?.length ?? 0)
    )
      inputs[index + 1]?.focus();
    else if (event.key === "ArrowLeft" && at.isCollapsed && at.anchorOffset === 0 && index > 0) {
      event.preventDefault();
      inputs[index - 1].focus();
      at.selectAllChildren(inputs[index - 1]);
      at.collapseToEnd();
    }
  }
}
