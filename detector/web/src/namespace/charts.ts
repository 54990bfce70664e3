// The two charts of a namespace: its lines by level, and its scores by detector, over the same time.

import type { Detectors, Levels } from "../api/shapes";
import { drawTime, type Series, type TimeChart } from "../charts/time";
import { detectorLines } from "../findings/detectors";
import type { Marks } from "../findings/templaterow";
import type { Range } from "../time/range";
import { byId } from "../ui/dom";
import { duration, exact, number, plural } from "../ui/format";
import { plain } from "../ui/hostile";
import { askedNames, turn } from "../ui/query";
import { type Toggle, toggles } from "../ui/toggles";

/** What both have in common. */
export interface Drawn {
  readonly range: Range;
  readonly marks: Marks;
  readonly zoom: (from: number, until: number) => void;
  /** A click, or Enter, on a column. */
  readonly take: (from: number, until: number) => void;
}

type Values = readonly (number | null)[];

const sum = (values: Values): number => values.reduce<number>((total, value) => total + (value ?? 0), 0);

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

const whole = (value: number): string => String(Math.floor(value));

/** The score of each column as a bar, single detectors as lines, and where an incident begins. */
export function drawScores(found: Detectors, drawn: Drawn): void {
  const lines = detectorLines(byId("detectors"), found, () => drawScores(found, drawn));
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
