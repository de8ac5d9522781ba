// Spoilers: text, pictures and containers that are hidden until clicked.

import { make } from "../make.js";
import { words } from "../words.js";

/**
 * @import { Child } from "../make.js"
 * @import { Context } from "../types.js"
 */

/**
 * Hides text under a bar.
 *
 * @param {Child[]} children
 * @param {Context} context
 */
export function spoilerText(children, context) {
  const inside = make("span", { class: "spoiler-inside" }, ...children);
  const cover = make("span", { class: "spoiler" }, inside);
  hide(cover, inside, context);
  return cover;
}

/**
 * Blurs anything else under a label.
 *
 * @param {HTMLElement} element
 * @param {Context} context
 */
export function spoilerBox(element, context) {
  const box = make(
    "div",
    { class: "spoiler-box" },
    element,
    make("span", { class: "spoiler-word", text: words("spoiler") }),
  );
  hide(box, element, context);
  return box;
}

/**
 * Hides an element unless it was revealed before: the nth spoiler of this message.
 *
 * @param {HTMLElement} cover
 * @param {HTMLElement} inside
 * @param {Context} context
 */
function hide(cover, inside, context) {
  const key = `${context.message?.id}:${context.count?.() ?? 0}`;
  if (context.revealed?.has(key)) {
    cover.classList.add("revealed");
    return;
  }
  /** @param {Event} event */
  const reveal = (event) => {
    if (event instanceof KeyboardEvent && event.key !== "Enter" && event.key !== " ") return;
    event.preventDefault();
    event.stopPropagation();
    context.revealed?.add(key);
    cover.classList.add("revealed");
    for (const name of ["role", "tabindex", "aria-label"]) cover.removeAttribute(name);
    inside.inert = false;
    for (const type of ["click", "keydown"]) cover.removeEventListener(type, reveal);
  };
  inside.inert = true;
  cover.setAttribute("role", "button");
  cover.setAttribute("tabindex", "0");
  cover.setAttribute("aria-label", words("reveal"));
  for (const type of ["click", "keydown"]) cover.addEventListener(type, reveal);
}
