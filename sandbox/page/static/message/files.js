// Attachments: pictures in a grid, everything else as a card with a download link.

import { make } from "../make.js";
import { gallery, isOurs } from "./gallery.js";
import { icon } from "../icons.js";
import { currentLocale } from "../words.js";
import { spoilerBox } from "./spoiler.js";

/** @import { Context } from "../types.js" */

const SPOILER = "SPOILER_";

/**
 * The attachments of a message.
 *
 * @param {any[]} files
 * @param {Context} context
 */
export function attachments(files, context) {
  const seen = files.filter((file) => file.width && /^(image|video)\//.test(file.content_type ?? ""));
  const rest = files.filter((file) => !seen.includes(file));
  const items = seen.map((file) => ({ ...file, spoiler: file.filename.startsWith(SPOILER) }));
  return [
    ...(items.length ? [gallery(items, context)] : []),
    ...rest.map((file) =>
      fileCard(
        {
          name: file.filename,
          size: file.size,
          url: file.url,
          kind: file.content_type,
          spoiler: file.filename.startsWith(SPOILER),
        },
        context,
      ),
    ),
  ];
}

/**
 * Returns the card of a file `{name, size, url, kind, spoiler}`; audio has a player.
 *
 * @param {{ name: string, size: number, url: string, kind?: string, spoiler?: boolean }} about
 * @param {Context} context
 */
export function fileCard({ name, size, url, kind, spoiler }, context) {
  const ours = isOurs(url);
  const title = ours
    ? make("a", { class: "link file-name", href: url, download: name, text: name })
    : make("span", { class: "file-name", text: name });
  const about = make("div", { class: "file-about" }, title, make("span", { class: "file-size", text: bytes(size) }));
  const card = make("div", { class: "file" }, make("div", { class: "file-head" }, icon("file", 30), about));
  if (ours && (kind ?? "").startsWith("audio/"))
    card.append(make("audio", { src: url, controls: true, preload: "metadata", "aria-label": name }));
  return spoiler ? spoilerBox(card, context) : card;
}

/**
 * Formats a size as Discord does: 1024 bytes are one KB.
 *
 * @param {number} size
 */
function bytes(size) {
  if (!Number.isFinite(size)) return "";
  const steps = ["B", "KB", "MB", "GB"];
  const step = Math.min(steps.length - 1, Math.floor(Math.log2(Math.max(size, 1)) / 10));
  const number = new Intl.NumberFormat(currentLocale(), { maximumFractionDigits: step ? 2 : 0 }).format(
    size / 1024 ** step,
  );
  return `${number} ${steps[step]}`;
}
