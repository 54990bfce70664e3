// Draws into a place with uPlot: as wide as the place is, again when that or the colours change, without flicker.

import uPlot from "uplot";
import { onTurn } from "./theme";

export interface Drawing {
  /** Changes where the options do: then the chart is made anew; else it only gets new data. */
  key: string;
  options: () => Omit<uPlot.Options, "width">;
  data: uPlot.AlignedData;
  /** Seconds. */
  from: number;
  until: number;
}

interface Drawn {
  chart: uPlot;
  drawing: Drawing;
  /** Colours that change are nothing to it any more. */
  leave: () => void;
}

const all = new WeakMap<HTMLElement, Drawn>();
const MOST_NARROW = 120;

const sizes = new ResizeObserver((entries) => {
  for (const { target } of entries) {
    const drawn = all.get(target as HTMLElement);
    if (!drawn) continue;
    const width = Math.max(MOST_NARROW, target.clientWidth);
    // It shrinks to nothing when it leaves the page; uPlot knows all charts until they are destroyed.
    if (!target.isConnected) erase(target as HTMLElement);
    else if (width !== drawn.chart.width) drawn.chart.setSize({ width, height: drawn.chart.height });
  }
});

function make(place: HTMLElement, drawing: Drawing): void {
  const before = all.get(place);
  before?.chart.destroy();
  const options = { ...drawing.options(), width: Math.max(MOST_NARROW, place.clientWidth) };
  const chart = new uPlot(options, drawing.data, place);
  chart.setScale("x", { min: drawing.from, max: drawing.until });
  const turn = (): void => {
    const now = all.get(place);
    if (now) make(place, now.drawing);
  };
  all.set(place, { chart, drawing, leave: before?.leave ?? onTurn(turn) });
  if (!before) sizes.observe(place);
}

/** Draws, or draws anew what is there. */
export function plot(place: HTMLElement, drawing: Drawing): uPlot {
  place.removeAttribute("aria-busy");
  const drawn = all.get(place);
  if (drawn && drawn.drawing.key === drawing.key && drawn.chart.root.isConnected) {
    drawn.drawing = drawing;
    drawn.chart.batch(() => {
      drawn.chart.setData(drawing.data, false);
      drawn.chart.setScale("x", { min: drawing.from, max: drawing.until });
    });
  } else make(place, drawing);
  return all.get(place)!.chart;
}

/** Another height, where the number of rows changed. */
export function tall(place: HTMLElement, height: number): void {
  const drawn = all.get(place);
  if (drawn && drawn.chart.height !== height) drawn.chart.setSize({ width: drawn.chart.width, height });
}

/** To be called when a place is emptied; what leaves the page is erased by itself. */
export function erase(place: HTMLElement): void {
  const drawn = all.get(place);
  drawn?.leave();
  drawn?.chart.destroy();
  all.delete(place);
  sizes.unobserve(place);
}
