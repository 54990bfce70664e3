// The two charts of a namespace: its lines by level, and its scores by detector, over the same time.

import type { Detectors, Levels } from "../api/shapes";
import { drawTime, type Series, type TimeChart } from "../charts/time";
import type { Marks } from "../findings/templaterow";
import type { Range } from "../time/range";
import { byId } from "../ui/dom";
import { duration, exact, number, plural } from "../ui/format";
import { plain } from "../ui/hostile";
import { askedNames, keep } from "../ui/query";
import { type Toggle, toggles } from "../ui/toggles";

/** What both have in common. */
export interface Drawn {
  readonly range: Range;
  readonly marks: Marks;
  readonly zoom: (from: number, until: number) => void;
  /** A click, or Enter, on a column. */
  readonly take: (from: number, until: number) => void;
}

export const SEES: Readonly<Record<string, string>> = {
  new: "templates that were never seen before",
  more: "more lines of a template or workload than the load explains",
  fewer: "fewer lines than the load and the other lines lead one to expect",
  relations: "lines missing of what others say should be there",
  mixture: "lines that no longer go together as they used to",
  silence: "the namespace as a whole, against its last hour and the same hour of other days",
  forest: "odd combinations that none of the others names (Isolation Forest)",
};
export const LINES = ["accent", "expected", "change", "mark", "odd", "good", "ink"] as const;

type Values = readonly (number | null)[];

const sum = (values: Values): number => values.reduce<number>((total, value) => total + (value ?? 0), 0);

/** Switches a name in a parameter of the address on or off. */
export function turn(parameter: string, name: string): void {
  const names = new Set(askedNames(parameter));
  if (!names.delete(name)) names.add(name);
  keep({ [parameter]: [...names].join(",") });
}

function chart(found: Levels | Detectors, { range, marks, zoom, take }: Drawn): Omit<TimeChart, "label" | "series"> {
  return {
    height: 200,
    start: Date.parse(found.since),
    step: found.step_seconds * 1000,
    from: range.start,
    until: range.end,
    strips: marks.strips ?? [],
    edges: marks.edges ?? [],
    zoom,
    take,
  };
}

/** Lines by level, stacked, the worst at the bottom: there they are seen. */
export function drawVolume(found: Levels, drawn: Drawn): void {
  const hidden = new Set(askedNames("hide"));
  const levels = Object.entries(found.levels);
  const again = (name: string): void => {
    turn("hide", name);
    drawVolume(found, drawn);
  };
  const known = levels.map(
    ([name, values]): Toggle => ({
      name,
      text: name === "none" ? "no level" : plain(name, 20),
      title: `${plural(sum(values), "line")} in this time`,
      figure: number(sum(values)),
      swatch: `level-${name}`,
      isOn: !hidden.has(name),
    }),
  );
  toggles(byId("levels"), known, again);
  const series = levels
    .filter(([name]) => !hidden.has(name))
    .map(
      ([name, values]): Series => ({
        name: name === "none" ? "no level" : plain(name, 20),
        values,
        kind: "area",
        colour: `level-${name}`,
        format: exact,
      }),
    );
  const step = duration(found.step_seconds * 1000);
  drawTime(byId("volume"), {
    ...chart(found, drawn),
    label: `Lines by level, ${plural(sum(found.total), "line")} in ${step} each`,
    unit: `lines in ${step}`,
    series: series.length
      ? series
      : [{ name: "lines", values: found.total.map(() => 0), kind: "area", colour: "quiet" }],
    stacked: true,
  });
}

/** The score of each column as a bar, single detectors as lines, and where an incident begins. */
export function drawScores(found: Detectors, drawn: Drawn): void {
  const wanted = askedNames("lines");
  const names = Object.keys(found.detectors);
  const again = (name: string): void => {
    turn("lines", name);
    drawScores(found, drawn);
  };
  const known = names.map(
    (name, place): Toggle => ({
      name,
      text: plain(name, 30),
      title: SEES[name] ?? "",
      swatch: `line-${LINES[place % LINES.length]}`,
      isOn: wanted.includes(name),
    }),
  );
  toggles(byId("detectors"), known, again);
  const whole = (value: number): string => String(Math.floor(value));
  const lines = names.flatMap((name, place): Series[] => {
    if (!wanted.includes(name)) return [];
    const values = found.detectors[name]!.map((value) => value ?? 0);
    const format = (value: number): string => (value ? whole(value) : "as usual");
    return [{ name: plain(name, 30), values, kind: "outline", colour: LINES[place % LINES.length]!, format }];
  });
  const score: Series = { name: "score", values: found.score, kind: "scores", colour: "accent", format: whole };
  const { threshold } = found;
  drawTime(byId("scores"), {
    ...chart(found, drawn),
    label: threshold === null ? "Scores over time" : `Scores over time; from ${whole(threshold)} on an incident begins`,
    height: 150,
    most: 100,
    unit: "score",
    series: [score, ...lines],
    levels: threshold === null ? [] : [{ value: threshold, label: `incident from ${whole(threshold)} on` }],
  });
}
