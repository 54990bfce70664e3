// The swim lanes: one row a namespace, one column a stretch of time, the worst score of it by colour and by height.
//
// uPlot has time axes, cursors and zooming, but no heat map: the cells are painted in its draw hook, as its own demos do.

import type uPlot from "uplot";
import { h } from "../ui/dom";
import { periodText } from "../ui/format";
import { plain } from "../ui/hostile";
import { BANDS, bandOf } from "../ui/severity";
import { timeAxis } from "./axes";
import { plot, tall } from "./plot";
import { pointing } from "./pointing";
import { colour } from "./theme";

const AXIS = 26;
const GAP = 4;
/** Scores below this are as usual. */
export const QUIET = 10;

export interface Lane {
  readonly name: string;
  /** The worst score of each column; null where nothing is known. */
  readonly scores: readonly (number | null)[];
  /** What is told where nothing is known. */
  readonly unknown: string;
}

export interface Lanes {
  readonly lanes: readonly Lane[];
  /** Milliseconds: where the first column begins, and how long each is. */
  readonly start: number;
  readonly step: number;
  /** Pixels: how high a row is, and how much of it, at its top, is left free for its name. */
  readonly row: number;
  readonly head: number;
  readonly open: (lane: Lane, from: number, until: number, score: number) => void;
  readonly zoom: (from: number, until: number) => void;
  /** Which row is pointed at; null for none. */
  readonly over: (row: number | null) => void;
}

const columns = (shown: Lanes): number => shown.lanes[0]?.scores.length ?? 0;
const begin = (shown: Lanes, column: number): number => shown.start + column * shown.step;

/** How much of a row's height a score takes: a quarter a band. */
const share = (score: number): number => (score < QUIET ? 0 : (BANDS.indexOf(bandOf(score)) + 1) / BANDS.length);

function paint(chart: uPlot, shown: Lanes): void {
  const { ctx, bbox } = chart;
  const scale = bbox.height / (shown.lanes.length * shown.row);
  const [row, gap, head] = [shown.row * scale, GAP * scale, shown.head * scale];
  const x = (column: number): number => Math.round(chart.valToPos(begin(shown, column) / 1000, "x", true));
  const edges = Array.from({ length: columns(shown) + 1 }, (_, column) => x(column));
  const narrow = (edges[1] ?? 0) - (edges[0] ?? 0) > 5 * scale ? Math.max(1, Math.round(scale)) : 0;
  const colours = Object.fromEntries(BANDS.map((band) => [band.name, colour(band.name)]));
  const quiet = colour("quiet");
  ctx.save();
  shown.lanes.forEach(({ scores }, line) => {
    const top = Math.round(bbox.top + line * row + head + gap / 2);
    const high = Math.round(row - head - gap);
    ctx.fillStyle = quiet;
    // What is known, in as few strokes as there are gaps in it.
    for (let from = 0; from < scores.length; from += 1) {
      if (scores[from] === null) continue;
      let end = from;
      while (end < scores.length && scores[end] !== null) end += 1;
      ctx.fillRect(edges[from]!, top, edges[end]! - edges[from]!, high);
      from = end;
    }
    scores.forEach((score, column) => {
      if (score === null || score < QUIET) return;
      const tallness = Math.max(Math.round(high * share(score)), 2);
      const left = edges[column]!;
      ctx.fillStyle = colours[bandOf(score).name]!;
      ctx.fillRect(left, top + high - tallness, Math.max(edges[column + 1]! - left - narrow, 1), tallness);
    });
  });
  ctx.restore();
}

function options(place: HTMLElement, now: () => Lanes): Omit<uPlot.Options, "width"> {
  const lane = (top: number): Lane | undefined => now().lanes[Math.floor(top / now().row)];
  const plugin = pointing(place, () => ({
    row: now().row,
    left: () => now().over(null),
    tell: (column, top) => {
      const found = lane(top);
      const score = found?.scores[column];
      now().over(Math.floor(top / now().row));
      if (!found || score === undefined) return null;
      const when = periodText(begin(now(), column), begin(now(), column + 1));
      const said = score === null ? found.unknown : score < QUIET ? "as usual" : `${score}, ${bandOf(score).name}`;
      return [h("b", null, plain(found.name, 60)), ` ${said} `, h("span", { class: "when" }, when)];
    },
    take: (column, top) => {
      const found = lane(top);
      if (found) now().open(found, begin(now(), column), begin(now(), column + 1), found.scores[column] ?? 0);
    },
    drag: (from, to) => now().zoom(begin(now(), from), begin(now(), to + 1)),
  }));
  return {
    height: now().lanes.length * now().row + AXIS,
    padding: [0, 0, 0, 0],
    legend: { show: false },
    cursor: { y: false, points: { show: false }, drag: { x: true, y: false, setScale: false } },
    scales: { x: { time: true, auto: false }, y: { range: [0, 1] } },
    series: [{}, { show: true, paths: () => null, points: { show: false } }],
    axes: [timeAxis(), { show: false }],
    hooks: { drawClear: [(chart) => paint(chart, now())] },
    plugins: [plugin],
  };
}

const shownIn = new WeakMap<HTMLElement, Lanes>();

/** Draws the lanes into a place, or draws them anew. */
export function drawLanes(place: HTMLElement, shown: Lanes): void {
  shownIn.set(place, shown);
  place.setAttribute("role", "group");
  place.setAttribute("aria-roledescription", "chart");
  place.setAttribute(
    "aria-label",
    "Scores of the namespaces over time. Arrow keys move, Enter opens what is there, the names beside it are links.",
  );
  const starts = Array.from({ length: columns(shown) }, (_, column) => begin(shown, column) / 1000);
  plot(place, {
    key: "lanes",
    options: () => options(place, () => shownIn.get(place)!),
    data: [starts, starts.map(() => 0)],
    from: shown.start / 1000,
    until: begin(shown, columns(shown)) / 1000,
  });
  tall(place, shown.lanes.length * shown.row + AXIS);
}
