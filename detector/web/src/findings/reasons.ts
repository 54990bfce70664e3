// The reasons as a table: what was observed against what was expected, drawn to one scale a row.

import type { Reason } from "../api/shapes";
import { type Children, h, svg } from "../ui/dom";
import { bound, duration, number } from "../ui/format";
import { template, visible } from "../ui/hostile";

const WIDTH = 160;
const KINDS: Record<string, string> = {
  new: "never seen before",
  back: "none expected",
  more: "more than expected",
  fewer: "fewer than expected",
  gone: "none at all",
  rule: "a rule that is told whatever is expected",
};

export const expected = (reason: Reason): string =>
  (reason.kind === "new" || reason.kind === "rule") && reason.expected_high === 0
    ? "none"
    : `${bound(reason.expected_low)}–${bound(reason.expected_high)}`;

/** A band from low to high and a dot at what was observed. */
function gauge(reason: Reason): SVGElement {
  const most = Math.max(reason.observed, reason.expected_high, 1) * 1.05;
  const at = (value: number): number => 4 + (value / most) * (WIDTH - 8);
  const [low, high, dot] = [at(reason.expected_low), at(reason.expected_high), at(reason.observed)];
  const said = `observed ${number(reason.observed)}, expected ${expected(reason)}`;
  return svg(
    "svg",
    { class: "gauge", viewBox: `0 0 ${WIDTH} 16`, width: WIDTH, height: 16, role: "img", "aria-label": said },
    svg("line", { class: "rail", x1: 4, x2: WIDTH - 4, y1: 8, y2: 8 }),
    svg("rect", { class: "band", x: low, width: Math.max(high - low, 2), y: 3, height: 10, rx: 2 }),
    svg("circle", { class: `seen ${reason.kind}`, cx: dot, cy: 8, r: 4.5 }),
  );
}

/** How much of the score it makes, as a bar. */
const share = (part: number): SVGElement =>
  svg(
    "svg",
    { class: "share", viewBox: "0 0 44 8", width: 44, height: 8, "aria-hidden": "true" },
    svg("rect", { class: "rail", width: 44, height: 8, rx: 2 }),
    svg("rect", { class: "part", width: Math.max(1, 44 * part), height: 8, rx: 2 }),
  );

interface Told {
  /** The length of a window in milliseconds. */
  readonly step: number;
  /** The place of the reason that is chosen; -1 for none. */
  readonly picked: number;
  readonly pick: (place: number) => unknown;
  /** What is added beside a reason. */
  readonly beside: (reason: Reason) => Children;
  readonly noun: string;
}

function row(reason: Reason, place: number, { step, picked, pick, beside, noun }: Told): HTMLElement {
  const inTime = reason.windows > 1 ? ` in ${duration(reason.windows * step)}` : "";
  const usual = reason.kind === "rule" ? "always told" : `expected ${expected(reason)}`;
  const is = String(place === picked);
  return h(
    "tr",
    { class: place === picked ? "picked" : null, onclick: () => pick(place) },
    h("td", { class: "kind" }, h("span", { class: `kind-${reason.kind}`, title: KINDS[reason.kind] }, reason.kind)),
    h(
      "td",
      { class: "what" },
      h(
        "button",
        { type: "button", id: `reason-${place}`, "data-pick": place, "aria-pressed": is },
        template(reason.template),
      ),
      h(
        "p",
        { class: "meta" },
        reason.workload ? h("span", null, visible(reason.workload, 80)) : null,
        reason.level ? h("span", { class: `level ${reason.level}` }, reason.level) : null,
        beside(reason),
      ),
    ),
    h(
      "td",
      { class: "versus" },
      gauge(reason),
      h("p", { class: "meta" }, h("b", null, number(reason.observed)), `${noun}${inTime}, ${usual}`),
    ),
    h(
      "td",
      { class: "part", title: "share of the score" },
      share(reason.share),
      h("span", null, `${Math.round(reason.share * 100)} %`),
    ),
  );
}

const table = (reasons: readonly Reason[], what: string, told: Told): HTMLElement =>
  h(
    "table",
    { class: "reasons" },
    h(
      "thead",
      null,
      h(
        "tr",
        null,
        ["Kind", what, "Observed and expected", "Share"].map((name) => h("th", null, name)),
      ),
    ),
    h(
      "tbody",
      null,
      reasons.map((reason, place) => row(reason, place, told)),
    ),
  );

/** The table; `pick(place)` is called for the reason that the reader chose, `beside(reason)` gives what is added. */
export const reasonTable = (
  reasons: readonly Reason[],
  step: number,
  picked: number,
  pick: (place: number) => unknown,
  beside: (reason: Reason) => Children = () => null,
): HTMLElement => table(reasons, "Template", { step, picked, pick, beside, noun: " lines" });

/** The same of metrics, of which there is nothing more to show. */
export const metricTable = (reasons: readonly Reason[]): HTMLElement =>
  table(reasons, "Metric", { step: 0, picked: -1, pick: () => {}, beside: () => null, noun: "" });

/** Sample lines, each in a box of its own. */
export function samples(reason: Reason): Children {
  if (!reason.samples.length) {
    const why =
      reason.kind === "gone" || reason.kind === "fewer"
        ? "There are no lines to show: that is what is unusual."
        : "No sample lines were kept (setting parsing.samples).";
    return h("p", { class: "empty" }, why);
  }
  const title = reason.observed > 0 ? "Sample lines" : "What such a line looked like";
  const box = (line: string): HTMLElement =>
    h("li", null, h("pre", { dir: "ltr", tabindex: "0" }, visible(line, 4000)));
  return [h("h3", null, title), h("ol", { class: "samples" }, reason.samples.map(box))];
}
