// Spoilers: text, pictures and containers that are hidden until clicked.

import { make } from "../make.js";
import { words } from "../words.js";

/** Hides text under a bar. */
export function spoilerText(children, context) {
  const inside = make("span", { class: "spoiler-inside" }, ...children);
  const cover = make("span", { class: "spoiler" }, inside);
  hide(cover, inside, context);
  return cover;
}

/** Blurs anything else under a label. */
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

/** Hides an element unless it was revealed before: the nth spoiler of this message. */
function hide(cover, inside, context) {
  const key = `${context.message?.id}:${context.count?.() ?? 0}`;
  if (context.revealed?.has(key)) {
    cover.classList.add("revealed");
    return;
  }
  const reveal = (event) => {
    if (event.type === "keydown" && event.key !== "Enter" && event.key !== " ") return;
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
