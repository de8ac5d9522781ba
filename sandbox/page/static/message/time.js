// Times as Discord writes them: https://docs.discord.com/developers/reference#message-formatting

import { make } from "../make.js";
import { word } from "./words.js";

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
// JavaScript's Date goes no further.
const LIMIT = 8.64e15;
const UNITS = [["year", 365 * 86400], ["month", 30 * 86400], ["day", 86400], ["hour", 3600], ["minute", 60]];
const formats = new Map();

/** A `<t:seconds:style>` as an element; `null` for a moment that no calendar has. */
export function timestamp(seconds, style, context) {
  const moment = seconds * 1000;
  if (!Number.isFinite(moment) || Math.abs(moment) > LIMIT) return null;
  const shown = style in STYLES || style === "R" ? style : "f";
  return make("time", {
    class: "timestamp",
    text: written(moment, shown, context),
    datetime: new Date(moment).toISOString(),
    title: format(context.locale, STYLES.F).format(moment),
    data: { time: String(moment), style: shown },
  });
}

/** Refreshes every ticking timestamp below `root`. */
export function tick(root, context) {
  for (const element of root.querySelectorAll("time[data-style=R]")) {
    const text = written(Number(element.dataset.time), "R", context);
    if (element.textContent !== text) element.textContent = text;
  }
}

/** When a message was sent, as its head says it. */
export function sent(stamp, context) {
  const moment = Date.parse(stamp);
  const time = format(context.locale, STYLES.t).format(moment);
  const day = midnight(context.now()) - midnight(moment);
  if (day <= 0) return word(context.locale, "today")(time);
  // A day with a change of clocks has 25 hours.
  if (day <= 25 * 3600e3) return word(context.locale, "yesterday")(time);
  return format(context.locale, STYLES.s).format(moment);
}

/** A moment in full, for a tooltip. */
export function inFull(stamp, context) {
  return format(context.locale, STYLES.F).format(Date.parse(stamp));
}

/** A moment's hour alone, beside a message without a head. */
export function hour(stamp, context) {
  return format(context.locale, STYLES.t).format(Date.parse(stamp));
}

function written(moment, style, context) {
  return style === "R" ? relative(moment - context.now(), context.locale) : format(context.locale, STYLES[style]).format(moment);
}

function relative(away, locale) {
  const seconds = Math.round(away / 1000);
  const [unit, length] = UNITS.find(([, each]) => Math.abs(seconds) >= each) ?? ["second", 1];
  const number = Math.trunc(seconds / length);
  return relativeFormat(locale, number === 0 ? "auto" : "always").format(number, unit);
}

function format(locale, options) {
  return kept(`${locale} ${JSON.stringify(options)}`, () => new Intl.DateTimeFormat(locale, options));
}

function relativeFormat(locale, numeric) {
  return kept(`${locale} ${numeric}`, () => new Intl.RelativeTimeFormat(locale, { numeric }));
}

// Making one takes about 50 µs; a list of 500 messages needs thousands.
function kept(key, make) {
  if (!formats.has(key)) formats.set(key, make());
  return formats.get(key);
}

function midnight(moment) {
  return new Date(moment).setHours(0, 0, 0, 0);
}
