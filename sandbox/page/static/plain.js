/** A message as a line of plain text, for a screen reader or the clipboard. */

/** @import { Message } from "./types.js" */

const TEXT = 10;
const LOADING = 128;

/**
 * Returns a message's text without markup; `name(kind, id)` looks up mentions.
 *
 * @param {Message} message
 * @param {(kind: string, id: string) => string | undefined} name
 */
export function plainText(message, name) {
  if (message.flags & LOADING) return "…";
  const texts = [
    message.content,
    ...message.embeds.flatMap((embed) => [embed.title, embed.description]),
    ...componentTexts(message.components),
  ];
  const files = message.attachments.map((file) => file.filename);
  return [...texts, ...files]
    .filter(Boolean)
    .join("\n")
    .replace(/<t:\d+(:\w)?>/g, "")
    .replace(/<@!?(\d+)>/g, (whole, id) => `@${name("user", id) ?? id}`)
    .replace(/<@&(\d+)>/g, (whole, id) => `@${name("role", id) ?? id}`)
    .replace(/<#(\d+)>/g, (whole, id) => `#${name("channel", id) ?? id}`)
    .replace(/<\/([^:>]+):\d+>/g, "/$1")
    .replace(/^(#{1,3}|-#|>>?>?) /gm, "")
    .replace(/\\([*_~`|>#-])/g, "$1")
    .replace(/\*\*|__|~~|\|\|/g, "");
}

/**
 * @param {any[]} components
 * @returns {string[]}
 */
function componentTexts(components) {
  return components.flatMap((part) => [
    ...(part.type === TEXT ? [part.content] : []),
    ...componentTexts(part.components ?? []),
  ]);
}
