// Pictures side by side, in the grids that Discord lays them out in.

import { make } from "../make.js";
import { icon } from "../icons.js";
import { spoilerBox } from "./spoiler.js";
import { words } from "../words.js";

/**
 * One to ten pictures or films. `items`: `{url, width, height, content_type, description, spoiler}`.
 * A click on a picture opens all of them large, at that one.
 */
export function gallery(items, context) {
  const open = items.filter((item) => !isFilm(item) && isOurs(item.url));
  const tiles = items.map((item) => tile(item, open, context));
  return make("div", { class: "gallery", data: { count: String(items.length) } }, ...tiles);
}

/** Says whether the page may load something: only what this server keeps. */
export function isOurs(url) {
  return URL.canParse(url, location.href) && new URL(url, location.href).origin === location.origin;
}

/** A picture that opens large, or what stands in for one that can't be shown. */
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
      onclick: (event) => context.onImage?.(open, open.indexOf(item), event.currentTarget),
    },
    image,
  );
}

function tile(item, open, context) {
  const shown = isFilm(item) ? film(item, context) : picture(item, open, context);
  const cell = make("div", { class: "tile" }, item.spoiler ? spoilerBox(shown, context) : shown);
  if (item.width && item.height) {
    cell.style.setProperty("--ratio", String(item.width / item.height));
    cell.style.setProperty("--natural", `${item.width}px`);
  }
  return cell;
}

function film(item, context) {
  const about = item.description || words("attachment");
  if (!isOurs(item.url)) return missing(about, context);
  return make("video", { src: item.url, controls: true, preload: "metadata", "aria-label": about });
}

function missing(about, context) {
  const label = `${about}: ${words("pictureMissing")}`;
  return make("div", { class: "picture missing", role: "img", "aria-label": label, title: label }, icon("image", 32));
}

function isFilm(item) {
  return (item.content_type ?? "").startsWith("video/");
}
