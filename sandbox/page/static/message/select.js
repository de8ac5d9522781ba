// Select menus: a field that shows the choice, and a list on top of everything else.

import { avatar, nameOf } from "../avatar.js";
import { make } from "../make.js";
import { emoji } from "./buttons.js";
import { icon } from "../icons.js";
import { Listbox } from "./listbox.js";
import { words } from "../words.js";

/**
 * @import { Context } from "../types.js"
 * @import { Word } from "../words.js"
 */

const STRING = 3;
const USER = 5;
const ROLE = 6;
const MENTIONABLE = 7;
const CHANNEL = 8;
/** @type {Record<number, Word>} */
const ASKS = {
  [STRING]: "makeSelection",
  [USER]: "selectPerson",
  [ROLE]: "selectRole",
  [MENTIONABLE]: "selectMentionable",
  [CHANNEL]: "selectChannel",
};

/**
 * Renders a select menu of any type. `onChange(values, field)` is called when the person has chosen:
 * at once in a single choice, else when the list closes.
 *
 * @param {any} component
 * @param {Context} context
 * @param {(values: string[], field: HTMLElement) => void} onChange
 */
export function renderSelect(component, context, onChange) {
  const options = offered(component, context);
  const least = component.min_values ?? 1;
  const most = component.max_values ?? 1;
  let chosen = before(component, context, options);
  const ask = component.placeholder || words(ASKS[component.type]);

  const shown = make("span", { class: "select-shown" });
  const field = make(
    "button",
    {
      type: "button",
      class: "select-field",
      role: "combobox",
      "aria-haspopup": "listbox",
      "aria-expanded": "false",
      disabled: component.disabled,
      data: { customId: component.custom_id },
    },
    shown,
    icon("down", 20),
  );
  const show = () => {
    const picked = options.filter((/** @type {any} */ option) => chosen.includes(option.value));
    shown.replaceChildren(
      ...(picked.length
        ? picked.map((/** @type {any} */ option) => chip(option, most))
        : [make("span", { class: "select-ask", text: ask })]),
    );
    field.setAttribute("aria-label", [ask, ...picked.map((/** @type {any} */ option) => option.label)].join(", "));
  };
  /** @param {string[]} values */
  const settle = (values) => {
    const fits = values.length >= least && values.length <= most;
    const differs = values.length !== chosen.length || values.some((value) => !chosen.includes(value));
    if (fits && differs) {
      chosen = values;
      show();
      onChange(values, field);
    }
  };
  const list = new Listbox({
    field,
    options,
    least,
    most,
    label: ask,
    search: component.type !== STRING,
    context,
    settle,
  });
  field.addEventListener("click", () => list.open(chosen));
  show();
  return make("div", { class: "select" }, field, list.element);
}

/**
 * @param {any} option
 * @param {number} most
 */
function chip(option, most) {
  const text = make("span", { text: option.label });
  const sign = option.sign?.();
  return make("span", { class: most > 1 ? "select-chip" : "select-one" }, sign ?? null, text);
}

/**
 * Returns the options, `{value, label, description, sign()}`.
 *
 * @param {any} component
 * @param {Context} context
 */
function offered(component, context) {
  const people = () =>
    (context.people?.() ?? []).map((user) => ({
      value: user.id,
      label: nameOf(user),
      description: user.global_name && user.global_name !== user.username ? user.username : null,
      sign: () => avatar(user, 20),
    }));
  const roles = () =>
    (context.roles?.() ?? []).map((role) => ({ value: role.id, label: role.name, sign: () => icon("role", 20) }));
  const channels = () =>
    (context.channels?.() ?? [])
      .filter((channel) => !component.channel_types?.length || component.channel_types.includes(channel.type))
      .map((channel) => ({ value: channel.id, label: channel.name, sign: () => icon("hash", 20) }));
  switch (component.type) {
    case USER:
      return people();
    case ROLE:
      return roles();
    case MENTIONABLE:
      return [...people(), ...roles()];
    case CHANNEL:
      return channels();
    default:
      return (component.options ?? []).map((/** @type {any} */ option) => ({
        ...option,
        sign: option.emoji && (() => emoji(option.emoji)),
      }));
  }
}

/**
 * @param {any} component
 * @param {Context} context
 * @param {any[]} options
 */
function before(component, context, options) {
  const told = context.chosen?.(component.custom_id);
  const given =
    component.default_values?.map((/** @type {any} */ each) => each.id) ??
    options.filter((/** @type {any} */ option) => option.default).map((/** @type {any} */ option) => option.value);
  return [...(told ?? given)];
}
