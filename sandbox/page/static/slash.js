/** Commands as people type them: subcommands flattened, names in the reader's language. */

import { currentLocale } from "./words.js";

/** @import { Command, Option } from "./types.js" */

const CHAT = 1;
const SUBCOMMAND = 1;
const GROUP = 2;

/** @typedef {{ command: Command, path: string, shown: string, description: string, options: Option[] }} Typeable */

/**
 * Returns a name or description in the reader's language.
 *
 * @param {any} part
 * @param {"name" | "description"} key
 * @returns {string}
 */
export const local = (part, key) => part[`${key}_localizations`]?.[currentLocale()] ?? part[key];

/**
 * Returns every command that can be typed.
 *
 * @param {Command[]} commands
 * @returns {Typeable[]}
 */
export function typeable(commands) {
  return commands
    .filter((command) => command.type === CHAT)
    .flatMap((command) => below(command, { command, path: command.name, shown: local(command, "name") }))
    .sort((one, other) => one.shown.localeCompare(other.shown));
}

/**
 * @param {any} part
 * @param {any} above
 */
function below(part, above) {
  /** @param {any} part */
  const nested = (part.options ?? []).filter((/** @type {any} */ { type }) => type === SUBCOMMAND || type === GROUP);
  if (!nested.length) return [{ ...above, description: local(part, "description"), options: part.options ?? [] }];
  return nested.flatMap((/** @type {any} */ option) =>
    below(option, { ...above, path: `${above.path} ${option.name}`, shown: `${above.shown} ${local(option, "name")}` }),
  );
}

/**
 * Returns the commands that match what was typed so far, best first.
 *
 * @param {Typeable[]} all
 * @param {string} text
 */
export function fitting(all, text) {
  const wanted = text.slice(1).toLowerCase();
  const starts = all.filter(({ shown, path }) => shown.startsWith(wanted) || path.startsWith(wanted));
  const contain = all.filter(
    (one) => !starts.includes(one) && (one.shown.includes(wanted) || one.path.includes(wanted)),
  );
  return [...starts, ...contain];
}

/**
 * Returns the command that a text begins with and the rest of the text, or null.
 *
 * @param {Typeable[]} all
 * @param {string} text
 * @returns {[Typeable, string] | null}
 */
export function named(all, text) {
  for (const one of [...all].sort((a, b) => b.shown.length - a.shown.length)) {
    for (const name of [one.shown, one.path]) {
      if (text.startsWith(`/${name} `)) return [one, text.slice(name.length + 2)];
    }
  }
  return null;
}
