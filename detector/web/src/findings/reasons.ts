// The reasons as a table: what was observed against what was expected, how it went, since when it is known.

import type { Reason } from "../api/shapes";
import { drawSpark } from "../charts/spark";
import { type Children, h, svg } from "../ui/dom";
import { bound, duration, number, timeOf } from "../ui/format";
import { plain, template, visible } from "../ui/hostile";
import { type Columns, expectedIn, type Time, touched } from "./around";

const WIDTH = 160;
const KINDS: Record<Reason["kind"], string> = {
  new: "never seen before",
  back: "seen before, not expected any more",
  more: "more than expected",
  fewer: "fewer than expected",
  gone: "none at all",
  rule: "a rule that is told whatever is expected",
};

export const expected = (reason: Reason): string =>
  (reason.kind === "new" || reason.kind === "rule") && reason.expected_high === 0
    ? "none"
    : `${bound(reason.expected_low)}–${bound(reason.expected_high)}`;

const usual = (reason: Reason): string => (reason.kind === "rule" ? "always told" : `expected ${expected(reason)}`);

/** What tells reasons apart in an address: the template, or the words for a whole workload. */
export const reasonKey = (reason: Reason): string => reason.template_id || reason.template;

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

/** How much of the score it makes, as a bar and in words. */
const shareCell = ({ share }: Reason): HTMLElement =>
  h(
    "td",
    { class: "part", title: "share of the score" },
    svg(
      "svg",
      { class: "share", viewBox: "0 0 44 8", width: 44, height: 8, "aria-hidden": "true" },
      svg("rect", { class: "rail", width: 44, height: 8, rx: 2 }),
      svg("rect", { class: "part", width: Math.max(1, 44 * share), height: 8, rx: 2 }),
    ),
    h("span", null, `${Math.round(share * 100)} %`),
  );

const kindCell = ({ kind }: Reason): HTMLElement =>
  h("td", { class: "kind" }, h("span", { class: `kind-${kind}`, title: KINDS[kind] }, kind));

const about = (reason: Reason, beside: Children): HTMLElement =>
  h(
    "p",
    { class: "meta" },
    reason.workload ? h("span", null, visible(reason.workload, 80)) : null,
    reason.level ? h("span", { class: `level ${reason.level}` }, reason.level) : null,
    beside,
  );

const head = (names: readonly string[]): HTMLElement =>
  h(
    "thead",
    null,
    h(
      "tr",
      null,
      names.map((name) => h("th", { scope: "col" }, name)),
    ),
  );

export interface Told {
  /** The length of a window in milliseconds. */
  readonly span: number;
  readonly pick: (place: number) => unknown;
  /** What is added beside a reason. */
  readonly beside: (reason: Reason) => Children;
}

function row(reason: Reason, place: number, { span, pick, beside }: Told): HTMLElement {
  const inTime = reason.windows > 1 ? ` in ${duration(reason.windows * span)}` : "";
  return h(
    "tr",
    { onclick: () => pick(place) },
    kindCell(reason),
    h(
      "td",
      { class: "what" },
      h(
        "button",
        { type: "button", id: `reason-${place}`, "data-pick": place, "aria-pressed": "false" },
        template(reason.template),
      ),
      about(reason, beside(reason)),
    ),
    h("td", { class: "trend" }, h("div", { class: "chart spark", "data-spark": reasonKey(reason) })),
    h(
      "td",
      { class: "versus" },
      h("p", null, h("b", null, number(reason.observed)), ` ${reason.observed === 1 ? "line" : "lines"}${inTime}`),
      h("p", { class: "meta" }, usual(reason)),
    ),
    reason.first_seen
      ? h("td", { class: "when" }, timeOf(Date.parse(reason.first_seen)))
      : h("td", { class: "when never" }, "–"),
    shareCell(reason),
  );
}

/** The table; `pick(place)` is called for the reason that the reader chose. */
export const reasonTable = (reasons: readonly Reason[], told: Told): HTMLElement =>
  h(
    "table",
    { class: "reasons why-table" },
    head(["Kind", "Template", "Over time", "Observed", "First seen", "Share"]),
    h(
      "tbody",
      null,
      reasons.map((reason, place) => row(reason, place, told)),
    ),
  );

/** Marks the reason that is chosen, and puts its details below it. */
export function choose(table: HTMLElement, place: number, details: HTMLElement): void {
  const rows = [...table.querySelectorAll<HTMLElement>("tbody > tr:not(.details)")];
  rows.forEach((one, at) => {
    one.classList.toggle("picked", at === place);
    one.querySelector("[data-pick]")?.setAttribute("aria-pressed", String(at === place));
  });
  const own = table.querySelector("tr.details") ?? h("tr", { class: "details" }, h("td", { colspan: 6 }, details));
  rows[place]?.after(own);
}

/** How the lines of a reason went, in columns. */
export interface Trend extends Columns {
  readonly counts: readonly (number | null)[];
}

/** Draws how each reason went into its row; `trends` are by `reasonKey`. */
export function drawTrends(
  table: HTMLElement,
  reasons: readonly Reason[],
  trends: ReadonlyMap<string, Trend>,
  finding: Time,
  span: number,
): void {
  for (const place of table.querySelectorAll<HTMLElement>("[data-spark]")) {
    const key = place.dataset.spark ?? "";
    const [reason, trend] = [reasons.find((one) => reasonKey(one) === key), trends.get(key)];
    if (!reason || !trend) continue;
    const { low, high } = expectedIn(reason, span, trend.step);
    const most = Math.max(0, ...trend.counts.map((count) => count ?? 0));
    drawSpark(place, {
      values: trend.counts,
      expected: { low, high, from: 0, until: trend.counts.length },
      marked: touched(trend, finding),
      label: `Lines of ${plain(reason.template, 80)} over time: at most ${number(most)} in ${duration(trend.step)}; ${usual(reason)}`,
      height: 34,
    });
  }
}

const metricRow = (reason: Reason): HTMLElement =>
  h(
    "tr",
    null,
    kindCell(reason),
    h("td", { class: "what" }, template(reason.template), about(reason, null)),
    h(
      "td",
      { class: "versus" },
      gauge(reason),
      h("p", { class: "meta" }, h("b", null, number(reason.observed)), `, ${usual(reason)}`),
    ),
    shareCell(reason),
  );

/** The reasons of an incident in metrics, of which there is nothing more to show. */
export const metricTable = (reasons: readonly Reason[]): HTMLElement =>
  h(
    "table",
    { class: "reasons of-metrics" },
    head(["Kind", "Metric", "Observed and expected", "Share"]),
    h("tbody", null, reasons.map(metricRow)),
  );
