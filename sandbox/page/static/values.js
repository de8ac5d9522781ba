/** The values of a command's options: choices, and validation of what was typed. */

import { avatar, nameOf } from "./avatar.js";
import { icon } from "./icons.js";
import { local } from "./slash.js";
import { words } from "./words.js";

/**
 * @import { App } from "./app.js"
 * @import { Option } from "./types.js"
 */

export const STRING = 3;
const INTEGER = 4;
const BOOLEAN = 5;
const USER = 6;
const CHANNEL = 7;
const ROLE = 8;
const MENTIONABLE = 9;
const NUMBER = 10;
export const ATTACHMENT = 11;

const MOST = 25;

/** @typedef {{ label: string, value: string | number | boolean, picture?: Element }} Choice */

/**
 * Returns the choices of an option, or null if it takes any text.
 *
 * @param {Option} option
 * @param {App} app
 * @returns {Choice[] | null}
 */
export function offered(option, app) {
  if (option.choices?.length)
    return option.choices.map((choice) => ({ label: local(choice, "name"), value: choice.value }));
  switch (option.type) {
    case BOOLEAN:
      return [
        { label: words("isTrue"), value: true },
        { label: words("isFalse"), value: false },
      ];
    case USER:
      return users(app);
    case ROLE:
      return roles(app);
    case CHANNEL:
      return channels(app, option.channel_types);
    case MENTIONABLE:
      return [...users(app), ...roles(app)];
    default:
      return null;
  }
}

/** @param {App} app */
function users(app) {
  const here = app.guild ? app.guild.members.map((member) => member.user) : [app.known.me, app.known.bot];
  return here.map((user) => ({ label: nameOf(user), value: user.id, picture: avatar(user, 24) }));
}

/** @param {App} app */
function roles(app) {
  return (app.guild?.roles ?? []).map((role) => ({ label: role.name, value: role.id, picture: icon("people") }));
}

/**
 * @param {App} app
 * @param {number[] | undefined} types
 */
function channels(app, types) {
  /** @param {App} app */
  const fit = (app.guild?.channels ?? []).filter((channel) => !types?.length || types.includes(channel.type));
  return fit.map((channel) => ({ label: channel.name, value: channel.id, picture: icon("hash") }));
}

/**
 * Returns the choices that match a text.
 *
 * @param {Choice[]} all
 * @param {string} text
 */
export function matching(all, text) {
  const wanted = text.trim().replace(/^[@#]/, "").toLowerCase();
  return all.filter(({ label }) => label.toLowerCase().includes(wanted)).slice(0, MOST);
}

/**
 * Returns the value or error of what was typed, or null for nothing. `picked` is the choice from the list.
 *
 * @param {Option} option
 * @param {string} text
 * @param {Choice | null} picked
 * @param {App} app
 * @returns {{ value?: any, error?: string } | null}
 */
export function typed(option, text, picked, app) {
  const bare = text.trim();
  if (picked && picked.label === bare) return { value: picked.value };
  if (!bare) return option.required ? { error: words("required") } : null;
  const all = offered(option, app);
  if (all) {
    const exact = all.find(({ label }) => label.toLowerCase() === bare.replace(/^[@#]/, "").toLowerCase());
    return exact ? { value: exact.value } : { error: words("chooseOne") };
  }
  return option.type === STRING ? length(option, bare) : number(option, bare);
}

/**
 * @param {Option} option
 * @param {string} text
 */
function length(option, text) {
  if (text.length > (option.max_length ?? 6000))
    return { error: words("tooLong", { count: text.length, high: option.max_length ?? 6000 }) };
  if (text.length < (option.min_length ?? 0)) return { error: words("tooShort", { low: option.min_length ?? 0 }) };
  return { value: text };
}

/**
 * @param {Option} option
 * @param {string} text
 */
function number(option, text) {
  const value = Number(text);
  const whole = option.type === INTEGER;
  if (![INTEGER, NUMBER].includes(option.type) || !Number.isFinite(value) || (whole && !Number.isInteger(value)))
    return { error: words("notNumber") };
  const low = option.min_value ?? -(2 ** 53);
  const high = option.max_value ?? 2 ** 53;
  return value < low || value > high ? { error: words("outOfRange", { low, high }) } : { value };
}
