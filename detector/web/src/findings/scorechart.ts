// The score of a namespace around a finding: its threshold, the windows that it is about, roll-outs, and what each
// detector by itself had to say.

import { get, namespacePath } from "../api/client";
import type { Change, Detectors } from "../api/shapes";
import { drawTime, type Edge } from "../charts/time";
import { marksOf } from "../namespace/marks";
import { iso, number, timeText } from "../ui/format";
import { columnsOf, type Time } from "./around";
import { detectorLines } from "./detectors";

const COLUMNS = 240;

export const scoresOf = (namespace: string, time: Time, signal?: AbortSignal): Promise<Detectors> =>
  get(
    `${namespacePath(namespace)}/detectors`,
    { since: iso(time.start), until: iso(time.end), buckets: COLUMNS },
    signal,
  );

const whole = (value: number): string => String(Math.floor(value));

/** What the chart shows, for those who can't see it. */
function inWords({ score, threshold }: Detectors, edges: readonly Edge[]): string {
  const most = Math.max(0, ...score.map((one) => one ?? 0));
  const rolled = edges.filter((edge) => edge.label).map((edge) => `${edge.label} at ${timeText(edge.at)}`);
  return [
    `Score over time, at most ${number(most)} of 100`,
    ...(threshold === null ? [] : [`incidents begin at ${whole(threshold)}`]),
    ...(rolled.length ? [`rolled out: ${rolled.join(", ")}`] : []),
  ].join("; ");
}

export interface Shown {
  readonly time: Time;
  readonly finding: Time;
  readonly changes: readonly Change[];
  readonly zoom: (from: number, until: number) => void;
  /** A column was clicked. */
  readonly take?: (from: number, until: number) => void;
}

/** Draws the chart and its legend, whose buttons switch detectors on and off. */
export function drawScores(place: HTMLElement, legend: HTMLElement, found: Detectors, shown: Shown): void {
  const { start, step } = columnsOf(found);
  const { time, finding, zoom, take } = shown;
  const lines = detectorLines(legend, found, () => drawScores(place, legend, found, shown));
  const { threshold } = found;
  const { edges } = marksOf([], shown.changes, time.start, time.end, place.clientWidth);
  drawTime(place, {
    label: inWords(found, edges),
    height: 160,
    start,
    step,
    from: time.start,
    until: time.end,
    most: 100,
    series: [{ name: "score", values: found.score, kind: "scores", colour: "ink", format: whole }, ...lines],
    strips: [{ ...finding, colour: "mark" }],
    edges,
    levels: threshold === null ? [] : [{ value: threshold, label: `incident from ${whole(threshold)}` }],
    zoom,
    ...(take ? { take } : {}),
  });
}
