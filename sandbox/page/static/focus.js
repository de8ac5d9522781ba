/** The focus, where what had it is drawn anew. Elements that keep it have a `data-key` of their own. */

/**
 * An element, or the one that was drawn in its place meanwhile.
 *
 * @param {HTMLElement | null} element
 * @returns {HTMLElement | null}
 */
export function anew(element) {
  if (!element || element.isConnected || !element.dataset.key) return element;
  return document.querySelector(`[data-key="${CSS.escape(element.dataset.key)}"]`);
}
