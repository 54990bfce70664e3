// Plotly in the page's own clothes: its colours come from the style sheet, so that light and dark are one rule.

import { plain } from "./hostile.js";
import { DAY, wall } from "./format.js";
import { colour, colourOf } from "./severity.js";

const CONFIG = { displayModeBar: false, responsive: true, doubleClick: false, scrollZoom: false, showTips: false };

// Plotly reads a little markup in texts: log lines must not use it, nor may the page, because bold text in a
// tooltip is an inline style.
export const literal = (text) => plain(text).replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");

function axis(more = {}) {
  return {
    color: colour("muted"), gridcolor: colour("line"), linecolor: colour("line"), tickfont: { size: 11 },
    zeroline: false, fixedrange: true, automargin: false, ...more,
  };
}

export function layout(height, more = {}) {
  const { xaxis, yaxis, ...rest } = more;
  return {
    height, autosize: true, margin: { l: 48, r: 16, t: 14, b: 26 }, paper_bgcolor: "rgba(0,0,0,0)", plot_bgcolor: "rgba(0,0,0,0)",
    font: { family: getComputedStyle(document.body).fontFamily, color: colour("ink"), size: 12 },
    hoverlabel: { bgcolor: colour("panel"), bordercolor: colour("line-strong"), font: { color: colour("ink"), size: 12 }, align: "left" },
    showlegend: false, dragmode: false, bargap: 0.08, hovermode: "x", hoverdistance: 40,
    xaxis: axis({ type: "date", showgrid: false, hoverformat: "%-d %b %H:%M", showspikes: false, nticks: innerWidth < 720 ? 5 : 9, ...xaxis }), yaxis: axis({ rangemode: "tozero", nticks: 4, ...yaxis }),
    ...rest,
  };
}

/** Draws, or redraws what is there without flicker; again when the system turns light or dark. */
export function draw(place, make) {
  place.remake = () => {
    const { data, options } = make();
    return Plotly.react(place, data, options, CONFIG);
  };
  if (!place.watched) {
    place.watched = true;
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => place.remake());
  }
  return place.remake();
}

/** The x axis from one time to another (milliseconds): times of day, or days where there are several. */
export const timeAxis = (from, to) => ({ range: [wall(from), wall(to)], tickformat: to - from > 1.5 * DAY ? "%-d %b" : "%H:%M", ticklen: 4, tickcolor: colour("line-strong") });

/** Scores as bars in the colours of their bands. `points`: [{time, score}], times and `step` in milliseconds. */
export function scoreBars(points, step) {
  return {
    type: "bar", x: points.map((p) => wall(p.time + step / 2)), y: points.map((p) => p.score), width: step,
    marker: { color: points.map((p) => colourOf(p.score)), line: { width: 0 } },
    hovertemplate: "score %{y:.0f}<extra></extra>",
  };
}

/** A strip behind the data from one time to another. */
export const strip = (start, end, name = "mark", opacity = 0.16) => ({
  type: "rect", xref: "x", yref: "paper", x0: wall(start), x1: wall(end), y0: 0, y1: 1, fillcolor: colour(name), opacity, line: { width: 0 }, layer: "below",
});

/** Counts a window as a filled step line. `counts` begin at `start` (milliseconds), one every `step`. */
export function countSteps(counts, start, step) {
  // The last step needs an end too.
  const closed = counts.length ? [...counts, counts.at(-1)] : counts;
  return {
    type: "scatter", mode: "lines", x: closed.map((_, place) => wall(start + place * step)), y: closed, line: { shape: "hv", width: 1.4, color: colour("accent") },
    fill: "tozeroy", fillcolor: colour("accent-soft"), hovertemplate: "%{y:,} lines<extra></extra>",
  };
}
