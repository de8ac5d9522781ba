// Buttons of every style, and their state after a press.

import { make } from "../make.js";
import { icon } from "../icons.js";
import { outside } from "./markdown.js";
import { words } from "../words.js";

/** @import { Context } from "../types.js" */

/** @type {Record<number, string>} */
const STYLES = { 1: "primary", 2: "secondary", 3: "success", 4: "danger", 5: "link", 6: "premium" };
const LINK = 5;
const PREMIUM = 6;

/**
 * Returns a button: with a URL a link, with a `custom_id` an interaction.
 *
 * @param {any} part
 * @param {Context} context
 */
export function button(part, context) {
  const look = `component-button button-${STYLES[part.style] ?? "secondary"}`;
  if (part.style === LINK) return linked(part, look);
  const pending = context.states?.get(part.custom_id) === "pending";
  const shown = make(
    "button",
    {
      class: look,
      type: "button",
      // Nothing is sold here: a premium button is only for show.
      disabled: part.disabled || part.style === PREMIUM,
      "aria-busy": pending && "true",
      "aria-label": spoken(part, pending),
      data: part.custom_id && { customId: part.custom_id },
      onclick: () => pending || (context.message && context.onPress?.(context.message, part)),
    },
    part.style === PREMIUM ? icon("gem", 18) : null,
    ...label(part),
  );
  if (pending) shown.append(dots());
  return shown;
}

/** Three dots that move while an answer is pending. */
export function dots() {
  return make("span", { class: "dots", "aria-hidden": "true" }, make("i"), make("i"), make("i"));
}

/**
 * Returns an emoji beside a label; only the name of a custom one.
 *
 * @param {any} part
 */
export function emoji(part) {
  if (!part?.name) return null;
  const look = part.id ? "emoji emoji-custom" : "emoji";
  return make("span", { class: look, "aria-hidden": "true", text: part.id ? `:${part.name}:` : part.name });
}

/**
 * @param {any} part
 * @param {string} look
 */
function linked(part, look) {
  const about = { class: look, "aria-label": part.label ? null : part.emoji?.name };
  if (part.disabled)
    return make("span", { ...about, role: "link", "aria-disabled": "true" }, ...label(part), icon("link", 16));
  return outside(part.url, about, ...label(part), icon("link", 16));
}

/** @param {any} part */
function label(part) {
  const text = part.style === PREMIUM ? words("premium") : part.label;
  return [emoji(part.emoji), text ? make("span", { class: "button-label", text }) : null];
}

/**
 * @param {any} part
 * @param {boolean} pending
 */
function spoken(part, pending) {
  const name = part.label ?? part.emoji?.name ?? "";
  if (pending) return `${name}, ${words("awaitingAnswer")}`;
  return part.label ? null : name;
}
