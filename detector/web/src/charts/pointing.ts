// Pointing into a chart, with the mouse, a finger or the arrow keys: what is there is told in a box and to screen readers.

import type uPlot from "uplot";
import { type Children, h } from "../ui/dom";

const NEAR = 12; // pixels between the box and what it is about

export interface Pointing {
  /** What is at this column (and this height in pixels); null for nothing. */
  tell: (column: number, top: number) => Children;
  /** Nothing is pointed at any more. */
  left?: (() => void) | undefined;
  /** A click, or Enter. */
  take?: ((column: number, top: number) => void) | undefined;
  /** Dragged over: the first and the last column. */
  drag?: ((from: number, to: number) => void) | undefined;
  /** How many columns there are, where that isn't the number of places on the axis. */
  columns?: number;
  /** Pixels that an arrow up or down moves; none where only time counts. */
  row?: number;
}

/** A plugin of uPlot; `now` gives what holds at the moment. */
export function pointing(place: HTMLElement, now: () => Pointing): uPlot.Plugin {
  const box = h("div", { class: "tip", hidden: true });
  const spoken = h("div", { class: "hidden", role: "status" });
  let at = { column: -1, top: 0 };
  let byKey = false;

  const many = (chart: uPlot): number => now().columns ?? chart.data[0]?.length ?? 0;

  /** The column that a place (pixels) is in: the axis has where columns begin, and uPlot gives the nearest of these. */
  function within(chart: uPlot, left: number): number {
    const near = chart.posToIdx(left);
    const column = (chart.data[0]?.[near] ?? 0) > chart.posToVal(left, "x") ? near - 1 : near;
    return Math.min(Math.max(column, 0), many(chart) - 1);
  }

  function point(chart: uPlot, column: number, top: number): void {
    const told = column < 0 ? null : now().tell(column, top);
    at = { column, top };
    box.hidden = !told;
    if (column < 0) now().left?.();
    if (!told) return;
    box.replaceChildren(h("div", null, told));
    const left = chart.valToPos(chart.data[0]?.[column] ?? 0, "x");
    const width = chart.over.clientWidth;
    const beyond = left + NEAR + box.offsetWidth > width;
    const x = Math.max(0, beyond ? left - NEAR - box.offsetWidth : left + NEAR);
    const y = Math.min(
      Math.max(0, top - box.offsetHeight / 2),
      Math.max(0, chart.over.clientHeight - box.offsetHeight),
    );
    box.style.transform = `translate(${Math.round(x)}px, ${Math.round(y)}px)`;
    if (!byKey) return;
    spoken.textContent = box.textContent;
    box.scrollIntoView({ block: "nearest", inline: "nearest" });
  }

  function keyed(chart: uPlot, event: KeyboardEvent): void {
    // Alt and an arrow is the browser's way back.
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    const columns = many(chart);
    const row = now().row ?? 0;
    const by: Record<string, [number, number]> = {
      ArrowLeft: [-1, 0],
      ArrowRight: [1, 0],
      PageUp: [-10, 0],
      PageDown: [10, 0],
      Home: [-columns, 0],
      End: [columns, 0],
      ArrowUp: [0, -row],
      ArrowDown: [0, row],
    };
    const step = by[event.key];
    if (event.key === "Enter" && at.column >= 0) now().take?.(at.column, at.top);
    else if (event.key === "Escape") chart.setCursor({ left: -10, top: -10 });
    else if (!step || (step[1] === 0 && step[0] === 0)) return;
    else {
      byKey = true;
      const first = at.column < 0;
      const column = first ? columns - 1 : Math.min(Math.max(at.column + step[0], 0), columns - 1);
      const top = first ? row / 2 : at.top + step[1];
      const inside = top >= 0 && top < chart.over.clientHeight ? top : at.top;
      chart.setCursor({ left: chart.valToPos(chart.data[0]?.[column] ?? 0, "x") + 1, top: inside }, false);
      point(chart, column, inside);
      byKey = false;
    }
    event.preventDefault();
  }

  return {
    hooks: {
      ready: (chart) => {
        chart.over.append(box);
        place.append(spoken);
        place.tabIndex = 0;
        place.onkeydown = (event) => keyed(chart, event);
        place.onblur = () => chart.setCursor({ left: -10, top: -10 });
        let pressed = 0;
        chart.over.addEventListener("mousedown", (event) => {
          pressed = event.clientX;
        });
        chart.over.addEventListener("click", (event) => {
          if (Math.abs(event.clientX - pressed) < 5 && at.column >= 0) now().take?.(at.column, at.top);
        });
      },
      setCursor: (chart) => {
        const { idx, left = -1, top = -1 } = chart.cursor;
        point(chart, left < 0 || idx === null || idx === undefined ? -1 : within(chart, left), top);
      },
      setSelect: (chart) => {
        const { left, width } = chart.select;
        if (width < 6) return;
        const [from, to] = [within(chart, left), within(chart, left + width - 1)];
        chart.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
        now().drag?.(from, to);
      },
      destroy: () => spoken.remove(),
    },
  };
}
