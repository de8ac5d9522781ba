/** The list above the composer with suggestions for what is being typed. */

import { make } from "./make.js";

/** @typedef {{ label: string, hint?: string, picture?: Element, aside?: string, pick: () => void }} Row */

let next = 1;

export class Suggestions {
  /** @type {Row[]} */
  #rows = [];
  #active = -1;
  /** @type {HTMLElement | null} */
  #field = null;

  constructor() {
    this.id = `suggestions-${next++}`;
    this.title = make("div", { class: "suggest-title" });
    this.list = make("div", { role: "listbox", id: this.id, class: "suggest-list" });
    this.element = make("div", { class: "suggest", hidden: true }, this.title, this.list);
    // A click must not take the focus from the input.
    this.element.addEventListener("mousedown", (event) => event.preventDefault());
  }

  /**
   * Shows rows `{label, hint?, picture?, aside?, pick}` for a field; `title` is text or `[strong, text]`.
   * `eager`: the first row is selected until an arrow key moves on.
   *
   * @param {HTMLElement} field
   * @param {Row[]} rows
   * @param {{ title: string | string[], label?: string, eager?: boolean, note?: string | null }} about
   */
  show(field, rows, { title, label, eager = true, note }) {
    if (this.#field && this.#field !== field) this.hide();
    this.#field = field;
    this.#rows = rows;
    const [strong, text] = Array.isArray(title) ? title : [title, ""];
    this.title.replaceChildren(make("b", { text: strong }), text ? ` ${text}` : "");
    this.list.setAttribute("aria-label", label ?? strong);
    this.list.replaceChildren(...rows.map((row, index) => this.#row(row, index)));
    if (note) this.list.append(make("p", { class: "suggest-note", text: note }));
    this.list.hidden = !rows.length && !note;
    this.element.hidden = false;
    field.setAttribute("aria-controls", this.id);
    this.#expanded(rows.length > 0);
    this.#choose(eager && rows.length ? 0 : -1);
  }

  hide() {
    this.element.hidden = true;
    this.#expanded(false);
    this.#field?.removeAttribute("aria-activedescendant");
    this.#field = null;
    this.#rows = [];
    this.#active = -1;
  }

  get open() {
    return !this.element.hidden && this.#rows.length > 0;
  }

  /**
   * Handles a key pressed in the field; returns whether it was meant for the list.
   *
   * @param {KeyboardEvent} event
   */
  key(event) {
    if (!this.open || event.isComposing) return false;
    const last = this.#rows.length - 1;
    if (event.key === "ArrowDown") this.#choose(this.#active >= last ? 0 : this.#active + 1);
    else if (event.key === "ArrowUp") this.#choose(this.#active <= 0 ? last : this.#active - 1);
    else if ((event.key === "Enter" || (event.key === "Tab" && !event.shiftKey)) && this.#active >= 0)
      this.#rows[this.#active].pick();
    else return false;
    event.preventDefault();
    return true;
  }

  /**
   * A textarea can't be a combobox, and only comboboxes have aria-expanded.
   *
   * @param {boolean} open
   */
  #expanded(open) {
    if (this.#field?.getAttribute("role") === "combobox") this.#field.setAttribute("aria-expanded", String(open));
  }

  /**
   * @param {Row} row
   * @param {number} index
   */
  #row(row, index) {
    return make(
      "div",
      {
        role: "option",
        id: `${this.id}-${index}`,
        class: "suggest-row",
        "aria-selected": "false",
        onclick: () => row.pick(),
        onmousemove: () => this.#choose(index, false),
      },
      row.picture ?? null,
      make(
        "span",
        { class: "suggest-text" },
        make("span", { class: "suggest-label", text: row.label }),
        row.hint ? make("span", { class: "suggest-hint", text: row.hint }) : null,
      ),
      row.aside ? make("span", { class: "suggest-aside", text: row.aside }) : null,
    );
  }

  /**
   * @param {number} index
   * @param {boolean} [scroll]
   */
  #choose(index, scroll = true) {
    this.list.children[this.#active]?.setAttribute("aria-selected", "false");
    this.#active = index;
    const row = index < 0 ? null : this.list.children[index];
    row?.setAttribute("aria-selected", "true");
    if (scroll) row?.scrollIntoView({ block: "nearest" });
    if (row) this.#field?.setAttribute("aria-activedescendant", row.id);
    else this.#field?.removeAttribute("aria-activedescendant");
  }
}
