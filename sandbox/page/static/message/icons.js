// The drawings in messages, in lines: style/message.css strokes them in the colour of the text.

const SVG = "http://www.w3.org/2000/svg";

const PATHS = {
  alert: "M12 9v4.5m0 3v.01M10.3 4.2 2.7 17.4a2 2 0 0 0 1.7 3h15.2a2 2 0 0 0 1.7-3L13.7 4.2a2 2 0 0 0-3.4 0Z",
  bell: "M4 4l16 16M9.5 19a2.7 2.7 0 0 0 5 0M17 16.5H5.5c1-1.5 1.5-3 1.5-6 0-.6.1-1.1.3-1.6M10 5.7a4.7 4.7 0 0 1 7 4.3c0 1.8.2 3.2.6 4.3",
  check: "M5 12.5 10 17.5 19.5 7",
  chevron: "M6 9.5l6 6 6-6",
  copy: "M9 9h10.5v10.5H9ZM15 9V6a1.5 1.5 0 0 0-1.5-1.5H6A1.5 1.5 0 0 0 4.5 6v7.5A1.5 1.5 0 0 0 6 15h3",
  eye: "M2.5 12S6 5.5 12 5.5 21.5 12 21.5 12 18 18.5 12 18.5 2.5 12 2.5 12ZM12 15a3 3 0 1 0 0-6 3 3 0 0 0 0 6Z",
  file: "M13.5 3H7a1.5 1.5 0 0 0-1.5 1.5v15A1.5 1.5 0 0 0 7 21h10a1.5 1.5 0 0 0 1.5-1.5V8l-5-5ZM13 3.5V8.5h5M9 13h6M9 16.5h6",
  gem: "M7 4h10l4 5.5L12 21 3 9.5 7 4ZM3 9.5h18M9 9.5 12 21l3-11.5",
  hash: "M9.5 4 7.5 20M16.5 4l-2 16M4.5 9h16M3.5 15h16",
  image: "M4.5 5h15v14h-15ZM4.5 16l4.5-4.5 4 4 2.5-2.5 4 4M15.5 9v.01",
  link: "M14 4.5h5.5V10M19 5l-8.5 8.5M17.5 13.5V18a1.5 1.5 0 0 1-1.5 1.5H6A1.5 1.5 0 0 1 4.5 18V8A1.5 1.5 0 0 1 6 6.5h4.5",
  reply: "M9 7 4 12l5 5M4.5 12H15a5 5 0 0 1 5 5v1.5",
  role: "M12 3l7.5 3v5.5c0 4.5-3 8-7.5 9.5-4.5-1.5-7.5-5-7.5-9.5V6L12 3Z",
};

/** A drawing, for eyes only. */
export function drawing(name, size = 20) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("width", size);
  svg.setAttribute("height", size);
  svg.setAttribute("aria-hidden", "true");
  svg.setAttribute("class", "drawing");
  const path = document.createElementNS(SVG, "path");
  path.setAttribute("d", PATHS[name]);
  svg.append(path);
  return svg;
}
