// Namespaces by time, coloured by score. The names beside it are links, so that everything is reachable by keyboard.

import { h, show } from "./dom.js";
import { plain } from "./hostile.js";
import { learned, period, timeOf, timeText, wall } from "./format.js";
import { draw, layout, literal, timeAxis } from "./charts.js";
import { bandOf, colour, legend } from "./severity.js";

const ROW = 30;
const AXIS = 26;

/** The scores of one namespace on the grid of the range; null where it had no data yet. */
function cells(namespace, row, range) {
  const first = Date.parse(namespace.first_window);
  const values = Array.from({ length: range.buckets }, (_, place) => {
    const start = range.start + place * range.step;
    return start + range.step <= first || start >= range.closed ? null : 0;
  });
  row?.times.forEach((time, place) => {
    const cell = Math.floor((Date.parse(time) - range.start) / range.step);
    if (cell >= 0 && cell < values.length) values[cell] = Math.max(values[cell] ?? 0, row.scores[place]);
  });
  return values;
}

function scale() {
  const bands = ["warning", "minor", "major", "critical"].map(colour);
  // Within the lowest band the colour grows out of the quiet one: most windows score a little.
  const stops = [[0, colour("quiet")], [0.1, colour("quiet")], [0.2499, bands[0]]];
  [0.25, 0.5, 0.75].forEach((from, place) => stops.push([from, bands[place + 1]], [Math.min(1, from + 0.2499), bands[place + 1]]));
  stops[stops.length - 1][0] = 1;
  return stops;
}

function trace(namespaces, grid, range) {
  const times = Array.from({ length: range.buckets }, (_, place) => range.start + place * range.step);
  const tips = namespaces.map((namespace, line) =>
    grid[line].map((score, place) => {
      const when = `${timeText(times[place])}–${timeText(times[place] + range.step)}`;
      const said = score ? `${score.toFixed(0)}, ${bandOf(score).name}` : "as usual";
      return score === null ? "" : `${literal(namespace.namespace)}: ${said}<br>${when}`;
    }),
  );
  return {
    type: "heatmap", z: grid, x: times.map((time) => wall(time + range.step / 2)), y: namespaces.map((_, line) => line),
    zmin: 0, zmax: 100, colorscale: scale(), showscale: false, xgap: range.buckets > 150 ? 0 : 1, ygap: 5, hoverongaps: false,
    text: tips, hovertemplate: "%{text}<extra></extra>",
  };
}

function options(rows, range) {
  return layout(rows * ROW + AXIS, {
    margin: { l: 0, r: 0, t: 0, b: AXIS }, hovermode: "closest",
    xaxis: timeAxis(range.start, range.end),
    yaxis: { visible: false, range: [rows - 0.5, -0.5], rangemode: "normal" },
  });
}

function nameRow(namespace, muted, suffix) {
  const chip = (text) => h("span", { class: `chip ${text}` }, text);
  const note = [namespace.state === "ready" ? null : chip(namespace.state), muted ? chip("muted") : null];
  const name = plain(namespace.namespace, 80);
  return h("li", null, h("a", { href: `/namespaces/${encodeURIComponent(namespace.namespace)}${suffix}`, title: name }, name), note);
}

function learning(namespace, line) {
  if (namespace.state !== "learning" || !namespace.learning_until) return null;
  return h("p", { class: "learning-note", "data-row": line }, "learning: ", learned(namespace), ", scores begin at ", timeOf(Date.parse(namespace.learning_until)));
}

function place(overlay) {
  for (const note of overlay.querySelectorAll("[data-row]")) note.style.top = `${Number(note.dataset.row) * ROW}px`;
}

/** Draws the heat map into `panel`; `muted` are the names of namespaces that are to be quiet; `opened(namespace, start, end)` is called for a cell that was clicked. */
export function heatmap(panel, namespaces, muted, scores, range, opened) {
  const byName = new Map(scores.rows.map((row) => [row.namespace, row]));
  const grid = namespaces.map((namespace) => cells(namespace, byName.get(namespace.namespace), range));
  const states = namespaces.map((n) => [n.namespace, n.state, n.learning_until, n.state === "learning" ? n.windows : null, muted.has(n.namespace)]);
  const fresh = show(panel, states, () => [
    h("div", { class: "heat-grid" },
      h("ul", { class: "heat-names" }, namespaces.map((namespace) => nameRow(namespace, muted.has(namespace.namespace), location.search))),
      h("div", { class: "heat-plot" }, h("div", { class: "heat-chart", role: "img", "aria-label": "Scores of the namespaces over time" }), namespaces.map(learning)),
    ),
    h("div", { class: "heat-foot" }, legend(), h("span", { class: "note heat-span" })),
  ]);
  const chart = panel.querySelector(".heat-chart");
  if (fresh) place(panel);
  panel.querySelector(".heat-span").replaceChildren(period(range.start, range.end));
  draw(chart, () => ({ data: [trace(namespaces, grid, range)], options: options(namespaces.length, range) }));
  if (fresh) {
    chart.on("plotly_click", ({ points: [point] }) => {
      const current = chart.range;
      const start = current.start + point.pointNumber[1] * current.step;
      opened(chart.namespaces[point.pointNumber[0]], start, start + current.step);
    });
  }
  Object.assign(chart, { range, namespaces: namespaces.map((namespace) => namespace.namespace) });
}
