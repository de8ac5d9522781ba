/** The icons of the page, and buttons that show one. */

import { make } from "./make.js";

/** @import { About } from "./make.js" */

const SVG = "http://www.w3.org/2000/svg";
const FILLED = {
  hash: "M9.5 3 8 8H3.5L3 10h4.4l-1 4H2l-.5 2h4.3L4.5 21h2.1l1.3-5h4l-1.3 5h2.1l1.3-5h4.5l.5-2h-4.4l1-4H20l.5-2h-4.3l1.3-5h-2.1L14.1 8h-4l1.4-5zm.1 7h4l-1 4h-4z",
  lock: "M12 2a5 5 0 0 0-5 5v3H6a2 2 0 0 0-2 2v8a2 2 0 0 0 2 2h12a2 2 0 0 0 2-2v-8a2 2 0 0 0-2-2h-1V7a5 5 0 0 0-5-5m0 2a3 3 0 0 1 3 3v3H9V7a3 3 0 0 1 3-3",
  warn: "M12 2 1 21h22zm-1 7h2v6h-2zm0 8h2v2h-2z",
  at: "M12 2a10 10 0 1 0 5.4 18.4l-1.1-1.7A8 8 0 1 1 20 12v1.2c0 1-.6 1.8-1.5 1.8S17 14.2 17 13.2V8h-2v.8a4.5 4.5 0 1 0 .5 5.9 3.4 3.4 0 0 0 3 1.8c2 0 3.5-1.6 3.5-3.5V12A10 10 0 0 0 12 2m0 12.5a2.5 2.5 0 1 1 0-5 2.5 2.5 0 0 1 0 5",
  plus: "M11 4h2v7h7v2h-7v7h-2v-7H4v-2h7z",
  close: "m6.4 5 5.6 5.6L17.6 5 19 6.4 13.4 12l5.6 5.6-1.4 1.4-5.6-5.6L6.4 19 5 17.6l5.6-5.6L5 6.4z",
  more: "M4 10a2 2 0 1 0 0 4 2 2 0 0 0 0-4m8 0a2 2 0 1 0 0 4 2 2 0 0 0 0-4m8 0a2 2 0 1 0 0 4 2 2 0 0 0 0-4",
  reply: "M10 5 2 12l8 7v-4.5c5 0 8.5 1.5 11 5-1-6-4-10.5-11-11z",
  menu: "M3 6h18v2H3zm0 5h18v2H3zm0 5h18v2H3z",
  people:
    "M9 4a4 4 0 1 0 0 8 4 4 0 0 0 0-8M2 20c0-4 3-6.5 7-6.5s7 2.5 7 6.5zm13-8.3a4 4 0 0 0 0-7.4A6 6 0 0 1 15 11.7M18 20h4c0-3.3-2-5.6-5-6.3 1.3 1.5 2 3.6 1 6.3",
  tools: "M21 7.5 18.5 10 14 5.5 16.5 3A6 6 0 0 0 9 10.6L3 16.5a2.8 2.8 0 0 0 4.5 4.5l6-6A6 6 0 0 0 21 7.5",
  sun: "M12 7a5 5 0 1 0 0 10 5 5 0 0 0 0-10M11 1h2v4h-2zm0 18h2v4h-2zM1 11h4v2H1zm18 0h4v2h-4zM4.2 5.6l1.4-1.4 2.8 2.8L7 8.4zm11.4 11.4 1.4-1.4 2.8 2.8-1.4 1.4zM4.2 18.4 7 15.6 8.4 17l-2.8 2.8zM15.6 7l2.8-2.8 1.4 1.4L17 8.4z",
  moon: "M12 3a9 9 0 1 0 9 9 7 7 0 0 1-9-9",
  send: "M3 3.5 21.5 12 3 20.5 5.5 13 14 12l-8.5-1z",
  upload: "M11 16V7.8L7.4 11.4 6 10l6-6 6 6-1.4 1.4L13 7.8V16zM4 18h16v2H4z",
  down: "m12 15.5-7-7L6.4 7l5.6 5.6L17.6 7 19 8.5z",
  left: "m15.5 5-7 7 7 7 1.4-1.4L11.3 12l5.6-5.6z",
  right: "m8.5 5 7 7-7 7-1.4-1.4 5.6-5.6-5.6-5.6z",
  check: "M9.5 18.5 3 12l1.5-1.5 5 5 10-10L21 7z",
  file: "M6 2a2 2 0 0 0-2 2v16a2 2 0 0 0 2 2h12a2 2 0 0 0 2-2V8l-6-6zm7 1.5L18.5 9H13z",
  slash: "M14.5 4h2.3L9.5 20H7.2z",
  swap: "M7 4 2 9l5 5v-4h11V8H7zm10 6v4H6v2h11v4l5-5z",
  open: "M13 3h8v8h-2V6.4l-8.3 8.3-1.4-1.4L17.6 5H13zM5 5h5v2H5v12h12v-5h2v5a2 2 0 0 1-2 2H5a2 2 0 0 1-2-2V7c0-1.1.9-2 2-2",
};
/** Line icons, which style/base.css strokes in the colour of the text. */
const STROKED = {
  bell: "M4 4l16 16M9.5 19a2.7 2.7 0 0 0 5 0M17 16.5H5.5c1-1.5 1.5-3 1.5-6 0-.6.1-1.1.3-1.6M10 5.7a4.7 4.7 0 0 1 7 4.3c0 1.8.2 3.2.6 4.3",
  copy: "M9 9h10.5v10.5H9ZM15 9V6a1.5 1.5 0 0 0-1.5-1.5H6A1.5 1.5 0 0 0 4.5 6v7.5A1.5 1.5 0 0 0 6 15h3",
  eye: "M2.5 12S6 5.5 12 5.5 21.5 12 21.5 12 18 18.5 12 18.5 2.5 12 2.5 12ZM12 15a3 3 0 1 0 0-6 3 3 0 0 0 0 6Z",
  gem: "M7 4h10l4 5.5L12 21 3 9.5 7 4ZM3 9.5h18M9 9.5 12 21l3-11.5",
  image: "M4.5 5h15v14h-15ZM4.5 16l4.5-4.5 4 4 2.5-2.5 4 4M15.5 9v.01",
  link: "M14 4.5h5.5V10M19 5l-8.5 8.5M17.5 13.5V18a1.5 1.5 0 0 1-1.5 1.5H6A1.5 1.5 0 0 1 4.5 18V8A1.5 1.5 0 0 1 6 6.5h4.5",
  role: "M12 3l7.5 3v5.5c0 4.5-3 8-7.5 9.5-4.5-1.5-7.5-5-7.5-9.5V6L12 3Z",
};

/** @typedef {keyof typeof FILLED | keyof typeof STROKED} Icon */

/**
 * Returns an icon; screen readers skip it.
 *
 * @param {Icon} name
 */
export function icon(name, size = 20) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("width", String(size));
  svg.setAttribute("height", String(size));
  svg.setAttribute("aria-hidden", "true");
  const path = document.createElementNS(SVG, "path");
  if (name in FILLED) {
    svg.setAttribute("class", "icon");
    path.setAttribute("d", FILLED[/** @type {keyof typeof FILLED} */ (name)]);
  } else {
    svg.setAttribute("class", "icon stroked");
    path.setAttribute("d", STROKED[/** @type {keyof typeof STROKED} */ (name)]);
  }
  svg.append(path);
  return svg;
}

/**
 * Returns a button that shows an icon; `label` is its name and its tooltip.
 *
 * @param {Icon} name
 * @param {string} label
 * @param {(event: Event) => void} click
 * @param {About} [about]
 */
export function iconButton(name, label, click, about = {}) {
  return make(
    "button",
    { type: "button", class: "tool", "aria-label": label, title: label, onclick: click, ...about },
    icon(name),
  );
}
