// From how often to how often, as a bar on one scale for all rows: the scale is logarithmic, so that the length of a bar
// says how many times as often, and its place how often.

import { h, svg } from "../ui/dom";
import { number } from "../ui/format";
import { type Pace, rate, type Unit, type Way } from "./differences";

const [WIDTH, HEIGHT, MIDDLE] = [184, 16, 8];
const [NONE, FIRST, LAST] = [7, 30, WIDTH - 9]; // where none is, and where the powers of ten begin and end

/** Powers of ten. */
export interface Scale {
  readonly from: number;
  readonly to: number;
}

export function scaleOf(paces: readonly Pace[]): Scale {
  const all = paces.flatMap((pace) => [pace.before, pace.after]).filter((value) => value > 0);
  const powers = all.map(Math.log10);
  const from = Math.floor(Math.min(...powers, 0));
  return { from, to: Math.max(Math.ceil(Math.max(...powers, 0)), from + 1) };
}

const at = (value: number, { from, to }: Scale): number =>
  value > 0 ? FIRST + ((Math.log10(value) - from) / (to - from)) * (LAST - FIRST) : NONE;

function powers({ from, to }: Scale): number[] {
  const by = Math.ceil((to - from) / 4);
  return Array.from({ length: Math.floor((to - from) / by) + 1 }, (_, place) => 10 ** (from + place * by));
}

const svgSize = { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, width: WIDTH, height: HEIGHT };

/** The head of the column: the scale, with what the ends of bars are. */
export const ruler = (scale: Scale, unit: Unit): HTMLElement =>
  h(
    "div",
    { class: "ruler" },
    h(
      "span",
      null,
      svg("svg", { viewBox: "0 0 10 10", width: 10, height: 10, "aria-hidden": "true" }, dot(5, 5, "was")),
      " before ",
      svg("svg", { viewBox: "0 0 10 10", width: 10, height: 10, "aria-hidden": "true" }, dot(5, 5, "is")),
      ` after, lines ${unit.a}`,
    ),
    svg(
      "svg",
      { ...svgSize, class: "gauge", "aria-hidden": "true" },
      [0, ...powers(scale)].map((value) =>
        svg(
          "text",
          { x: at(value, scale), y: HEIGHT - 4, "text-anchor": "middle" },
          value < 1 ? String(value) : number(value),
        ),
      ),
    ),
  );

const dot = (x: number, y: number, name: string): SVGElement => svg("circle", { class: name, cx: x, cy: y, r: 3.6 });

/** One row of it. What was expected is marked where the load makes it another than before. */
export function gauge(pace: Pace, way: Way, scale: Scale, unit: Unit): SVGElement {
  const [from, to] = [at(pace.before, scale), at(pace.after, scale)];
  const said = `${rate(pace.before)} before, ${rate(pace.after)} after, lines ${unit.a}`;
  return svg(
    "svg",
    { ...svgSize, class: `gauge ${way}`, role: "img", "aria-label": said },
    svg("line", { class: "rail", x1: NONE, x2: LAST, y1: MIDDLE, y2: MIDDLE }),
    [0, ...powers(scale)].map((value) =>
      svg("line", { class: "rail", x1: at(value, scale), x2: at(value, scale), y1: 5, y2: 11 }),
    ),
    svg("rect", { class: "way", x: Math.min(from, to), width: Math.abs(to - from), y: MIDDLE - 2.5, height: 5 }),
    dot(from, MIDDLE, "was"),
    dot(to, MIDDLE, "is"),
  );
}
