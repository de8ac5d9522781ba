// Pictures in Discord's grids.

import { make } from "../make.js";
import { icon } from "../icons.js";
import { spoilerBox } from "./spoiler.js";
import { words } from "../words.js";

/** @import { Context } from "../types.js" */

/**
 * One to ten pictures or videos. `items`: `{url, width, height, content_type, description, spoiler}`.
 * A click opens the picture at full size, with the others beside it.
 *
 * @param {any[]} items
 * @param {Context} context
 */
export function gallery(items, context) {
  const open = items.filter((item) => !isFilm(item) && isOurs(item.url));
  const tiles = items.map((item) => tile(item, open, context));
  return make("div", { class: "gallery", data: { count: String(items.length) } }, ...tiles);
}

/**
 * Returns whether the page may load a URL: only those of this server.
 *
 * @param {string} url
 */
export function isOurs(url) {
  return URL.canParse(url, location.href) && new URL(url, location.href).origin === location.origin;
}

/**
 * Returns a picture that opens at full size, or a placeholder if it can't be shown.
 *
 * @param {any} item
 * @param {any[]} open
 * @param {Context} context
 */
export function picture(item, open, context) {
  const about = item.description || words("image");
  if (!isOurs(item.url)) return missing(about, context);
  const image = make("img", {
    src: item.url,
    alt: item.description ?? "",
    width: item.width,
    height: item.height,
    loading: "lazy",
    draggable: "false",
    onerror: () => image.parentElement?.replaceWith(missing(about, context)),
  });
  return make(
    "button",
    {
      type: "button",
      class: "picture",
      data: { key: item.url },
      "aria-label": words("openLarge", { what: about }),
      onclick: () => context.onImage?.(open, open.indexOf(item)),
    },
    image,
  );
}

/**
 * @param {any} item
 * @param {any[]} open
 * @param {Context} context
 */
function tile(item, open, context) {
  const shown = isFilm(item) ? film(item, context) : picture(item, open, context);
  const cell = make("div", { class: "tile" }, item.spoiler ? spoilerBox(shown, context) : shown);
  if (item.width && item.height) {
    cell.style.setProperty("--ratio", String(item.width / item.height));
    cell.style.setProperty("--natural", `${item.width}px`);
  }
  return cell;
}

/**
 * @param {any} item
 * @param {Context} context
 */
function film(item, context) {
  const about = item.description || words("attachment");
  if (!isOurs(item.url)) return missing(about, context);
  return make("video", { src: item.url, controls: true, preload: "metadata", "aria-label": about });
}

/**
 * @param {string} about
 * @param {Context} context
 */
function missing(about, context) {
  const label = `${about}: ${words("pictureMissing")}`;
  return make("div", { class: "picture missing", role: "img", "aria-label": label, title: label }, icon("image", 32));
}

/** @param {any} item */
function isFilm(item) {
  return (item.content_type ?? "").startsWith("video/");
}
