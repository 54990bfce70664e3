// The axes that all charts have.

import uPlot from "uplot";
import { DAY } from "../ui/format";
import { colour, font } from "./theme";

const CLOCK = uPlot.fmtDate("{HH}:{mm}");
const DATE = uPlot.fmtDate("{D} {MMM}");
const ROOM = 18;

/** Times of day, and the day where it begins or where only days are shown. `scale` and what comes out are seconds. */
function times(chart: uPlot, marks: number[]): string[] {
  const { min = 0, max = 0 } = chart.scales.x ?? {};
  const long = (max - min) * 1000 > 3 * DAY;
  // A label whose middle is nearer to the edge than this would be cut there.
  const [left, right] = [
    ROOM - chart.bbox.left / devicePixelRatio,
    chart.width - chart.bbox.left / devicePixelRatio - ROOM,
  ];
  return marks.map((mark) => {
    const at = chart.valToPos(mark, "x");
    if (at < left || at > right) return "";
    const date = new Date(mark * 1000);
    return long || (date.getHours() === 0 && date.getMinutes() === 0) ? DATE(date) : CLOCK(date);
  });
}

const look = (): Partial<uPlot.Axis> => ({
  font: font(),
  stroke: () => colour("muted"),
  ticks: { stroke: () => colour("line-strong"), width: 1, size: 4 },
  gap: 4,
});

export const timeAxis = (): uPlot.Axis => ({
  ...look(),
  size: 26,
  space: 72,
  grid: { show: false },
  values: times,
});

export const valueAxis = (format: (value: number) => string, label?: string): uPlot.Axis => ({
  ...look(),
  size: 52,
  space: 34,
  grid: { stroke: () => colour("line"), width: 1 },
  ticks: { show: false },
  values: (_, marks) => marks.map(format),
  ...(label ? { label, labelSize: 18, labelFont: font(), labelGap: 0 } : {}),
});
