// The four bands of severity: word, colour and weight, so that none of them is needed alone.

import { h } from "./dom";

export type Severity = "warning" | "minor" | "major" | "critical";
export interface Band {
  readonly name: Severity;
  readonly from: number;
  readonly rare: string;
}

export const BANDS: readonly [Band, Band, Band, Band] = [
  { name: "warning", from: 0, rare: "more often than once a day" },
  { name: "minor", from: 25, rare: "once a day" },
  { name: "major", from: 50, rare: "once in 30 days" },
  { name: "critical", from: 75, rare: "once a year" },
];

export const bandOf = (score: number): Band => BANDS.findLast((band) => score >= band.from) ?? BANDS[0];
export const rank = (severity: string): number => BANDS.findIndex((band) => band.name === severity);

/** A score as a small plate in its colour. */
export const plate = (score: number, severity: string): HTMLElement =>
  h(
    "span",
    { class: `plate ${severity}`, title: `${severity}: score ${score.toFixed(1)} of 100` },
    h("b", null, String(Math.floor(score))),
    h("span", { class: "word" }, severity),
  );

export const legend = (): HTMLElement =>
  h(
    "ul",
    { class: "legend", "aria-label": "Severities" },
    h("li", null, h("i", { class: "swatch quiet" }), "as usual"),
    BANDS.map((band) =>
      h("li", { title: `comes by chance ${band.rare}` }, h("i", { class: `swatch ${band.name}` }), band.name),
    ),
  );
