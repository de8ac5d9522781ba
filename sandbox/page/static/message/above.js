// The small line above a message: the message it replies to, or the command it answers.

import { avatar, nameOf } from "../avatar.js";
import { make } from "../make.js";
import { icon } from "../icons.js";
import { renderMarkdown } from "./markdown.js";
import { words } from "../words.js";

/** @import { Context, Message } from "../types.js" */

/** `type` of a message: https://docs.discord.com/developers/resources/message#message-object-message-types */
const REPLY = 19;
const COMMAND = 20;
const MENU = 23;
const TEXT = 10;

/**
 * Returns the line, or `null`.
 *
 * @param {Message} message
 * @param {Context} context
 */
export function above(message, context) {
  if (message.type === COMMAND || message.type === MENU) return command(message, context);
  if (message.type === REPLY && message.message_reference) return reply(message, context);
  return null;
}

/**
 * @param {Message} message
 * @param {Context} context
 */
function command(message, context) {
  const about = message.interaction_metadata;
  if (!about?.name) return null;
  const name = message.type === COMMAND ? `/${about.name}` : about.name;
  return make(
    "div",
    { class: "above" },
    avatar(about.user, 16),
    make("span", { class: "above-name", text: nameOf(about.user) }),
    make("span", { text: words("usedCommand") }),
    make("span", { class: "mention", text: name }),
  );
}

/**
 * @param {Message} message
 * @param {Context} context
 */
function reply(message, context) {
  const to = message.referenced_message;
  if (!to) return make("div", { class: "above" }, icon("reply", 14), make("i", { text: words("deleted") }));
  const line = plain(to, context);
  return make(
    "div",
    { class: "above" },
    avatar(to.author, 16),
    make(
      "button",
      {
        type: "button",
        class: "above-reply",
        "aria-label": words("goToReplied", { name: nameOf(to.author) }),
        onclick: () => context.onReply?.(to.id),
      },
      make("span", { class: "above-name", text: nameOf(to.author) }),
      line
        ? make("span", { class: "above-text", text: line })
        : make("i", { class: "above-text", text: words("seeAttachment") }),
      seen(to) ? icon("image", 16) : null,
    ),
  );
}

/**
 * Returns a message's text on one line, with spoilers revealed.
 *
 * @param {Message} message
 * @param {Context} context
 */
function plain(message, context) {
  const shown = document.createElement("div");
  shown.append(
    renderMarkdown(message.content || texts(message.components ?? []) || message.embeds?.[0]?.description, context),
  );
  for (const spoiler of shown.querySelectorAll(".spoiler")) spoiler.replaceWith("\u25ae\u25ae\u25ae");
  for (const line of shown.querySelectorAll("blockquote, li, pre, .heading, .subtext, .text")) line.before(" ");
  return shown.textContent.replace(/\s+/g, " ").trim().slice(0, 200);
}

/** @param {any} parts */
function texts(parts) {
  return parts
    .map((/** @type {any} */ part) => (part.type === TEXT ? part.content : texts(part.components ?? [])))
    .filter(Boolean)
    .join("\n");
}

/** @param {Message} message */
function seen(message) {
  return Boolean(message.attachments?.length || message.embeds?.length || message.components?.length);
}
