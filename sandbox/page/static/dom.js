/** Looking up elements. */

/**
 * Returns an element of index.html.
 *
 * @param {string} id
 */
export function byId(id) {
  const found = document.getElementById(id);
  if (!found) throw new Error(`There is no #${id}.`);
  return found;
}

/**
 * Returns the first element that matches a selector.
 *
 * @param {string} selector
 * @param {ParentNode} [root]
 * @returns {HTMLElement | null}
 */
export const find = (selector, root = document) => root.querySelector(selector);

/**
 * Returns the closest ancestor of an event's target that matches a selector.
 *
 * @param {Event} event
 * @param {string} selector
 * @returns {HTMLElement | null}
 */
export const around = (event, selector) => (event.target instanceof Element ? event.target.closest(selector) : null);

/** Returns the element that has the focus. */
export const focused = () => (document.activeElement instanceof HTMLElement ? document.activeElement : null);

/** Returns the text selection. */
export function selection() {
  const found = getSelection();
  if (!found) throw new Error("Only a hidden frame has no selection.");
  return found;
}
