// The list of a select menu. It lies in the browser's top layer, so that nothing around cuts it off.

import { make } from "../make.js";
import { drawing } from "./icons.js";
import { word } from "./words.js";

const GAP = 4;
const TALLEST = 320;
let lists = 0;

/** Returns `{element, toggle(chosen)}`; `settle(values)` is called when a choice was made. */
export function listbox({ field, options, least, most, label, search, context, settle }) {
  const id = `list-${(lists += 1)}`;
  const many = most > 1;
  let chosen = [];
  let active = 0;

  const list = make("div", { id, role: "listbox", class: "choices-options", tabindex: search ? null : "0", "aria-label": label, "aria-multiselectable": many && "true" });
  const input = search && make("input", {
    type: "text",
    class: "choices-search",
    role: "combobox",
    "aria-expanded": "true",
    "aria-controls": id,
    "aria-label": word(context.locale, "search"),
    placeholder: word(context.locale, "search"),
    autocomplete: "off",
  });
  const element = make("div", { popover: "auto", class: "choices" }, input || null, list);
  const focus = input || list;
  field.setAttribute("aria-controls", id);

  const fitting = () => options.filter((option) => !input || option.label.toLowerCase().includes(input.value.trim().toLowerCase()));

  const draw = () => {
    const shown = fitting();
    active = Math.max(0, Math.min(active, shown.length - 1));
    list.replaceChildren(...shown.map(entry));
    if (!shown.length) list.append(make("div", { class: "choices-nothing", text: word(context.locale, "nobody") }));
    mark();
  };
  const entry = (option, index) => {
    const picked = chosen.includes(option.value);
    const full = many && !picked && chosen.length >= most;
    const texts = make("span", { class: "choices-texts" }, make("span", { class: "choices-label", text: option.label }), option.description ? make("span", { class: "choices-description", text: option.description }) : null);
    return make("div", {
      id: `${id}-${index}`,
      role: "option",
      class: "choices-one",
      "aria-selected": String(picked),
      "aria-disabled": full && "true",
      data: { value: option.value },
      onclick: () => pick(option.value),
      onpointermove: () => {
        active = index;
        mark();
      },
    }, option.sign?.() ?? null, texts, many ? make("span", { class: "choices-box" }, drawing("check", 16)) : picked ? drawing("check", 18) : null);
  };
  const mark = () => {
    const rows = [...list.querySelectorAll("[role=option]")];
    for (const [index, row] of rows.entries()) row.classList.toggle("active", index === active);
    rows[active]?.scrollIntoView({ block: "nearest" });
    if (rows[active]) focus.setAttribute("aria-activedescendant", rows[active].id);
    else focus.removeAttribute("aria-activedescendant");
  };
  const pick = (value) => {
    const picked = chosen.includes(value);
    if (!many) {
      chosen = picked && least === 0 ? [] : [value];
      element.hidePopover();
      field.focus();
    } else if (picked || chosen.length < most) {
      chosen = picked ? chosen.filter((each) => each !== value) : [...chosen, value];
      draw();
    }
  };
  const keys = {
    ArrowDown: () => step(1),
    ArrowUp: () => step(-1),
    Home: () => step(-Infinity),
    End: () => step(Infinity),
    Enter: () => fitting()[active] && pick(fitting()[active].value),
    Tab: () => element.hidePopover(),
  };
  const step = (by) => {
    active = Math.max(0, Math.min(active + by, fitting().length - 1));
    mark();
  };
  focus.addEventListener("keydown", (event) => {
    const act = keys[event.key] ?? (event.key === " " && !input ? keys.Enter : null) ?? (input ? null : begins(event.key));
    if (!act) return;
    if (event.key !== "Tab") event.preventDefault();
    act();
  });
  /** A letter leads to the next option that begins with it. */
  const begins = (key) => {
    if (key.length !== 1) return null;
    const labels = options.map((option) => option.label.toLowerCase());
    const next = [...labels.keys()].map((offset) => (active + 1 + offset) % labels.length).find((at) => labels[at].startsWith(key.toLowerCase()));
    return next === undefined ? null : () => step(next - active);
  };
  input?.addEventListener?.("input", () => {
    active = 0;
    draw();
  });
  const place = () => stand(element, field);
  element.addEventListener("toggle", (event) => {
    const open = event.newState === "open";
    field.setAttribute("aria-expanded", String(open));
    const listen = open ? "addEventListener" : "removeEventListener";
    window[listen]("scroll", place, true);
    window[listen]("resize", place);
    if (!open) settle(chosen);
  });
  const toggle = (before) => {
    // A press on the field has already closed an open list: the browser's own light dismissal.
    if (field.getAttribute("aria-expanded") === "true") return;
    chosen = [...before];
    active = Math.max(0, options.findIndex((option) => chosen.includes(option.value)));
    if (input) input.value = "";
    draw();
    element.showPopover();
    place();
    focus.focus();
  };
  return { element, toggle };
}

/** Places the list below its field, or above where there is more room. */
function stand(element, field) {
  const at = field.getBoundingClientRect();
  const below = innerHeight - at.bottom - 2 * GAP;
  const above = at.top - 2 * GAP;
  const under = below >= Math.min(TALLEST, element.scrollHeight) || below >= above;
  element.style.left = `${at.left}px`;
  element.style.width = `${at.width}px`;
  element.style.maxHeight = `${Math.min(TALLEST, under ? below : above)}px`;
  element.style.top = under ? `${at.bottom + GAP}px` : "auto";
  element.style.bottom = under ? "auto" : `${innerHeight - at.top + GAP}px`;
}
