// Block markdown: headings, quotes, lists, code, and the text between them.
//
// A node is `{type, …}`; text is always a plain string. The rules are from Discord's help:
// https://support.discord.com/hc/en-us/articles/210298617

import { inline } from "./inline.js";

const FENCE = /```(?:([a-z0-9_+\-.#]+)\n)?\n*([^\n][\s\S]*?)\n*```/iy;
const HEADING = /(#{1,3}) +([^\n]+)(?:\n|$)/y;
const SUBTEXT = /-# +([^\n]+)(?:\n|$)/y;
const QUOTE = /(?:> [^\n]*(?:\n|$))+/y;
const QUOTED_REST = />>> ([\s\S]*)/y;
const LIST = /( *)(?:[-*]|\d{1,10}\.) +[^\n]+(?:\n(?: *(?:[-*]|\d{1,10}\.) +| +)\S[^\n]*)*(?:\n|$)/y;
const ITEM = /^( *)([-*]|\d{1,10}\.) +(.*)$/;
// Discord's deepest nesting.
const DEEPEST = 11;

/**
 * Returns the blocks of a text.
 *
 * @param {string} text
 * @param {{ quoted?: boolean }} about
 */
export function blocks(text, { quoted = false } = {}) {
  /** @type {any[]} */
  const found = [];
  let at = 0;
  let plain = "";
  /**
   * @param {any} block
   * @param {number} length
   */
  const put = (block, length) => {
    flush();
    found.push(block);
    at += length;
  };
  // A line break before a block only ends the line above.
  const flush = (last = false) => {
    const shown = last ? plain : plain.replace(/\n$/, "");
    if (shown) found.push({ type: "text", children: inline(shown) });
    plain = "";
  };
  while (at < text.length) {
    const [block, length] = atLineStart(text, at) ? ruled(text, at, quoted) : [];
    if (block) {
      put(block, length);
      continue;
    }
    const end = lineEnd(text, at);
    const fence = fenceIn(text, at, end);
    if (fence) {
      plain += text.slice(at, fence.at);
      at = fence.at;
      put({ type: "code", language: fence.language, text: fence.text }, fence.length);
      if (text[at] === "\n") at += 1;
      continue;
    }
    plain += text.slice(at, end);
    at = end;
  }
  flush(true);
  return found;
}

/**
 * Returns the block that begins at `at`, and its length.
 *
 * @param {string} text
 * @param {number} at
 * @param {boolean} quoted
 */
function ruled(text, at, quoted) {
  let found;
  if ((found = match(HEADING, text, at))) {
    const shown = found[2].replace(/ +#* *$/, "");
    return [{ type: "heading", level: found[1].length, children: inline(shown) }, found[0].length];
  }
  if ((found = match(SUBTEXT, text, at))) return [{ type: "subtext", children: inline(found[1]) }, found[0].length];
  if (!quoted && (found = match(QUOTED_REST, text, at))) return [quote(found[1]), found[0].length];
  if (!quoted && (found = match(QUOTE, text, at))) {
    return [quote(found[0].replace(/^> /gm, "").replace(/\n$/, "")), found[0].length];
  }
  if ((found = match(LIST, text, at))) return [list(found[0].replace(/\n$/, "").split("\n")), found[0].length];
  return [];
}

/** @param {string} text */
function quote(text) {
  return { type: "quote", children: blocks(text, { quoted: true }) };
}

/**
 * Returns a list. Each line is an item, or continues the one above.
 *
 * @param {string[]} lines
 * @param {number} [depth]
 * @returns {any}
 */
function list(lines, depth = 1) {
  const [, indent, sign] = ITEM.exec(lines[0]) ?? ["", "", "-"];
  const ordered = sign.endsWith(".");
  /** @type {{ text: string, inside: string[] }[]} */
  const items = [];
  for (const line of lines) {
    const [, deep, , rest] = ITEM.exec(line) ?? [null, null, null, line.trim()];
    const last = items.at(-1);
    if (!last || (deep !== null && (deep.length <= indent.length || depth === DEEPEST)))
      items.push({ text: rest ?? "", inside: [] });
    else if (deep !== null || last.inside.length) last.inside.push(line);
    else last.text += `\n${rest}`;
  }
  return {
    type: "list",
    ordered,
    start: ordered ? Number.parseInt(sign, 10) : 1,
    items: items.map(({ text, inside }) => [...inline(text), ...(inside.length ? [list(inside, depth + 1)] : [])]),
  };
}

/**
 * @param {string} text
 * @param {number} from
 * @param {number} to
 */
function fenceIn(text, from, to) {
  for (let at = text.indexOf("```", from); at !== -1 && at < to; at = text.indexOf("```", at + 1)) {
    const found = match(FENCE, text, at);
    if (found) return { at, length: found[0].length, language: found[1] ?? "", text: found[2] };
  }
  return null;
}

/**
 * @param {string} text
 * @param {number} at
 */
function atLineStart(text, at) {
  return at === 0 || text[at - 1] === "\n";
}

/**
 * Returns where the next line begins.
 *
 * @param {string} text
 * @param {number} at
 */
function lineEnd(text, at) {
  const found = text.indexOf("\n", at);
  return found === -1 ? text.length : found + 1;
}

/**
 * @param {RegExp} rule
 * @param {string} text
 * @param {number} at
 */
function match(rule, text, at) {
  rule.lastIndex = at;
  return rule.exec(text);
}
