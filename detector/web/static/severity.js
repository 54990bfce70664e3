// The four bands of severity: word, colour and shape, so that none of them is needed alone.

import { h } from "./dom.js";

export const BANDS = [
  { name: "warning", from: 0, rare: "less than once a day" },
  { name: "minor", from: 25, rare: "once a day" },
  { name: "major", from: 50, rare: "once in 30 days" },
  { name: "critical", from: 75, rare: "once a year" },
];

export const bandOf = (score) => BANDS.findLast((band) => score >= band.from);
export const rank = (severity) => BANDS.findIndex((band) => band.name === severity);

const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
export const colourOf = (score) => colour(bandOf(score).name);
export { colour };

/** A score as a small plate in its colour. */
export function plate(score, severity) {
  const title = `${severity}: score ${score.toFixed(1)} of 100`;
  return h("span", { class: `plate ${severity}`, title }, h("b", null, String(Math.floor(score))), h("span", { class: "word" }, severity));
}

export const legend = () =>
  h(
    "ul",
    { class: "legend", "aria-label": "Severities" },
    h("li", null, h("i", { class: "swatch quiet" }), "as usual"),
    BANDS.map((band) => h("li", { title: `comes by chance ${band.name === "warning" ? "more often than once a day" : band.rare}` }, h("i", { class: `swatch ${band.name}` }), band.name)),
  );
