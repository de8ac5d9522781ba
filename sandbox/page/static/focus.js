/** Keeping the focus through redraws. Elements that keep it have a unique `data-key`. */

/**
 * Returns an element, or the one that replaced it.
 *
 * @param {HTMLElement | null} element
 * @returns {HTMLElement | null}
 */
export function anew(element) {
  if (!element || element.isConnected || !element.dataset.key) return element;
  return document.querySelector(`[data-key="${CSS.escape(element.dataset.key)}"]`);
}
