// What is hidden until somebody looks: words, pictures, whole boxes.

import { make } from "../make.js";
import { words } from "../words.js";

/** Words under a bar. */
export function spoilerText(children, context) {
  const inside = make("span", { class: "spoiler-inside" }, ...children);
  const cover = make("span", { class: "spoiler" }, inside);
  hide(cover, inside, context);
  return cover;
}

/** Anything else, blurred under a word. */
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

/** What was revealed stays so when the message is drawn again: the nth spoiler of this message. */
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
