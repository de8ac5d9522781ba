// Runs before the first paint, so that a chosen theme does not flash.
const light = matchMedia("(prefers-color-scheme: light)");
const follow = () => {
  document.documentElement.dataset.theme = localStorage.getItem("theme") ?? (light.matches ? "light" : "dark");
};
follow();
light.addEventListener("change", follow);
