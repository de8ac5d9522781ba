/** Making elements: what anybody wrote becomes a text node, never markup. */

/** `make("button", { class: "x", text: "…", data: { id: 1 }, onclick: f, disabled: true }, ...children)` */
export function make(name, about = {}, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(about)) {
    if (value === undefined || value === null || value === false) continue;
    if (key === "text") element.textContent = value;
    else if (key === "data") mark(element, value);
    else if (key.startsWith("on")) element.addEventListener(key.slice(2), value);
    else element.setAttribute(key, value === true ? "" : value);
  }
  element.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

// dataset would write "null".
function mark(element, data) {
  for (const [key, value] of Object.entries(data)) if (value !== null && value !== undefined) element.dataset[key] = value;
}
