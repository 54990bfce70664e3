// Values over time: lines, steps, areas and bars, with what is to be seen behind and above them.

import uPlot from "uplot";
import { h } from "../ui/dom";
import { number, periodText } from "../ui/format";
import { bandOf } from "../ui/severity";
import { timeAxis, valueAxis } from "./axes";
import { plot } from "./plot";
import { pointing } from "./pointing";
import { stepped, toItsEnd } from "./steps";
import { colour, faded, font } from "./theme";

export interface Series {
  readonly name: string;
  /** One a column; null where nothing is known. */
  readonly values: readonly (number | null)[];
  /** `outline` is steps with nothing below them: several can be told apart. */
  readonly kind: "line" | "outline" | "steps" | "area" | "scores";
  /** A name of the style sheet; `scores` are coloured by their severity. */
  readonly colour: string;
  /** Drawn with dashes, where there are more of them than colours that everyone can tell apart. */
  readonly isDashed?: boolean;
  readonly format?: (value: number) => string;
}

/** A stretch of time behind the data: an incident, the part that is asked about. Milliseconds. */
export interface Strip {
  readonly start: number;
  readonly end: number;
  readonly colour: string;
  /** A word that stands in it, where there is room. */
  readonly label?: string;
}

/** A moment: a roll-out. */
export interface Edge {
  readonly at: number;
  readonly label: string;
}

/** A value: a threshold. */
export interface Level {
  readonly value: number;
  readonly label: string;
}

/** Between two values: what was expected. */
export interface Between {
  readonly start: number;
  readonly end: number;
  readonly low: number;
  readonly high: number;
}

export interface TimeChart {
  /** What it shows, for those who can't see it. */
  readonly label: string;
  readonly height: number;
  /** Milliseconds: where the first column begins, how long each is, what is shown. */
  readonly start: number;
  readonly step: number;
  readonly from: number;
  readonly until: number;
  readonly series: readonly Series[];
  readonly stacked?: boolean;
  readonly most?: number;
  readonly unit?: string;
  readonly strips?: readonly Strip[];
  readonly edges?: readonly Edge[];
  readonly levels?: readonly Level[];
  readonly expected?: readonly Between[];
  readonly zoom?: (from: number, until: number) => void;
  readonly take?: (from: number, until: number) => void;
}

const columns = (shown: TimeChart): number => Math.max(0, ...shown.series.map((one) => one.values.length));

type Side = "left" | "right";
type Behind = (chart: uPlot, shown: TimeChart) => void;

const behind: Behind = (chart, shown) => {
  const { ctx, bbox } = chart;
  const x = (time: number): number =>
    Math.min(Math.max(chart.valToPos(time / 1000, "x", true), bbox.left), bbox.left + bbox.width);
  const y = (value: number): number =>
    Math.min(Math.max(chart.valToPos(value, "y", true), bbox.top), bbox.top + bbox.height);
  ctx.save();
  for (const strip of shown.strips ?? []) {
    ctx.fillStyle = faded(strip.colour, 0.16);
    ctx.fillRect(x(strip.start), bbox.top, Math.max(x(strip.end) - x(strip.start), 1), bbox.height);
  }
  for (const band of shown.expected ?? []) {
    ctx.fillStyle = faded("expected", 0.3);
    const top = y(band.high);
    ctx.fillRect(x(band.start), top, Math.max(x(band.end) - x(band.start), 1), Math.max(y(band.low) - top, 2));
  }
  ctx.restore();
};

/** Writes words into one line, and leaves out those that would stand over others. */
function labels(ctx: CanvasRenderingContext2D, apart: number): (...word: [string, number, number, Side]) => void {
  const taken: [number, number][] = [];
  return (text, x, y, side) => {
    const width = ctx.measureText(text).width;
    const [left, right] = side === "left" ? [x, x + width] : [x - width, x];
    if (taken.some(([from, until]) => left < until + apart && right > from - apart)) return;
    taken.push([left, right]);
    ctx.textAlign = side;
    ctx.fillText(text, x, y);
  };
}

const above: Behind = (chart, shown) => {
  const { ctx, bbox } = chart;
  const scale = devicePixelRatio;
  ctx.save();
  ctx.font = font().replace("11px", `${Math.round(11 * scale)}px`);
  ctx.lineWidth = scale;
  ctx.setLineDash([4 * scale, 3 * scale]);
  ctx.textBaseline = "bottom";
  ctx.fillStyle = colour("ink");
  const stand = labels(ctx, 4 * scale);
  for (const { start, label } of shown.strips ?? []) {
    if (!label) continue;
    const left = Math.max(chart.valToPos(start / 1000, "x", true), bbox.left) + 4 * scale;
    const room = bbox.left + bbox.width - left > ctx.measureText(label).width;
    stand(label, room ? left : bbox.left + bbox.width, bbox.top + bbox.height - 2 * scale, room ? "left" : "right");
  }
  ctx.textAlign = "left";
  for (const level of shown.levels ?? []) {
    const top = Math.round(chart.valToPos(level.value, "y", true)) + 0.5;
    ctx.strokeStyle = ctx.fillStyle = colour("muted");
    ctx.beginPath();
    ctx.moveTo(bbox.left, top);
    ctx.lineTo(bbox.left + bbox.width, top);
    ctx.stroke();
    ctx.fillText(level.label, bbox.left + 4 * scale, top - 2 * scale);
  }
  ctx.textBaseline = "top";
  const standAbove = labels(ctx, 4 * scale);
  for (const edge of shown.edges ?? []) {
    const left = Math.round(chart.valToPos(edge.at / 1000, "x", true)) + 0.5;
    if (left < bbox.left || left > bbox.left + bbox.width) continue;
    ctx.strokeStyle = ctx.fillStyle = colour("change");
    ctx.beginPath();
    ctx.moveTo(left, bbox.top);
    ctx.lineTo(left, bbox.top + bbox.height);
    ctx.stroke();
    const room = bbox.left + bbox.width - left > ctx.measureText(edge.label).width + 8 * scale;
    standAbove(edge.label, left + (room ? 4 : -4) * scale, bbox.top + 2 * scale, room ? "left" : "right");
  }
  ctx.restore();
};

/** Bars in the colours of their bands: one series, four fills. */
const scores: uPlot.Series.PathBuilder = (chart, place, first, last) => {
  const { ctx } = chart;
  const [times, values] = [chart.data[0], chart.data[place]!];
  const ground = chart.valToPos(0, "y", true);
  ctx.save();
  for (let column = first; column <= last; column += 1) {
    const value = values[column];
    if (value === null || value === undefined || value <= 0) continue;
    const [left, top] = [chart.valToPos(times[column]!, "x", true), chart.valToPos(value, "y", true)];
    const right = chart.valToPos(times[column + 1] ?? times[column]! + (times[1]! - times[0]!), "x", true);
    ctx.fillStyle = colour(bandOf(value).name);
    ctx.fillRect(left, top, Math.max(right - left - 1, 1), ground - top);
  }
  ctx.restore();
  return null;
};

function drawn(one: Series): uPlot.Series {
  const stroke = (): string => colour(one.colour);
  const fill = { area: 0.85, steps: 0.14, line: 0, outline: 0, scores: 0 }[one.kind];
  const paths = { area: stepped, steps: stepped, outline: stepped, line: uPlot.paths.linear!(), scores }[one.kind];
  return {
    label: one.name,
    stroke,
    width: one.kind === "area" ? 0 : 1.4,
    paths,
    points: { show: false },
    ...(one.isDashed ? { dash: [5, 3] } : {}),
    ...(fill ? { fill: () => faded(one.colour, fill) } : {}),
  };
}

/** What is drawn: of stacked ones the sums from the last to the first, with one column more, where the last ends. */
function data(shown: TimeChart): uPlot.AlignedData {
  const many = columns(shown);
  const times = Array.from({ length: many + 1 }, (_, column) => (shown.start + column * shown.step) / 1000);
  const below = new Array<number>(many).fill(0);
  const rows = shown.series.map((one) => {
    const values: (number | null)[] = shown.stacked
      ? one.values.map((value, column) => {
          below[column] = (below[column] ?? 0) + (value ?? 0);
          return below[column]!;
        })
      : [...one.values];
    return one.kind === "scores" ? [...values, null] : toItsEnd(values);
  });
  // The highest of a stack is drawn first, so that the others lie before it.
  return [times, ...(shown.stacked ? rows.toReversed() : rows)] as uPlot.AlignedData;
}

function options(place: HTMLElement, now: () => TimeChart): Omit<uPlot.Options, "width"> {
  const shown = now();
  const begin = (column: number): number => now().start + column * now().step;
  const inOrder = shown.stacked ? shown.series.toReversed() : shown.series;
  const plugin = pointing(place, () => {
    const chart = now();
    return {
      // There is one place more on the axis: where the last column ends.
      columns: columns(chart),
      tell: (column) => {
        if (column >= columns(chart)) return null;
        const lines = chart.series.map((one) => {
          const value = one.values[column];
          if (value === null || value === undefined || (chart.stacked && value === 0)) return null;
          return h("div", null, `${one.name} `, h("b", null, (one.format ?? number)(value)));
        });
        return [h("div", { class: "when" }, periodText(begin(column), begin(column + 1))), lines];
      },
      take: chart.take && ((column) => chart.take?.(begin(column), begin(column + 1))),
      drag: chart.zoom && ((from, to) => chart.zoom?.(begin(from), begin(to + 1))),
    };
  });
  return {
    height: shown.height,
    padding: [10, 12, 0, 0],
    legend: { show: false },
    cursor: { y: false, points: { show: false }, drag: { x: Boolean(shown.zoom), y: false, setScale: false } },
    scales: {
      x: { time: true, auto: false },
      y: {
        range: (_, __, high) => {
          const levels = [
            ...(now().levels ?? []).map((one) => one.value),
            ...(now().expected ?? []).map((one) => one.high),
          ];
          return [0, now().most ?? (Math.max(high || 0, ...levels) * 1.08 || 1)];
        },
      },
    },
    series: [{}, ...inOrder.map(drawn)],
    axes: [timeAxis(), valueAxis(shown.series[0]?.format ?? number, shown.unit)],
    hooks: { drawAxes: [(chart) => behind(chart, now())], draw: [(chart) => above(chart, now())] },
    plugins: [plugin],
  };
}

const shownIn = new WeakMap<HTMLElement, TimeChart>();

/** Draws values over time into a place, or draws them anew. */
export function drawTime(place: HTMLElement, shown: TimeChart): void {
  shownIn.set(place, shown);
  place.setAttribute("role", "group");
  place.setAttribute("aria-roledescription", "chart");
  place.setAttribute("aria-label", `${shown.label}. Arrow keys read it${shown.zoom ? ", dragging zooms in" : ""}.`);
  const series = shown.series.map((one) => [one.name, one.kind, one.colour]);
  plot(place, {
    key: JSON.stringify([series, shown.height, shown.stacked, shown.unit, Boolean(shown.zoom)]),
    options: () => options(place, () => shownIn.get(place)!),
    data: data(shown),
    from: shown.from / 1000,
    until: shown.until / 1000,
  });
}
