/** Files that are pasted or dropped anywhere on the page. */

import { around, byId } from "./dom.js";
import { icon } from "./icons.js";
import { make } from "./make.js";
import { words } from "./words.js";

/** @import { Composer } from "./composer.js" */

/**
 * Hands files to the composer. While they are dragged over the page, an overlay says where they will go.
 *
 * @param {Composer} composer
 */
export function listenForFiles(composer) {
  document.addEventListener("paste", (event) => {
    const files = [...(event.clipboardData?.files ?? [])];
    if (!files.length || around(event, "dialog")) return;
    event.preventDefault();
    composer.take(files);
  });
  const veil = make("div", { class: "drop", hidden: true });
  byId("main").append(veil);
  /** @param {DragEvent} event */
  const carries = (event) => event.dataTransfer?.types.includes("Files") && !document.querySelector("dialog[open]");
  document.addEventListener("dragover", (event) => {
    if (!carries(event)) return;
    event.preventDefault();
    if (veil.hidden)
      veil.replaceChildren(
        make(
          "div",
          {},
          icon("upload", 48),
          make("b", { text: composer.taker }),
          make("span", { text: words("dropText") }),
        ),
      );
    veil.hidden = false;
  });
  document.addEventListener("dragleave", (event) => {
    if (!event.relatedTarget) veil.hidden = true;
  });
  document.addEventListener("drop", (event) => {
    if (!carries(event)) return;
    event.preventDefault();
    veil.hidden = true;
    composer.take([...(event.dataTransfer?.files ?? [])]);
  });
}
