// The reasons as a table: what was observed against what was expected, drawn to one scale a row.

import { h, svg } from "./dom.js";
import { template, visible } from "./hostile.js";
import { bound, duration, number } from "./format.js";

const WIDTH = 160;
const KINDS = { new: "never seen before", back: "none expected", more: "more than expected", fewer: "fewer than expected", gone: "none at all", rule: "a rule that is told whatever is expected" };

export const expected = (reason) =>
  (reason.kind === "new" || reason.kind === "rule") && reason.expected_high === 0 ? "none" : `${bound(reason.expected_low)}–${bound(reason.expected_high)}`;

/** A band from low to high and a dot at what was observed. */
function gauge(reason) {
  const most = Math.max(reason.observed, reason.expected_high, 1) * 1.05;
  const at = (value) => 4 + (value / most) * (WIDTH - 8);
  const [low, high, dot] = [at(reason.expected_low), at(reason.expected_high), at(reason.observed)];
  const said = `observed ${number(reason.observed)}, expected ${expected(reason)}`;
  return svg("svg", { class: "gauge", viewBox: `0 0 ${WIDTH} 16`, width: WIDTH, height: 16, role: "img", "aria-label": said },
    svg("line", { class: "rail", x1: 4, x2: WIDTH - 4, y1: 8, y2: 8 }),
    svg("rect", { class: "band", x: low, width: Math.max(high - low, 2), y: 3, height: 10, rx: 2 }),
    svg("circle", { class: `seen ${reason.kind}`, cx: dot, cy: 8, r: 4.5 }));
}

function row(reason, place, step, picked, pick, { beside, noun }) {
  const inTime = reason.windows > 1 ? ` in ${duration(reason.windows * step)}` : "";
  const share = Math.round(reason.share * 100);
  const bar = svg("svg", { class: "share", viewBox: "0 0 44 8", width: 44, height: 8, "aria-hidden": "true" },
    svg("rect", { class: "rail", width: 44, height: 8, rx: 2 }), svg("rect", { class: "part", width: Math.max(1, 44 * reason.share), height: 8, rx: 2 }));
  return h("tr", { class: place === picked ? "picked" : null, onclick: () => pick(place) },
    h("td", { class: "kind" }, h("span", { class: `kind-${reason.kind}`, title: KINDS[reason.kind] }, reason.kind)),
    h("td", { class: "what" },
      h("button", { type: "button", id: `reason-${place}`, "aria-pressed": String(place === picked) }, template(reason.template)),
      h("p", { class: "meta" }, reason.workload ? h("span", null, visible(reason.workload, 80)) : null, reason.level ? h("span", { class: `level ${reason.level}` }, reason.level) : null, beside(reason))),
    h("td", { class: "versus" }, gauge(reason), h("p", { class: "meta" }, h("b", null, number(reason.observed)), `${noun}${inTime}, ${reason.kind === "rule" ? "always told" : `expected ${expected(reason)}`}`)),
    h("td", { class: "part", title: "share of the score" }, bar, h("span", null, `${share} %`)));
}

/** The table; `pick(place)` is called for the reason that the reader chose, `beside(reason)` gives what is added. */
export const reasonTable = (reasons, step, picked, pick, beside = () => null) =>
  table(reasons, step, picked, pick, "Template", { beside, noun: " lines" });

/** The same of metrics, of which there is nothing more to show. */
export const metricTable = (reasons) => table(reasons, 0, -1, () => {}, "Metric", { beside: () => null, noun: "" });

const table = (reasons, step, picked, pick, what, how) =>
  h("table", { class: "reasons" },
    h("thead", null, h("tr", null, h("th", null, "Kind"), h("th", null, what), h("th", null, "Observed and expected"), h("th", null, "Share"))),
    h("tbody", null, reasons.map((reason, place) => row(reason, place, step, picked, pick, how))));

/** Sample lines, each in a box of its own. */
export function samples(reason) {
  if (!reason.samples.length) {
    const why = reason.kind === "gone" || reason.kind === "fewer" ? "There are no lines to show: that is what is unusual." : "No sample lines were kept (setting parsing.samples).";
    return h("p", { class: "empty" }, why);
  }
  const title = reason.observed > 0 ? "Sample lines" : "What such a line looked like";
  return [h("h3", null, title), h("ol", { class: "samples" }, reason.samples.map((line) => h("li", null, h("pre", { dir: "ltr", tabindex: "0" }, visible(line, 4000)))))];
}
