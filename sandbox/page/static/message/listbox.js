// The list of a select menu. It is in the browser's top layer, so nothing clips it.

import { make } from "../make.js";
import { icon } from "../icons.js";
import { words } from "../words.js";

const GAP = 4;
const TALLEST = 320;
let lists = 0;

export class Listbox {
  /** The choice so far; reported when the list closes. @type {string[]} */
  #chosen = [];
  /** The index of the highlighted option among the matches. */
  #active = 0;
  #id = `list-${(lists += 1)}`;

  /**
   * `about`: the `field` that opens it; `options`, of which to choose `least` to `most`; `label`;
   * whether to offer a `search`; `settle(values)`, called when it closes; `context`.
   *
   * @param {any} about
   */
  constructor(about) {
    this.about = about;
    this.many = about.most > 1;
    this.list = make("div", {
      id: this.#id,
      role: "listbox",
      class: "choices-options",
      tabindex: about.search ? null : "0",
      "aria-label": about.label,
      "aria-multiselectable": this.many && "true",
    });
    this.input = about.search ? this.#search() : null;
    this.element = make(
      "div",
      { popover: "auto", class: "choices", onkeydown: (/** @type {KeyboardEvent} */ event) => this.#key(event) },
      this.input,
      this.list,
    );
    this.element.addEventListener("toggle", (event) => this.#toggled(event.newState === "open"));
    about.field.setAttribute("aria-controls", this.#id);
  }

  /**
   * Opens the list with the current choice.
   *
   * @param {string[]} chosen
   */
  open(chosen) {
    // A click on the field has already closed an open list, by the browser's light dismiss.
    if (this.about.field.getAttribute("aria-expanded") === "true") return;
    this.#chosen = [...chosen];
    if (this.input) this.input.value = "";
    this.#active = Math.max(
      0,
      this.about.options.findIndex((/** @type {any} */ { value }) => chosen.includes(value)),
    );
    this.#draw();
    this.element.showPopover();
    this.#place();
    this.#focus.focus();
  }

  get #focus() {
    return this.input ?? this.list;
  }

  /** The options that match the search. */
  get #fitting() {
    const wanted = this.input?.value.trim().toLowerCase() ?? "";
    return this.about.options.filter((/** @type {any} */ { label }) => label.toLowerCase().includes(wanted));
  }

  #search() {
    const label = words("search");
    const about = { type: "text", class: "choices-search", placeholder: label, autocomplete: "off" };
    const role = { role: "combobox", "aria-label": label, "aria-expanded": "true", "aria-controls": this.#id };
    return make("input", { ...about, ...role, oninput: () => this.#go(0, true) });
  }

  #draw() {
    const shown = this.#fitting;
    this.list.replaceChildren(
      ...shown.map((/** @type {any} */ option, /** @type {number} */ index) => this.#row(option, index)),
    );
    if (!shown.length) this.list.append(make("div", { class: "choices-nothing", text: words("nobody") }));
    this.#go(this.#active);
  }

  /**
   * @param {any} option
   * @param {number} index
   */
  #row(option, index) {
    const picked = this.#chosen.includes(option.value);
    const full = this.many && !picked && this.#chosen.length >= this.about.most;
    return make(
      "div",
      {
        id: `${this.#id}-${index}`,
        role: "option",
        class: "choices-one",
        "aria-selected": String(picked),
        "aria-disabled": full && "true",
        data: { value: option.value },
        onclick: () => this.#pick(option.value),
        onpointermove: () => this.#go(index),
      },
      option.sign?.(),
      make(
        "span",
        { class: "choices-texts" },
        make("span", { class: "choices-label", text: option.label }),
        option.description && make("span", { class: "choices-description", text: option.description }),
      ),
      this.many ? make("span", { class: "choices-box" }, icon("check", 16)) : picked && icon("check", 18),
    );
  }

  /**
   * Highlights an option; clamps to the range.
   *
   * @param {number} wanted
   * @param {boolean} [redraw]
   */
  #go(wanted, redraw = false) {
    this.#active = Math.max(0, Math.min(wanted, this.#fitting.length - 1));
    if (redraw) {
      this.#draw();
      return;
    }
    const rows = [...this.list.querySelectorAll("[role=option]")];
    for (const [index, row] of rows.entries()) row.classList.toggle("active", index === this.#active);
    rows[this.#active]?.scrollIntoView({ block: "nearest" });
    if (rows.length) this.#focus.setAttribute("aria-activedescendant", rows[this.#active].id);
    else this.#focus.removeAttribute("aria-activedescendant");
  }

  /** @param {string} value */
  #pick(value) {
    const picked = this.#chosen.includes(value);
    if (!this.many) {
      this.#chosen = picked && this.about.least === 0 ? [] : [value];
      this.element.hidePopover();
      this.about.field.focus();
    } else if (picked || this.#chosen.length < this.about.most) {
      this.#chosen = picked ? this.#chosen.filter((each) => each !== value) : [...this.#chosen, value];
      this.#draw();
    }
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    if (event.key === "Tab") {
      this.element.hidePopover();
      return;
    }
    const act = this.#act(event.key);
    if (!act) return;
    event.preventDefault();
    act();
  }

  /** @param {string} key */
  #act(key) {
    const pick = () => this.#fitting[this.#active] && this.#pick(this.#fitting[this.#active].value);
    /** @type {Record<string, number>} */
    const moves = { ArrowDown: 1, ArrowUp: -1, Home: -Infinity, End: Infinity };
    if (key in moves) return () => this.#go(this.#active + moves[key]);
    if (key === "Enter" || (key === " " && !this.input)) return pick;
    return this.input || key.length !== 1 ? null : this.#beginning(key.toLowerCase());
  }

  /**
   * Returns how to go to the next option that begins with a letter.
   *
   * @param {string} letter
   */
  #beginning(letter) {
    const labels = this.about.options.map((/** @type {any} */ { label }) => label.toLowerCase());
    const around = [...labels.keys()].map((step) => (this.#active + 1 + step) % labels.length);
    const next = around.find((at) => labels[at].startsWith(letter));
    return next === undefined ? null : () => this.#go(next);
  }

  /** @param {boolean} open */
  #toggled(open) {
    this.about.field.setAttribute("aria-expanded", String(open));
    const listen = open ? "addEventListener" : "removeEventListener";
    window[listen]("scroll", this.#place, true);
    window[listen]("resize", this.#place);
    if (!open) this.about.settle(this.#chosen);
  }

  /** Places the list below its field, or above if there is more room. */
  #place = () => {
    const at = this.about.field.getBoundingClientRect();
    const below = innerHeight - at.bottom - 2 * GAP;
    const above = at.top - 2 * GAP;
    const under = below >= Math.min(TALLEST, this.element.scrollHeight) || below >= above;
    Object.assign(this.element.style, {
      left: `${at.left}px`,
      width: `${at.width}px`,
      maxHeight: `${Math.min(TALLEST, under ? below : above)}px`,
      top: under ? `${at.bottom + GAP}px` : "auto",
      bottom: under ? "auto" : `${innerHeight - at.top + GAP}px`,
    });
  };
}
