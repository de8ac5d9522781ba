// Inline markdown: emphasis, links, mentions, timestamps, emoji.

import { EMOJI } from "./emoji.js";

// Tried in order at each position; the first match wins.
/** @type {[RegExp, (found: RegExpExecArray, deeper: (inside: string) => any[]) => any][]} */
const RULES = [
  [/¯\\_\(ツ\)_\/¯/y, (found) => text(found[0])],
  [/\\([^0-9A-Za-z\s])/y, (found) => text(found[1])],
  [/(`+)([\s\S]*?[^`])\1(?!`)/y, (found) => ({ type: "tick", text: bare(found[2]) })],
  [/<(https?:\/\/[^\s>]+)>/y, (found) => link(found[1], [text(found[1])])],
  [
    /<t:(-?\d{1,17})(?::([tTdDfFRsS]))?>/y,
    (found) => ({ type: "time", seconds: Number(found[1]), style: found[2] ?? "f", text: found[0] }),
  ],
  [/<@!?(\d{1,20})>/y, (found) => ({ type: "mention", kind: "user", id: found[1] })],
  [/<@&(\d{1,20})>/y, (found) => ({ type: "mention", kind: "role", id: found[1] })],
  [/<#(\d{1,20})>/y, (found) => ({ type: "mention", kind: "channel", id: found[1] })],
  [/<\/([-_ '\p{L}\p{N}]{1,98}):(\d{1,20})>/uy, (found) => ({ type: "command", name: found[1], id: found[2] })],
  [/<id:(browse|customize|guide|linked-roles)(?::\d{1,20})?>/y, (found) => ({ type: "guide", id: found[1] })],
  [/<a?:(\w{2,32}):(\d{1,20})>/y, (found) => ({ type: "custom", name: found[1] })],
  [/@(everyone|here)\b/y, (found) => ({ type: "mention", kind: "all", id: found[1] })],
  [
    /\[((?:\\.|\[[^\]\n]*\]|[^[\]\\])+)\]\(\s*<?(https?:\/\/[^\s<>()]*(?:\([^\s<>()]*\)[^\s<>()]*)*)>?(?:\s+(?:"([^"]*)"|'([^']*)'))?\s*\)/y,
    masked,
  ],
  [/https?:\/\/[^\s<]+[^<.,:;"'\]\s]/y, (found) => bareLink(found[0])],
  [
    /\*(?=\S)((?:\*\*|\s+(?:[^*\s]|\*\*)|\\[\s\S]|[^\s*\\])+?)\*(?!\*)/y,
    (found, deeper) => around("em", found[1], deeper),
  ],
  [/\*\*((?:\\[\s\S]|[^\\])+?)\*\*(?!\*)/y, (found, deeper) => around("strong", found[1], deeper)],
  [/__((?:\\[\s\S]|[^\\])+?)__(?!_)/y, (found, deeper) => around("u", found[1], deeper)],
  [/(?<![0-9A-Za-z_])_((?:__|\\[\s\S]|[^\\_])+?)_(?![0-9A-Za-z_])/y, (found, deeper) => around("em", found[1], deeper)],
  [/~~([\s\S]+?)~~(?!_)/y, (found, deeper) => around("s", found[1], deeper)],
  [/\|\|([\s\S]+?)\|\|/y, (found, deeper) => around("spoiler", found[1], deeper)],
  [
    /:([a-z0-9_+-]{1,40}):/y,
    (found) => (EMOJI.has(found[1]) ? { type: "emoji", text: EMOJI.get(found[1]), name: found[1] } : null),
  ],
  [/\p{RGI_Emoji}/vy, (found) => ({ type: "emoji", text: found[0] })],
  [/\n/y, () => ({ type: "break" })],
];
// A stretch in which no rule can match.
const PLAIN = /[\s\S](?:(?!https?:\/\/)[0-9A-Za-z \u00c0-\u1fff\u3040-\ud7ff\uf900-\ufaff])*/y;
// Deeper nesting is only ever an attack on the stack.
const DEEPEST = 12;

/**
 * Returns the nodes of a text without blocks.
 *
 * @param {string} source
 * @param {number} [depth]
 */
export function inline(source, depth = 0) {
  const nodes = [];
  /** @param {any} inside */
  const deeper = (inside) => inline(inside, depth + 1);
  let at = 0;
  while (at < source.length) {
    const [node, length] = first(source, at, depth < DEEPEST ? deeper : null);
    const last = nodes.at(-1);
    if (node.type === "text" && last?.type === "text") last.text += node.text;
    else nodes.push(node);
    at += length;
  }
  return nodes;
}

/**
 * Returns whether a text is only emoji, and no more than Discord shows large.
 *
 * @param {any[]} nodes
 */
export function isJumbo(nodes) {
  const signs = nodes.filter((node) => node.type === "emoji" || node.type === "custom");
  const rest = nodes.filter((node) => !signs.includes(node));
  const blank = rest.every((node) => node.type === "break" || (node.type === "text" && !node.text.trim()));
  return signs.length > 0 && signs.length <= 30 && blank;
}

/**
 * @param {string} source
 * @param {number} at
 * @param {((inside: string) => any[]) | null} deeper
 */
function first(source, at, deeper) {
  if (!deeper) return literal(source, at);
  for (const [rule, make] of RULES) {
    rule.lastIndex = at;
    const found = rule.exec(source);
    const made = found && make(found, deeper);
    if (made) return [made, made.length ?? found[0].length];
  }
  return literal(source, at);
}

/**
 * @param {string} source
 * @param {number} at
 */
function literal(source, at) {
  PLAIN.lastIndex = at;
  const plain = PLAIN.exec(source)?.[0] ?? source.slice(at);
  return [text(plain), plain.length];
}

/** @param {string} shown */
function text(shown) {
  return { type: "text", text: shown };
}

/**
 * @param {string} type
 * @param {string} inside
 * @param {(inside: string) => any[]} deeper
 */
function around(type, inside, deeper) {
  return { type, children: deeper(inside) };
}

/**
 * @param {string} url
 * @param {any[]} children
 * @param {string} [title]
 */
function link(url, children, title) {
  return { type: "link", url, children, title };
}

/**
 * Returns the link `[text](url)`, or null if its text looks like another URL and could deceive.
 *
 * @param {RegExpExecArray} found
 * @param {(inside: string) => any[]} deeper
 */
function masked(found, deeper) {
  const [, shown, url, title = found[4]] = found;
  return /https?:\/\//.test(shown) ? null : link(url, deeper(shown), title);
}

/**
 * Returns a bare link without a closing bracket that was opened before it.
 *
 * @param {string} found
 */
function bareLink(found) {
  let url = found;
  while (url.endsWith(")") && url.split(")").length > url.split("(").length) url = url.slice(0, -1);
  return { ...link(url, [text(url)]), length: url.length };
}

/**
 * Removes the space that separates a backtick in code from those around it.
 *
 * @param {string} code
 */
function bare(code) {
  return code.replace(/^ (?=`)/, "").replace(/(?<=`) $/, "");
}
