// Discord's markdown as elements: https://docs.discord.com/developers/reference#message-formatting

import { make } from "../make.js";
import { blocks } from "./blocks.js";
import { icon } from "../icons.js";
import { inline, isJumbo } from "./inline.js";
import { spoilerText } from "./spoiler.js";
import { timestamp } from "./time.js";
import { words } from "../words.js";

/**
 * @import { About } from "../make.js"
 * @import { Context } from "../types.js"
 * @import { Word } from "../words.js"
 */

/**
 * Renders a text as Discord shows it in a message.
 *
 * @param {string | null | undefined} text
 * @param {Context} context
 */
export function renderMarkdown(text, context) {
  const shown = document.createDocumentFragment();
  shown.append(...drawAll(blocks(text ?? ""), context));
  return shown;
}

/**
 * Renders a text with inline markup only, for titles and field names.
 *
 * @param {string | null | undefined} text
 * @param {Context} context
 */
export function renderInline(text, context) {
  const shown = document.createDocumentFragment();
  shown.append(...drawAll(inline(text ?? ""), context));
  return shown;
}

/**
 * Returns whether a message's text is shown large: a few emoji and nothing else.
 *
 * @param {string | null} text
 */
export function isLarge(text) {
  const found = blocks(text ?? "");
  return found.length === 1 && found[0].type === "text" && isJumbo(found[0].children);
}

/**
 * Returns a link that leaves the page, or just its text if the URL isn't http(s).
 *
 * @param {string} url
 * @param {About} about
 * @param {...any} children
 */
export function outside(url, about, ...children) {
  const safe = URL.canParse(url) && ["http:", "https:"].includes(new URL(url).protocol);
  if (!safe) return make("span", {}, ...children);
  return make("a", { ...about, href: url, target: "_blank", rel: "noopener noreferrer nofollow" }, ...children);
}

/** @type {Record<number, "h3" | "h4" | "h5">} */
const HEADINGS = { 1: "h3", 2: "h4", 3: "h5" };
/** @type {Record<string, Word>} */
const GUIDE = {
  browse: "guide_browse",
  customize: "guide_customize",
  guide: "guide_guide",
  "linked-roles": "guide_linked_roles",
};
/** @type {Record<string, Word>} */
const UNKNOWN = { user: "unknown_user", role: "unknown_role", channel: "unknown_channel" };
/** @type {Record<string, (node: any, context: Context) => Node | string>} */
const DRAWN = {
  text: (node, context) => (node.children ? make("span", { class: "text" }, ...inside(node, context)) : node.text),
  heading: (node, context) =>
    make(HEADINGS[node.level], { class: `heading heading-${node.level}` }, ...inside(node, context)),
  subtext: (node, context) => make("small", { class: "subtext" }, ...inside(node, context)),
  quote: (node, context) => make("blockquote", {}, ...inside(node, context)),
  list: drawList,
  code: drawCode,
  tick: (node) => make("code", { class: "tick", text: node.text }),
  break: () => "\n",
  strong: (node, context) => make("strong", {}, ...inside(node, context)),
  em: (node, context) => make("em", {}, ...inside(node, context)),
  u: (node, context) => make("u", {}, ...inside(node, context)),
  s: (node, context) => make("s", {}, ...inside(node, context)),
  spoiler: (node, context) => spoilerText(inside(node, context), context),
  link: (node, context) =>
    outside(node.url, { class: "link", title: node.title ?? node.url }, ...inside(node, context)),
  time: (node, context) => timestamp(node.seconds, node.style, context) ?? node.text,
  mention: drawMention,
  command: drawCommand,
  guide: (node, context) => make("span", { class: "mention", text: words(GUIDE[node.id]) }),
  emoji: (node) => make("span", { class: "emoji", text: node.text, title: node.name && `:${node.name}:` }),
  custom: (node) => make("span", { class: "emoji emoji-custom", text: `:${node.name}:` }),
};

/**
 * @param {any[]} nodes
 * @param {Context} context
 */
function drawAll(nodes, context) {
  return nodes.map((node) => DRAWN[node.type](node, context));
}

/**
 * @param {any} node
 * @param {Context} context
 */
function inside(node, context) {
  return drawAll(node.children, context);
}

/**
 * @param {any} node
 * @param {Context} context
 */
function drawList(node, context) {
  const items = node.items.map((/** @type {any} */ item) => make("li", {}, ...drawAll(item, context)));
  return make(
    node.ordered ? "ol" : "ul",
    { class: "list", start: node.ordered && node.start !== 1 && node.start },
    ...items,
  );
}

/**
 * @param {any} node
 * @param {Context} context
 */
function drawCode(node, context) {
  const label = words("copy");
  const copy = make(
    "button",
    {
      type: "button",
      class: "copy",
      "aria-label": label,
      title: label,
      onclick: () => copied(copy, node.text),
    },
    icon("copy", 16),
  );
  const code = make("code", { text: node.text, tabindex: "0", data: { language: node.language } });
  return make("pre", { class: "code" }, code, copy);
}

/**
 * @param {HTMLElement} button
 * @param {string} text
 */
async function copied(button, text) {
  await navigator.clipboard.writeText(text);
  button.replaceChildren(icon("check", 16));
}

/**
 * Draws the name as it was written: Discord translates none, and knows none that was translated
 * (https://github.com/discord/discord-api-docs/issues/5632).
 *
 * @param {any} node
 * @param {Context} context
 */
function drawCommand(node, context) {
  const about = { class: "mention", data: { command: node.name }, text: `/${node.name}` };
  const start = context.command(node.name, node.id);
  return start ? make("button", { type: "button", onclick: start, ...about }) : make("span", about);
}

/**
 * @param {any} node
 * @param {Context} context
 */
function drawMention(node, context) {
  if (node.kind === "all") return make("span", { class: "mention", text: `@${node.id}` });
  const name = context.name(node.kind, node.id) ?? words(UNKNOWN[node.kind]);
  const sign = node.kind === "channel" ? "#" : "@";
  return make("span", { class: `mention mention-${node.kind}`, data: { id: node.id }, text: sign + name });
}
