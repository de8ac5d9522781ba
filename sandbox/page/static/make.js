/** Making elements. What people wrote becomes a text node, never markup. */

/**
 * Attributes by name; also `text`, `data` (for `dataset`) and listeners (`onclick`). `null`,
 * `undefined` and `false` leave an attribute out.
 *
 * @typedef {Record<string, any>} About
 * @typedef {Node | string | null | undefined | false} Child
 */

/**
 * `make("button", { class: "x", text: "…", data: { id: 1 }, onclick: f, disabled: true }, ...children)`
 *
 * @template {keyof HTMLElementTagNameMap} Name
 * @param {Name} name
 * @param {About} about
 * @param {...(Child | Child[])} children
 */
export function make(name, about = {}, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(about)) {
    if (value === undefined || value === null || value === false) continue;
    if (key === "text") element.textContent = value;
    else if (key === "data") mark(element, value);
    else if (key.startsWith("on")) element.addEventListener(key.slice(2), value);
    else element.setAttribute(key, value === true ? "" : value);
  }
  for (const child of children.flat()) {
    if (child !== null && child !== undefined && child !== false) element.append(child);
  }
  return element;
}

/**
 * Sets data attributes; `dataset` alone would write "null".
 *
 * @param {HTMLElement} element
 * @param {Record<string, string | number | null | undefined>} data
 */
function mark(element, data) {
  for (const [key, value] of Object.entries(data))
    if (value !== null && value !== undefined) element.dataset[key] = String(value);
}
