// Components: https://docs.discord.com/developers/components/reference

import { make } from "../make.js";
import { button } from "./buttons.js";
import { fileCard } from "./files.js";
import { gallery, picture } from "./gallery.js";
import { icon } from "../icons.js";
import { renderMarkdown } from "./markdown.js";
import { renderSelect } from "./select.js";
import { spoilerBox } from "./spoiler.js";
import { words } from "../words.js";

/** @import { Context } from "../types.js" */

/** @type {Record<number, (part: any, context: Context) => Node | null>} */
const DRAWN = {
  1: row,
  2: button,
  3: select,
  5: select,
  6: select,
  7: select,
  8: select,
  9: section,
  10: (part, context) => make("div", { class: "text-display markdown" }, renderMarkdown(part.content, context)),
  11: thumbnail,
  12: (part, context) =>
    gallery(
      part.items.map((/** @type {any} */ item) => media(item.media, item)),
      context,
    ),
  13: (part, context) =>
    fileCard(
      {
        name: part.name ?? nameIn(part.file.url),
        size: part.size,
        url: part.file.url,
        kind: part.file.content_type,
        spoiler: part.spoiler,
      },
      context,
    ),
  14: separator,
  17: container,
};

/**
 * Renders a component with its children; null for an unknown type.
 *
 * @param {any} part
 * @param {Context} context
 */
export function component(part, context) {
  return DRAWN[part.type]?.(part, context) ?? null;
}

/**
 * @param {any[]} parts
 * @param {Context} context
 */
function inside(parts, context) {
  return parts.map((part) => component(part, context));
}

/**
 * @param {any} part
 * @param {Context} context
 */
function container(part, context) {
  const box = make("div", { class: "container" }, ...inside(part.components, context));
  if (part.accent_color !== undefined && part.accent_color !== null) {
    box.classList.add("accented");
    box.style.setProperty("--accent-colour", colour(part.accent_color));
  }
  return part.spoiler ? spoilerBox(box, context) : box;
}

/**
 * Returns a CSS colour for the number in an embed or container.
 *
 * @param {number} number
 */
export function colour(number) {
  return `#${number.toString(16).padStart(6, "0")}`;
}

/**
 * @param {any} part
 * @param {Context} context
 */
function section(part, context) {
  const texts = make("div", { class: "section-texts" }, ...inside(part.components, context));
  const accessory = component(part.accessory, context);
  const shown = make("div", { class: "section" }, texts, make("div", { class: "section-accessory" }, accessory));
  return failable(shown, [part.accessory], context);
}

/**
 * @param {any} part
 * @param {Context} context
 */
function thumbnail(part, context) {
  const item = media(part.media, part);
  const shown = make("div", { class: "thumbnail" }, picture(item, [item], context));
  return part.spoiler ? spoilerBox(shown, context) : shown;
}

/** @param {any} part */
function separator(part) {
  const look = `separator separator-${part.spacing === 2 ? "large" : "small"}`;
  return part.divider === false
    ? make("div", { class: look, "aria-hidden": "true" })
    : make("hr", { class: `${look} divided` });
}

/**
 * @param {any} part
 * @param {Context} context
 */
function row(part, context) {
  return failable(make("div", { class: "row" }, ...inside(part.components, context)), part.components, context);
}

/**
 * @param {any} part
 * @param {Context} context
 */
function select(part, context) {
  const shown = renderSelect(part, context, (values) => {
    if (context.message) context.onSelect?.(context.message, part, values);
  });
  shown.classList.toggle("pending", context.states?.get(part.custom_id) === "pending");
  return shown;
}

/**
 * Adds an error below an element if an interaction in it failed.
 *
 * @param {HTMLElement} element
 * @param {any[]} parts
 * @param {Context} context
 */
function failable(element, parts, context) {
  if (!parts.some((part) => part.custom_id && context.states?.get(part.custom_id) === "failed")) return element;
  return make("div", { class: "failable" }, element, failure(words("interactionFailed")));
}

/**
 * Returns an error message.
 *
 * @param {string} text
 */
export function failure(text) {
  return make("p", { class: "failure", role: "alert" }, icon("warn", 16), make("span", { text }));
}

/**
 * @param {any} unfurled
 * @param {any} about
 */
function media(unfurled, about) {
  return { ...unfurled, description: about.description, spoiler: about.spoiler };
}

/** @param {string} url */
function nameIn(url) {
  return decodeURIComponent(url.split("?")[0].split("/").at(-1) ?? "");
}
