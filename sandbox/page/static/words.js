/** The texts of the page, in the languages of the bot. */

import { CHINESE } from "./words/chinese.js";
import { ENGLISH } from "./words/english.js";

/** @typedef {keyof typeof ENGLISH} Word */

/** @type {Record<string, Record<Word, string>>} */
const WORDS = { "en-US": ENGLISH, "zh-CN": CHINESE };

let locale = localStorage.getItem("locale") ?? "en-US";

/** The reader's language. */
export const currentLocale = () => locale;

/**
 * Sets the language, and remembers it. A language that the page lacks becomes English.
 *
 * @param {string} wanted
 */
export function setLocale(wanted) {
  locale = wanted in WORDS ? wanted : "en-US";
  localStorage.setItem("locale", locale);
  document.documentElement.lang = locale;
}

/**
 * Returns a text with its `{names}` filled in.
 *
 * @param {Word} key
 * @param {Record<string, string | number>} [about]
 */
export function words(key, about = {}) {
  const text = (WORDS[locale] ?? ENGLISH)[key];
  return text.replace(/\{(\w+)\}/g, (whole, name) => String(about[name] ?? whole));
}
