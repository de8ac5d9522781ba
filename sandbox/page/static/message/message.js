// A message as Discord's client shows it.

import { avatar, nameOf } from "../avatar.js";
import { make } from "../make.js";
import { dots } from "./buttons.js";
import { component, failure } from "./components.js";
import { embeds } from "./embeds.js";
import { attachments } from "./files.js";
import { above } from "./above.js";
import { icon } from "../icons.js";
import { isLarge, renderMarkdown } from "./markdown.js";
import { hour, inFull, sent } from "./time.js";
import { words } from "../words.js";

/** @import { Context, Message } from "../types.js" */

/** `flags` of a message: https://docs.discord.com/developers/resources/message#message-object-message-flags */
const SUPPRESS_EMBEDS = 1 << 2;
const EPHEMERAL = 1 << 6;
const LOADING = 1 << 7;
const SILENT = 1 << 12;

/**
 * Returns the message as an `<article>`; the same JSON makes the same elements.
 *
 * @param {Message} message
 * @param {Context} context
 */
export function renderMessage(message, context) {
  let spoilers = 0;
  const inside = { ...context, message, count: () => (spoilers += 1) };
  const id = `message-${message.id}`;
  const article = make(
    "article",
    {
      class: "message",
      "aria-labelledby": `${id}-name ${id}-body ${id}-time`,
      data: { id: message.id },
    },
    above(message, inside),
  );
  article.classList.toggle("mentioning", mentions(message, context.me));
  article.classList.toggle("ephemeral", Boolean(message.flags & EPHEMERAL));
  article.append(
    make("div", { class: "message-avatar" }, avatar(message.author, 40)),
    make("time", { class: "message-hour", "aria-hidden": "true", text: hour(message.timestamp, context) }),
    head(message, inside, id),
    make("div", { class: "message-body", id: `${id}-body` }, ...body(message, inside)),
  );
  if (message.flags & EPHEMERAL && message.local !== "sending") article.append(only(message, inside));
  return article;
}

/**
 * @param {Message} message
 * @param {string} me
 */
function mentions(message, me) {
  return Boolean(message.mention_everyone || message.mentions?.some((user) => user.id === me));
}

/**
 * @param {Message} message
 * @param {Context} context
 * @param {string} id
 */
function head(message, context, id) {
  const { author } = message;
  const silent = words("silent");
  return make(
    "h3",
    { class: "message-head" },
    make("span", { class: "message-name", id: `${id}-name`, text: nameOf(author), data: { id: author.id } }),
    author.bot ? make("span", { class: "message-tag" }, icon("check", 12), words("appTag")) : null,
    make("time", {
      class: "message-time",
      id: `${id}-time`,
      text: sent(message.timestamp, context),
      datetime: message.timestamp,
      title: inFull(message.timestamp, context),
    }),
    message.flags & SILENT
      ? make("span", { class: "message-silent", role: "img", "aria-label": silent, title: silent }, icon("bell", 14))
      : null,
  );
}

/**
 * @param {Message} message
 * @param {Context} context
 */
function body(message, context) {
  if (message.local === "sending") return [make("p", { class: "message-waiting", text: words("sendingCommand") })];
  if (message.local === "failed") return [failure(words("noAnswer"))];
  if (message.flags & LOADING) return [thinking(message, context)];
  const shown = [];
  if (message.content) shown.push(content(message, context));
  if (!(message.flags & SUPPRESS_EMBEDS)) shown.push(...embeds(message.embeds ?? [], context));
  shown.push(...attachments(message.attachments ?? [], context));
  shown.push(...(message.components ?? []).map((part) => component(part, context)).filter(Boolean));
  if (message.edited_timestamp && !message.content) shown.push(edited(message, context));
  return shown;
}

/**
 * @param {Message} message
 * @param {Context} context
 */
function content(message, context) {
  const text = make("div", { class: "message-content markdown" }, renderMarkdown(message.content, context));
  text.classList.toggle("large", isLarge(message.content));
  if (message.edited_timestamp) lastLine(text).append(" ", edited(message, context));
  return text;
}

/**
 * Returns the last line of text, if the text ends in one, else the whole.
 *
 * @param {HTMLElement} text
 */
function lastLine(text) {
  return text.lastElementChild?.matches(".text") ? text.lastElementChild : text;
}

/**
 * @param {Message} message
 * @param {Context} context
 */
function edited(message, context) {
  return make("span", {
    class: "message-edited",
    text: words("editedMark"),
    title: inFull(message.edited_timestamp ?? message.timestamp, context),
  });
}

/**
 * @param {Message} message
 * @param {Context} context
 */
function thinking(message, context) {
  return make(
    "p",
    { class: "message-waiting" },
    dots(),
    make("span", { text: words("thinking", { name: nameOf(message.author) }) }),
  );
}

/**
 * @param {Message} message
 * @param {Context} context
 */
function only(message, context) {
  return make(
    "p",
    { class: "message-only" },
    icon("eye", 16),
    make("span", { text: words("onlyYou") }),
    " • ",
    make("button", {
      type: "button",
      class: "link",
      text: words("dismiss"),
      onclick: () => context.onDismiss?.(message),
    }),
  );
}
