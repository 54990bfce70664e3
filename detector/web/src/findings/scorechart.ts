// The score of a namespace around a finding: its threshold, the windows that it is about, roll-outs, and what each
// detector by itself had to say.

import { get, namespacePath } from "../api/client";
import type { Change, Detectors } from "../api/shapes";
import { drawTime, type Edge, type Series } from "../charts/time";
import { LINES, SEES, turn } from "../namespace/charts";
import { marksOf } from "../namespace/marks";
import { iso, number, timeText } from "../ui/format";
import { plain } from "../ui/hostile";
import { askedNames } from "../ui/query";
import { type Toggle, toggles } from "../ui/toggles";
import { columnsOf, type Time } from "./around";

const COLUMNS = 240;
const ON = "lines"; // the parameter of the address that names the detectors that are on, here and for a namespace

export const scoresOf = (namespace: string, time: Time, signal?: AbortSignal): Promise<Detectors> =>
  get(
    `${namespacePath(namespace)}/detectors`,
    { since: iso(time.start), until: iso(time.end), buckets: COLUMNS },
    signal,
  );

const whole = (value: number): string => String(Math.floor(value));
const colourOf = (place: number): string => LINES[place % LINES.length] ?? "ink";

/** A line for each detector that is on. */
function lines({ detectors }: Detectors, on: readonly string[]): Series[] {
  return Object.entries(detectors).flatMap(([name, values], place): Series[] => {
    if (!on.includes(name)) return [];
    // What was too little to be kept is drawn as nothing, so that a single window shows as well.
    const drawn = values.map((score) => score ?? 0);
    return [{ name: plain(name, 30), values: drawn, kind: "steps", colour: colourOf(place), format: whole }];
  });
}

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
  const on = askedNames(ON);
  const { start, step } = columnsOf(found);
  const { time, finding, zoom, take } = shown;
  const known = Object.keys(found.detectors).map(
    (name, at): Toggle => ({
      name,
      text: plain(name, 30),
      title: SEES[name] ?? "",
      swatch: `line-${colourOf(at)}`,
      isOn: on.includes(name),
    }),
  );
  toggles(legend, known, (name) => {
    turn(ON, name);
    drawScores(place, legend, found, shown);
  });
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
    series: [{ name: "score", values: found.score, kind: "scores", colour: "ink", format: whole }, ...lines(found, on)],
    strips: [{ ...finding, colour: "mark" }],
    edges,
    levels: threshold === null ? [] : [{ value: threshold, label: `incident from ${whole(threshold)}` }],
    zoom,
    ...(take ? { take } : {}),
  });
}
