/** Forms that the bot opens. */

import { focused } from "./dom.js";
import { avatar, nameOf } from "./avatar.js";
import { reason, Refused, upload } from "./live.js";
import { icon, iconButton } from "./icons.js";
import { make } from "./make.js";
import { field } from "./fields.js";
import { renderMarkdown } from "./message/markdown.js";
import { words } from "./words.js";

/**
 * @import { App } from "./app.js"
 * @import { Field } from "./fields.js"
 * @import { Context } from "./types.js"
 */

const ROW = 1;
const TEXT = 10;
const LABEL = 18;

/**
 * Shows a form `{id, title, components}` until it is submitted successfully or cancelled.
 *
 * @param {any} form
 * @param {App} app
 */
export function showModal(form, app) {
  const context = app.list.context();
  const back = cameFrom(focused());
  /** @type {Field[]} */
  const fields = [];
  const parts = form.components.map((/** @type {any} */ part, /** @type {number} */ index) =>
    row(part, `field-${form.id}-${index}`, context, fields),
  );
  const problem = make("p", { class: "field-error", role: "alert" });
  const submit = make("button", { type: "submit", class: "button primary", text: words("submit") });
  const inside = make(
    "form",
    { method: "dialog", novalidate: true, class: "form-body" },
    make(
      "header",
      {},
      avatar(app.known.bot, 32),
      make("h2", { id: `form-${form.id}`, text: form.title }),
      iconButton("close", words("close"), () => dialog.close()),
    ),
    make(
      "div",
      { class: "form-fields" },
      make(
        "p",
        { class: "form-warning" },
        icon("warn", 18),
        make("span", { text: words("formWarning", { name: nameOf(app.known.bot) }) }),
      ),
      ...parts,
      problem,
    ),
    make(
      "footer",
      {},
      make("button", { type: "button", class: "button", text: words("cancel"), onclick: () => dialog.close() }),
      submit,
    ),
  );
  const dialog = make("dialog", { class: "form", "aria-labelledby": `form-${form.id}` }, inside);
  inside.addEventListener("submit", async (event) => {
    event.preventDefault();
    problem.textContent = "";
    const wrong = fields.filter((each) => !each.check());
    if (wrong.length) {
      wrong[0].focus();
      return;
    }
    submit.disabled = true;
    try {
      /** @type {Record<string, unknown>} */
      const values = {};
      for (const each of fields) values[each.id] = await sent(each.value());
      await app.interact("fill", { modal: form.id, values });
      dialog.close();
    } catch (error) {
      problem.textContent = error instanceof Refused && error.kind === "failed" ? words("wentWrong") : reason(error);
      submit.disabled = false;
    }
  });
  dialog.addEventListener("close", () => {
    dialog.remove();
    back()?.focus();
  });
  document.body.append(dialog);
  dialog.showModal();
  fields[0]?.focus();
}

/**
 * Returns how to find the pressed button again: its message may be redrawn meanwhile.
 *
 * @param {HTMLElement | null} element
 * @returns {() => HTMLElement | null}
 */
function cameFrom(element) {
  const message = element?.closest("article")?.dataset.id;
  const key = element?.dataset.customId;
  if (!message || !key) return () => element;
  return () =>
    document.querySelector(`article[data-id="${CSS.escape(message)}"] [data-custom-id="${CSS.escape(key)}"]`);
}

/**
 * Uploads files, and replaces them by their ids.
 *
 * @param {any} value
 */
const sent = (value) =>
  Array.isArray(value) ? Promise.all(value.map((each) => (each instanceof File ? upload(each) : each))) : value;

/**
 * @param {any} part
 * @param {string} id
 * @param {Context} context
 * @param {Field[]} fields
 */
function row(part, id, context, fields) {
  if (part.type === TEXT) {
    const text = make("div", { class: "message-markdown" });
    text.append(renderMarkdown(part.content, context));
    return text;
  }
  const inner = part.type === LABEL ? part.component : part.components[0];
  const label = part.type === ROW ? inner.label : part.label;
  const made = field(inner, { id, label, hint: part.description, context });
  fields.push(made);
  return made.element;
}
