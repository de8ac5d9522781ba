/** Menus, at an element or a point. */

import { byId, find, focused } from "./dom.js";
import { anew } from "./focus.js";
import { icon } from "./icons.js";
import { make } from "./make.js";

/** @typedef {{ label: string, hint?: string, picture?: Element, checked?: boolean, danger?: boolean, act: () => void }} Item */

/** Closes the open menu; `back` restores the focus. @type {(back?: boolean) => void} */
let close = () => {};

/**
 * Opens a menu and focuses its checked item, else the first. A null item is a separator. Closing
 * the menu by keyboard or choice restores the focus.
 *
 * @param {Element | { x: number, y: number }} at
 * @param {(Item | null)[]} items
 * @param {{ label: string, above?: boolean }} about
 */
export function openMenu(at, items, { label, above = false }) {
  close();
  const before = focused();
  const menu = make("div", { class: "menu", role: "menu", "aria-label": label });
  menu.append(...items.map((item) => (item ? row(item) : make("div", { role: "separator" }))));
  byId("over").append(menu);
  place(menu, at, above);
  /** @param {Event} event */
  const outside = (event) => menu.contains(/** @type {Node | null} */ (event.target)) || close();
  close = (back = false) => {
    close = () => {};
    document.removeEventListener("pointerdown", outside, true);
    menu.remove();
    if (back) anew(before)?.focus();
  };
  document.addEventListener("pointerdown", outside, true);
  menu.addEventListener("keydown", (event) => key(event, menu));
  menu.addEventListener(
    "focusout",
    ({ relatedTarget: to }) => to === null || menu.contains(/** @type {Node} */ (to)) || close(),
  );
  (find('[aria-checked="true"]', menu) ?? find('[role^="menuitem"]', menu))?.focus();
}

/** @param {Item} item */
function row(item) {
  const checkable = item.checked !== undefined;
  return make(
    "button",
    {
      type: "button",
      role: checkable ? "menuitemradio" : "menuitem",
      tabindex: -1,
      class: item.danger ? "danger" : "",
      "aria-checked": checkable && String(item.checked),
      onclick: () => {
        close(true);
        item.act();
      },
    },
    item.picture ?? null,
    make("span", { class: "label", text: item.label }),
    item.hint ? make("small", { text: item.hint }) : null,
    item.checked ? icon("check", 18) : null,
  );
}

/**
 * @param {KeyboardEvent} event
 * @param {HTMLElement} menu
 */
function key(event, menu) {
  /** @type {NodeListOf<HTMLElement>} */
  const items = menu.querySelectorAll('[role^="menuitem"]');
  const rows = [...items];
  const now = rows.findIndex((row) => row === focused());
  /** @type {Record<string, number>} */
  const moves = { ArrowDown: now + 1, ArrowUp: now - 1, Home: 0, End: -1 };
  if (event.key in moves) rows.at(moves[event.key] % rows.length)?.focus();
  else if (event.key === "Escape" || event.key === "Tab") close(true);
  else return;
  event.preventDefault();
  event.stopPropagation();
}

/**
 * @param {HTMLElement} menu
 * @param {Element | { x: number, y: number }} at
 * @param {boolean} above
 */
function place(menu, at, above) {
  const box = at instanceof Element ? at.getBoundingClientRect() : { left: at.x, right: at.x, top: at.y, bottom: at.y };
  const { width, height } = menu.getBoundingClientRect();
  const left = Math.max(8, Math.min(box.left, innerWidth - width - 8));
  const under = box.bottom + 4 + height <= innerHeight - 8;
  const top = above || !under ? Math.max(8, box.top - height - 4) : box.bottom + 4;
  menu.style.left = `${left}px`;
  menu.style.top = `${top}px`;
}
