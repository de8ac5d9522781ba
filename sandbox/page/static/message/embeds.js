// Embeds: https://docs.discord.com/developers/resources/message#embed-object

import { make } from "../make.js";
import { colour } from "./components.js";
import { gallery, isOurs, picture } from "./gallery.js";
import { outside, renderInline, renderMarkdown } from "./markdown.js";
import { sent } from "./time.js";

/** @import { Context } from "../types.js" */

/**
 * Renders a message's embeds; those with the same URL share the first one, with all pictures in it.
 *
 * @param {any[]} all
 * @param {Context} context
 */
export function embeds(all, context) {
  const shown = new Map();
  for (const [index, embed] of all.entries()) {
    const key = embed.url && embed.image ? embed.url : index;
    if (shown.has(key)) shown.get(key).images.push(embed.image);
    else shown.set(key, { embed, images: embed.image ? [embed.image] : [] });
  }
  return [...shown.values()].map(({ embed, images }) => one(embed, images.slice(0, 4), context));
}

/**
 * @param {any} embed
 * @param {any[]} images
 * @param {Context} context
 */
function one(embed, images, context) {
  const texts = make(
    "div",
    { class: "embed-texts" },
    ...[
      embed.author && named("embed-author", embed.author.name, embed.author.url, embed.author.icon_url),
      embed.title &&
        make(
          "div",
          { class: "embed-title markdown" },
          embed.url
            ? outside(embed.url, { class: "link" }, renderInline(embed.title, context))
            : renderInline(embed.title, context),
        ),
      embed.description &&
        make("div", { class: "embed-description markdown" }, renderMarkdown(embed.description, context)),
      embed.fields?.length && make("div", { class: "embed-fields" }, ...fields(embed.fields, context)),
    ].filter(Boolean),
  );
  const box = make("div", { class: "embed" }, texts);
  if (embed.color) box.style.setProperty("--accent-colour", colour(embed.color));
  if (embed.thumbnail)
    box.append(
      make("div", { class: "embed-thumbnail thumbnail" }, picture(embed.thumbnail, [embed.thumbnail], context)),
    );
  if (images.length) box.append(make("div", { class: "embed-image" }, gallery(images, context)));
  const bottom = footer(embed, context);
  if (bottom) box.append(bottom);
  return box;
}

/**
 * Renders fields; up to three inline ones share a row.
 *
 * @param {any[]} all
 * @param {Context} context
 */
function fields(all, context) {
  const lines = [];
  for (const field of all) {
    const line = lines.at(-1);
    if (field.inline && line?.[0].inline && line.length < 3) line.push(field);
    else lines.push([field]);
  }
  return lines.flatMap((line) =>
    line.map((field) =>
      make(
        "div",
        { class: `embed-field embed-field-${field.inline ? line.length : 1}` },
        make("div", { class: "embed-field-name markdown" }, renderInline(field.name, context)),
        make("div", { class: "embed-field-value markdown" }, renderMarkdown(field.value, context)),
      ),
    ),
  );
}

/**
 * @param {any} embed
 * @param {Context} context
 */
function footer(embed, context) {
  if (!embed.footer && !embed.timestamp) return null;
  const when = embed.timestamp && sent(embed.timestamp, context);
  return named("embed-footer", [embed.footer?.text, when].filter(Boolean).join(" • "), null, embed.footer?.icon_url);
}

/**
 * @param {string} look
 * @param {string | undefined} text
 * @param {string | null | undefined} url
 * @param {string | undefined} icon
 */
function named(look, text, url, icon) {
  const small = icon && isOurs(icon) ? make("img", { src: icon, alt: "", class: "embed-icon" }) : null;
  const words = url ? outside(url, {}, text) : make("span", { text });
  return make("div", { class: look }, small, words);
}
