// Each detector by itself, as a line in a chart of scores; those that the reader switched on stand in the address.

import type { Detectors } from "../api/shapes";
import type { Series } from "../charts/time";
import { plain } from "../ui/hostile";
import { askedNames, turn } from "../ui/query";
import { type Toggle, toggles } from "../ui/toggles";

const ON = "lines";
const SEES: Readonly<Record<string, string>> = {
  new: "templates that were never seen before",
  more: "more lines of a template or workload than the load explains",
  fewer: "fewer lines than the load and the other lines lead one to expect",
  relations: "lines missing of what others say should be there",
  mixture: "lines that no longer go together as they used to",
  silence: "the namespace as a whole, against its last hour and the same hour of other days",
  forest: "odd combinations that none of the others names (Isolation Forest)",
};
const COLOURS = ["accent", "expected", "change", "ink"] as const;

/** The colour of the one at a place; beyond them the same again, with dashes. */
const look = (place: number): { readonly colour: (typeof COLOURS)[number]; readonly isDashed: boolean } => ({
  colour: COLOURS[place % COLOURS.length]!,
  isDashed: place >= COLOURS.length,
});

/** Draws the legend, whose buttons switch them on and off, and gives the lines of those that are on.
 *
 * `again` is called when one was switched: to draw the chart anew.
 */
export function detectorLines(legend: HTMLElement, { detectors }: Detectors, again: () => void): Series[] {
  const on = askedNames(ON);
  const known = Object.keys(detectors).map((name, place): Toggle => {
    const { colour, isDashed } = look(place);
    const swatch = `line-${colour}${isDashed ? " dashed" : ""}`;
    return { name, text: plain(name, 30), title: SEES[name] ?? "", swatch, isOn: on.includes(name) };
  });
  toggles(legend, known, (name) => {
    turn(ON, name);
    again();
  });
  return Object.entries(detectors).flatMap(([name, values], place): Series[] => {
    if (!on.includes(name)) return [];
    // What was too little to be kept is drawn as nothing, so that a single window shows as well.
    const drawn = values.map((score) => score ?? 0);
    const format = (value: number): string => (value ? String(Math.floor(value)) : "as usual");
    return [{ name: plain(name, 30), values: drawn, kind: "outline", ...look(place), format }];
  });
}
