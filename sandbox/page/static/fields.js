/** The fields of a form: text inputs, choices, menus, files. */

import { find } from "./dom.js";
import { icon } from "./icons.js";
import { make } from "./make.js";
import { renderSelect } from "./message/select.js";
import { chooseFiles, fileCard } from "./tray.js";
import { words } from "./words.js";

/** @import { Context } from "./types.js" */

const TEXT_INPUT = 4;
const UPLOAD = 19;
const RADIOS = 21;
const CHECKBOXES = 22;
const CHECKBOX = 23;
/** @type {Record<number, (part: any, about: About) => Control>} */
const CONTROLS = {
  [TEXT_INPUT]: text,
  [UPLOAD]: files,
  [RADIOS]: options,
  [CHECKBOXES]: options,
  [CHECKBOX]: checkbox,
};

/** @typedef {{ id: string, described: string, label?: string, changed: () => void, context: Context }} About */
/** @typedef {{ isGroup?: boolean, element: HTMLElement, value: () => any, wrong?: () => string }} Control */
/** @typedef {{ id: string, element: HTMLElement, value: () => any, check: () => boolean, focus: () => void }} Field */

/**
 * Returns a field of a form. Its `check` shows what is wrong below it, and returns whether it is valid.
 *
 * @param {any} part
 * @param {{ id: string, label?: string, hint?: string, context: Context }} about
 * @returns {Field}
 */
export function field(part, { id, label, hint, context }) {
  const made = CONTROLS[part.type] ?? menu;
  const error = make("p", { class: "field-error", id: `${id}-error`, role: "alert" });
  const about = {
    id,
    named: `${id}-label`,
    described: hint ? `${id}-hint ${id}-error` : `${id}-error`,
    label,
    changed: () => {
      error.textContent = "";
    },
    context,
  };
  const control = made(part, about);
  const must = part.required ?? part.type !== CHECKBOX;
  const title = make(
    control.isGroup ? "span" : "label",
    { class: "field-label", id: about.named, for: control.isGroup ? null : id, text: label ?? "" },
    must && part.type !== CHECKBOX ? make("span", { class: "must", text: " *", "aria-hidden": "true" }) : null,
  );
  const element = make(
    "div",
    {
      class: "field",
      role: control.isGroup ? "group" : null,
      "aria-labelledby": control.isGroup ? about.named : null,
      "aria-describedby": control.isGroup ? about.described : null,
    },
    title,
    hint ? make("span", { class: "field-hint", id: `${id}-hint`, text: hint }) : null,
    control.element,
    error,
  );
  return {
    id: part.custom_id,
    element,
    value: control.value,
    focus: () => find("input, textarea, button", element)?.focus(),
    check: () => {
      const wrong = control.wrong?.() ?? (must && isEmpty(control.value()) ? words("needsChoice") : "");
      error.textContent = wrong;
      return !wrong;
    },
  };
}

/** @param {any} value */
const isEmpty = (value) => value === null || value === "" || (Array.isArray(value) && !value.length);

/**
 * @param {any} part
 * @param {About} about
 * @returns {Control}
 */
function text(part, { id, described, changed }) {
  const about = {
    id,
    value: null,
    placeholder: part.placeholder,
    maxlength: part.max_length ?? 4000,
    required: part.required ?? true,
    "aria-describedby": described,
  };
  const input = part.style === 2 ? make("textarea", about) : make("input", { type: "text", ...about });
  input.value = part.value ?? "";
  const count = make("span", { text: "" });
  const draw = () => {
    count.textContent = part.max_length ? `${input.value.length} / ${part.max_length}` : "";
  };
  input.addEventListener("input", () => {
    draw();
    changed();
  });
  draw();
  return {
    element: make("div", {}, input, make("div", { class: "field-foot" }, make("span"), count)),
    value: () => input.value,
    wrong: () => {
      const must = part.required ?? true;
      if (!input.value) return must ? words("needsChoice") : "";
      return input.value.length < (part.min_length ?? 0) ? words("tooShort", { low: part.min_length }) : "";
    },
  };
}

/**
 * @param {any} part
 * @param {About} about
 * @returns {Control}
 */
function options(part, { id, changed }) {
  const single = part.type === RADIOS;
  /** @type {{ input: HTMLInputElement, option: any }[]} */
  const inputs = part.options.map((/** @type {any} */ option) => {
    const input = make("input", {
      type: single ? "radio" : "checkbox",
      name: id,
      value: option.value,
      onchange: changed,
    });
    input.checked = Boolean(option.default);
    return { input, option };
  });
  const chosen = () => inputs.filter(({ input }) => input.checked).map(({ input }) => input.value);
  const rows = inputs.map(({ input, option }) =>
    make(
      "label",
      { class: "choice" },
      input,
      make("span", { text: option.label }, option.description ? make("small", { text: option.description }) : null),
    ),
  );
  const [low, high] = [part.min_values ?? 1, part.max_values ?? part.options.length];
  return {
    isGroup: true,
    element: make("div", {}, ...rows),
    value: () => (single ? (chosen()[0] ?? null) : chosen()),
    wrong: single
      ? undefined
      : () => {
          const count = chosen().length;
          if (!count && !(part.required ?? true)) return "";
          return count < low || count > high ? words("chooseBetween", { low, high }) : "";
        },
  };
}

/**
 * @param {any} part
 * @param {About} about
 * @returns {Control}
 */
function checkbox(part, { id, changed }) {
  const input = make("input", { type: "checkbox", id, onchange: changed });
  input.checked = Boolean(part.default);
  return { element: make("span", { class: "choice" }, input), value: () => input.checked };
}

/**
 * @param {any} part
 * @param {About} about
 * @returns {Control}
 */
function menu(part, { changed, context }) {
  let values =
    part.default_values?.map((/** @type {any} */ each) => each.id) ??
    (part.options ?? [])
      .filter((/** @type {any} */ option) => option.default)
      .map((/** @type {any} */ option) => option.value);
  const element = renderSelect(part, context, (chosen) => {
    values = chosen;
    changed();
  });
  const least = part.min_values ?? 1;
  return {
    isGroup: true,
    element,
    value: () => values,
    wrong: () => {
      if (!values.length && (part.required === false || least === 0)) return "";
      return values.length < least ? words("needsChoice") : "";
    },
  };
}

/**
 * @param {any} part
 * @param {About} about
 * @returns {Control}
 */
function files(part, { label, changed }) {
  /** @type {File[]} */
  let chosen = [];
  const most = part.max_values ?? 1;
  const least = part.min_values ?? 1;
  const tray = make("ul", { class: "tray", hidden: true, "aria-label": words("attached") });
  const previews = new Map();
  const draw = () => {
    tray.replaceChildren(
      ...chosen.map((file) =>
        fileCard(
          { file, preview: previewOf(file, previews) ?? null },
          {
            remove: () => {
              chosen = chosen.filter((each) => each !== file);
              draw();
            },
          },
        ),
      ),
    );
    tray.hidden = !chosen.length;
    drop.hidden = chosen.length >= most;
  };
  /** @param {File[]} more */
  const take = (more) => {
    chosen = [...chosen, ...more].slice(0, most);
    changed();
    draw();
  };
  const drop = make(
    "button",
    {
      type: "button",
      class: "drop-here",
      "aria-label": `${label}: ${words("chooseFile")}`,
      onclick: () => chooseFiles(take, most > 1),
    },
    icon("upload", 24),
    make("span", { text: words("chooseFile") }),
  );
  drop.addEventListener("dragover", (event) => {
    event.preventDefault();
    drop.classList.add("over");
  });
  drop.addEventListener("dragleave", () => drop.classList.remove("over"));
  drop.addEventListener("drop", (event) => {
    event.preventDefault();
    event.stopPropagation();
    drop.classList.remove("over");
    take([...(event.dataTransfer?.files ?? [])]);
  });
  return {
    isGroup: true,
    element: make("div", {}, drop, tray),
    value: () => chosen,
    wrong: () => (chosen.length < least && (part.required ?? true) ? words("needsChoice") : ""),
  };
}

/**
 * @param {File} file
 * @param {Map<File, string>} previews
 */
function previewOf(file, previews) {
  if (!file.type.startsWith("image/")) return null;
  if (!previews.has(file)) previews.set(file, URL.createObjectURL(file));
  return previews.get(file);
}
