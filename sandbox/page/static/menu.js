/** A menu at an element, or where somebody clicked. */

import { anew } from "./focus.js";
import { icon } from "./icons.js";
import { make } from "./make.js";

let close = () => {};

/**
 * Opens a menu at its checked item, else at the first; items are
 * `{label, hint?, picture?, checked?, danger?, act}` or null, a line.
 * `at`: an element or `{x, y}`. The focus goes back to where it was.
 */
export function openMenu(at, items, { label, above = false } = {}) {
  close();
  const before = document.activeElement;
  const menu = make("div", { class: "menu", role: "menu", "aria-label": label });
  menu.append(...items.map((item) => (item ? row(item) : make("div", { role: "separator" }))));
  document.getElementById("over").append(menu);
  place(menu, at, above);
  const outside = (event) => menu.contains(event.target) || close();
  close = (back = false) => {
    close = () => {};
    document.removeEventListener("pointerdown", outside, true);
    menu.remove();
    if (back) anew(before)?.focus();
  };
  document.addEventListener("pointerdown", outside, true);
  menu.addEventListener("keydown", (event) => key(event, menu));
  menu.addEventListener("focusout", (event) => menu.contains(event.relatedTarget) || event.relatedTarget === null || close());
  (menu.querySelector('[aria-checked="true"]') ?? menu.querySelector('[role^="menuitem"]'))?.focus();
}

function row(item) {
  const checkable = item.checked !== undefined;
  return make("button", {
    type: "button", role: checkable ? "menuitemradio" : "menuitem", tabindex: -1, class: item.danger ? "danger" : "",
    "aria-checked": checkable && String(item.checked),
    onclick: () => { close(true); item.act(); },
  }, item.picture ?? null, make("span", { class: "label", text: item.label }),
  item.hint ? make("small", { text: item.hint }) : null,
  item.checked ? icon("check", 18) : null);
}

function key(event, menu) {
  const rows = [...menu.querySelectorAll('[role^="menuitem"]')];
  const now = rows.indexOf(document.activeElement);
  const moves = { ArrowDown: now + 1, ArrowUp: now - 1, Home: 0, End: -1 };
  if (event.key in moves) rows.at(moves[event.key] % rows.length)?.focus();
  else if (event.key === "Escape" || event.key === "Tab") close(true);
  else return;
  event.preventDefault();
  event.stopPropagation();
}

function place(menu, at, above) {
  const box = at instanceof Element ? at.getBoundingClientRect() : { left: at.x, right: at.x, top: at.y, bottom: at.y };
  const { width, height } = menu.getBoundingClientRect();
  const left = Math.max(8, Math.min(box.left, innerWidth - width - 8));
  const under = box.bottom + 4 + height <= innerHeight - 8;
  const top = above || !under ? Math.max(8, box.top - height - 4) : box.bottom + 4;
  menu.style.left = `${left}px`;
  menu.style.top = `${top}px`;
}
