// Times as Discord writes them: https://docs.discord.com/developers/reference#message-formatting

import { make } from "../make.js";
import { currentLocale, words } from "../words.js";

/** @import { Context } from "../types.js" */

/** @type {Record<string, Intl.DateTimeFormatOptions>} */
const STYLES = {
  t: { timeStyle: "short" },
  T: { timeStyle: "medium" },
  d: { year: "numeric", month: "numeric", day: "numeric" },
  D: { dateStyle: "long" },
  f: { dateStyle: "long", timeStyle: "short" },
  F: { dateStyle: "full", timeStyle: "short" },
  s: { dateStyle: "short", timeStyle: "short" },
  S: { dateStyle: "short", timeStyle: "medium" },
};
// The largest time of JavaScript's Date.
const LIMIT = 8.64e15;
/** @type {[Intl.RelativeTimeFormatUnit, number][]} */
const UNITS = [
  ["year", 365 * 86400],
  ["month", 30 * 86400],
  ["day", 86400],
  ["hour", 3600],
  ["minute", 60],
];
const formats = new Map();

/**
 * Renders `<t:seconds:style>`; returns `null` for a time out of range.
 *
 * @param {number} seconds
 * @param {string} style
 * @param {Context} context
 */
export function timestamp(seconds, style, context) {
  const moment = seconds * 1000;
  if (!Number.isFinite(moment) || Math.abs(moment) > LIMIT) return null;
  const shown = style in STYLES || style === "R" ? style : "f";
  return make("time", {
    class: "timestamp",
    text: written(moment, shown, context),
    datetime: new Date(moment).toISOString(),
    title: format(STYLES.F).format(moment),
    data: { time: String(moment), style: shown },
  });
}

/**
 * Updates every relative timestamp below `root`.
 *
 * @param {ParentNode} root
 * @param {Context} context
 */
export function tick(root, context) {
  /** @type {NodeListOf<HTMLElement>} */
  const ticking = root.querySelectorAll("time[data-style=R]");
  for (const element of ticking) {
    const text = written(Number(element.dataset.time), "R", context);
    if (element.textContent !== text) element.textContent = text;
  }
}

/**
 * Returns when a message was sent, as its header shows it.
 *
 * @param {string} stamp
 * @param {Context} context
 */
export function sent(stamp, context) {
  const moment = Date.parse(stamp);
  const time = format(STYLES.t).format(moment);
  const day = midnight(context.now()) - midnight(moment);
  if (day <= 0) return time;
  // The day on which summer time ends has 25 hours.
  if (day <= 25 * 3600e3) return words("yesterday", { time });
  return format(STYLES.s).format(moment);
}

/**
 * Returns the full date and time, for a tooltip.
 *
 * @param {string} stamp
 * @param {Context} context
 */
export function inFull(stamp, context) {
  return format(STYLES.F).format(Date.parse(stamp));
}

/**
 * Returns only the time, for a message without a header.
 *
 * @param {string} stamp
 * @param {Context} context
 */
export function hour(stamp, context) {
  return format(STYLES.t).format(Date.parse(stamp));
}

/**
 * @param {number} moment
 * @param {string} style
 * @param {Context} context
 */
function written(moment, style, context) {
  return style === "R" ? relative(moment - context.now()) : format(STYLES[style]).format(moment);
}

/** @param {number} away */
function relative(away) {
  const seconds = Math.round(away / 1000);
  const [unit, length] = UNITS.find(([, each]) => Math.abs(seconds) >= each) ?? ["second", 1];
  const number = Math.trunc(seconds / length);
  return relativeFormat(number === 0 ? "auto" : "always").format(number, unit);
}

/** @param {Intl.DateTimeFormatOptions} options */
function format(options) {
  return kept(`${currentLocale()} ${JSON.stringify(options)}`, () => new Intl.DateTimeFormat(currentLocale(), options));
}

/** @param {"always" | "auto"} numeric */
function relativeFormat(numeric) {
  return kept(`${currentLocale()} ${numeric}`, () => new Intl.RelativeTimeFormat(currentLocale(), { numeric }));
}

// Creating one takes about 50 µs, and 500 messages need thousands.
/**
 * @param {string} key
 * @param {() => any} make
 */
function kept(key, make) {
  if (!formats.has(key)) formats.set(key, make());
  return formats.get(key);
}

/** @param {number} moment */
function midnight(moment) {
  return new Date(moment).setHours(0, 0, 0, 0);
}
