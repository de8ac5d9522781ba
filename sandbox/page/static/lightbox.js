/** Pictures at full size. */

import { around, focused } from "./dom.js";
import { anew } from "./focus.js";
import { icon, iconButton } from "./icons.js";
import { make } from "./make.js";
import { words } from "./words.js";

/**
 * Opens one of several pictures `{url, width, height, description}`; arrow keys switch between them.
 *
 * @param {any[]} items
 * @param {number} index
 */
export function openLightbox(items, index) {
  const picture = make("img", { class: "large" });
  const caption = make("figcaption");
  const original = make(
    "a",
    { target: "_blank", rel: "noreferrer", class: "tool", "aria-label": words("openFull"), title: words("openFull") },
    icon("open"),
  );
  let now = index;
  /** @param {any} wanted */
  const show = (wanted) => {
    now = (wanted + items.length) % items.length;
    const item = items[now];
    picture.src = original.href = item.url;
    picture.alt = item.description ?? words("picture", { index: now + 1, count: items.length });
    if (item.width) picture.width = item.width;
    if (item.height) picture.height = item.height;
    caption.textContent = [item.description, items.length > 1 ? `${now + 1} / ${items.length}` : ""]
      .filter(Boolean)
      .join(" · ");
  };
  const several = items.length > 1;
  const before = focused();
  const dialog = make(
    "dialog",
    { class: "lightbox", "aria-label": words("picture", { index: index + 1, count: items.length }) },
    make("figure", {}, picture, caption),
    make(
      "div",
      { class: "lightbox-tools" },
      original,
      iconButton("close", words("close"), () => dialog.close()),
    ),
    several ? iconButton("left", words("previous"), () => show(now - 1), { class: "tool previous" }) : null,
    several ? iconButton("right", words("next"), () => show(now + 1), { class: "tool next" }) : null,
  );
  dialog.addEventListener("keydown", (event) => {
    if (several && event.key === "ArrowLeft") show(now - 1);
    if (several && event.key === "ArrowRight") show(now + 1);
  });
  dialog.addEventListener("click", (event) => around(event, "img, a, button") || dialog.close());
  dialog.addEventListener("close", () => {
    dialog.remove();
    anew(before)?.focus();
  });
  show(index);
  document.body.append(dialog);
  dialog.showModal();
}
