// A small chart in a row of a table: how a count went, and what was expected of it.

import type uPlot from "uplot";
import { plot } from "./plot";
import { stepped, toItsEnd } from "./steps";
import { colour, faded } from "./theme";

export interface Spark {
  readonly values: readonly (number | null)[];
  /** What was expected, where something was: columns from the first up to before the last. */
  readonly expected?: { readonly low: number; readonly high: number; readonly from: number; readonly until: number };
  /** The columns that it is about. */
  readonly marked?: { readonly from: number; readonly until: number };
  /** What it shows, in a sentence. */
  readonly label: string;
  readonly height?: number;
}

const shownIn = new WeakMap<HTMLElement, Spark>();

function behind(chart: uPlot, { expected, marked }: Spark): void {
  const { ctx, bbox } = chart;
  const x = (column: number): number => chart.valToPos(column, "x", true);
  ctx.save();
  if (marked) {
    ctx.fillStyle = faded("mark", 0.22);
    ctx.fillRect(x(marked.from), bbox.top, Math.max(x(marked.until) - x(marked.from), 2), bbox.height);
  }
  if (expected) {
    const [top, bottom] = [chart.valToPos(expected.high, "y", true), chart.valToPos(expected.low, "y", true)];
    ctx.fillStyle = faded("expected", 0.4);
    ctx.fillRect(x(expected.from), top, x(expected.until) - x(expected.from), Math.max(bottom - top, 2));
  }
  ctx.restore();
}

/** Draws it into a place, or draws it anew. */
export function drawSpark(place: HTMLElement, shown: Spark): void {
  shownIn.set(place, shown);
  place.setAttribute("role", "img");
  place.setAttribute("aria-label", shown.label);
  place.title = shown.label;
  const many = shown.values.length;
  const columns = Array.from({ length: many + 1 }, (_, column) => column);
  plot(place, {
    key: "spark",
    options: () => ({
      height: shown.height ?? 26,
      padding: [2, 0, 2, 0],
      legend: { show: false },
      cursor: { show: false },
      scales: {
        x: { time: false, auto: false },
        y: { range: (_, __, high) => [0, Math.max(high || 0, shownIn.get(place)?.expected?.high ?? 0) * 1.1 || 1] },
      },
      axes: [{ show: false }, { show: false }],
      series: [
        {},
        {
          stroke: () => colour("accent"),
          fill: () => faded("accent", 0.14),
          width: 1.2,
          paths: stepped,
          points: { show: false },
        },
      ],
      hooks: { drawClear: [(chart) => behind(chart, shownIn.get(place)!)] },
    }),
    data: [columns, toItsEnd(shown.values)] as uPlot.AlignedData,
    from: 0,
    until: many,
  });
}
