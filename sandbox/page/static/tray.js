/** Files above the composer: thumbnails of what will be sent with a message or command. */

import { icon, iconButton } from "./icons.js";
import { upload } from "./live.js";
import { make } from "./make.js";
import { words } from "./words.js";

/** An attached file. The upload starts at once; sending waits for it. */
export class Attached {
  /** @param {File} file */
  constructor(file) {
    this.file = file;
    this.number = upload(file);
    this.number.catch(() => {});
    this.preview = file.type.startsWith("image/") ? URL.createObjectURL(file) : null;
  }

  release() {
    if (this.preview) URL.revokeObjectURL(this.preview);
  }
}

/**
 * Returns a card that shows a file.
 *
 * @param {{ file: File, preview: string | null }} attached
 * @param {{ label?: string, remove: () => void }} about
 */
export function fileCard(attached, { label, remove }) {
  const { file, preview } = attached;
  const picture = preview ? make("img", { src: preview, alt: "" }) : icon("file", 56);
  return make(
    "li",
    { class: "tray-card", "aria-label": label ? `${label}: ${file.name}` : file.name },
    label ? make("span", { class: "tray-label", text: label }) : null,
    make("span", { class: "tray-picture" }, picture),
    make("span", { class: "tray-name", text: file.name }),
    iconButton("close", words("remove", { name: file.name }), remove, { class: "tool tray-remove" }),
  );
}

/**
 * Returns a card to choose a file for.
 *
 * @param {string} label
 * @param {{ choose: () => void, remove: (() => void) | null, invalid: boolean }} about
 */
export function emptyCard(label, { choose, remove, invalid }) {
  return make(
    "li",
    { class: "tray-card empty", "data-invalid": invalid || null },
    make("span", { class: "tray-label", text: label }),
    make(
      "button",
      {
        type: "button",
        class: "tray-choose",
        "aria-label": `${label}: ${words("chooseFile")}`,
        onclick: choose,
        "data-option": label,
      },
      icon("upload", 28),
      make("span", { text: words("chooseFile") }),
    ),
    remove ? iconButton("close", words("remove", { name: label }), remove, { class: "tool tray-remove" }) : null,
  );
}

/**
 * Opens the file dialog and calls `take` with the chosen files.
 *
 * @param {(files: File[]) => void} take
 */
export function chooseFiles(take, several = true) {
  const input = make("input", {
    type: "file",
    multiple: several,
    class: "unseen",
    tabindex: -1,
    "aria-hidden": "true",
  });
  input.addEventListener("change", () => {
    take([...(input.files ?? [])]);
    input.remove();
  });
  input.addEventListener("cancel", () => input.remove());
  document.body.append(input);
  input.click();
}
