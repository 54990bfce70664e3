// What a reason stands on: how often it was logged, and lines of it with the parts that vary marked.

import { get, namespacePath, Problem } from "../api/client";
import type { Counts, Reason, Trends } from "../api/shapes";
import { drawTime } from "../charts/time";
import { copyButton } from "../ui/clipboard";
import { type Children, h } from "../ui/dom";
import { DAY, duration, iso, number, plural } from "../ui/format";
import { plain, visible } from "../ui/hostile";
import { expectedIn, type Time } from "./around";
import { expected, type Trend } from "./reasons";
import { parts } from "./samples";

const LONGEST = 4_000; // characters shown of a line
const FINE = 240; // columns

const range = (time: Time): { since: string; until: string } => ({ since: iso(time.start), until: iso(time.end) });

/** How the templates of these reasons went, by id; one request for all of them. */
export async function trendsOf(
  namespace: string,
  reasons: readonly Reason[],
  time: Time,
  buckets: number,
  signal?: AbortSignal,
): Promise<Map<string, Trend>> {
  const ids = [...new Set(reasons.map((reason) => reason.template_id).filter(Boolean))].slice(0, 200);
  if (!ids.length) return new Map();
  const asked = { ...range(time), buckets, template: ids };
  const found = await get<Trends>(`${namespacePath(namespace)}/trends`, asked, signal);
  const columns = { start: Date.parse(found.since), step: found.step_seconds * 1000 };
  return new Map(found.items.map((one) => [one.template_id, { ...columns, counts: one.counts }]));
}

/** How a whole workload went, or the whole namespace: a reason without a template. */
export async function wholeTrend(
  namespace: string,
  reason: Reason,
  time: Time,
  buckets: number,
  signal?: AbortSignal,
): Promise<Trend> {
  const step = time.end - time.start > 2 * DAY ? "hour" : null;
  const asked = { ...range(time), workload: reason.workload, step };
  const found = await get<Counts>(`${namespacePath(namespace)}/counts`, asked, signal);
  return inColumns({ start: Date.parse(found.start), step: found.step_seconds * 1000, counts: found.counts }, buckets);
}

/** Fewer columns: each as long as so many of those before, on multiples of its length. */
function inColumns(trend: Trend, buckets: number): Trend {
  const many = Math.max(1, Math.ceil((trend.counts.length + 1) / buckets));
  if (many === 1) return trend;
  const step = many * trend.step;
  const start = Math.floor(trend.start / step) * step;
  const counts: (number | null)[] = [];
  trend.counts.forEach((count, place) => {
    const column = Math.floor((trend.start + place * trend.step - start) / step);
    counts[column] = (counts[column] ?? 0) + (count ?? 0);
  });
  return { start, step, counts };
}

/** One trend, fine enough for a chart; null where the namespace isn't known any more. */
async function fine(namespace: string, reason: Reason, time: Time, signal?: AbortSignal): Promise<Trend | null> {
  try {
    if (!reason.template_id) return await wholeTrend(namespace, reason, time, FINE, signal);
    return (await trendsOf(namespace, [reason], time, FINE, signal)).get(reason.template_id) ?? null;
  } catch (error) {
    if (error instanceof Problem && error.status === 404) return null;
    throw error;
  }
}

const part = (template: string, line: string): Children[] =>
  parts(template, line).map((one): Children => {
    if (one.kind === "said") return visible(one.text, LONGEST);
    const title = one.name === undefined || one.name === "*" ? "varies from line to line" : one.name.toLowerCase();
    if (one.kind === "variable") return h("mark", { class: "value", title }, visible(one.text, LONGEST));
    return h("span", { class: "before" }, visible(one.text, LONGEST));
  });

function sample(reason: Reason, line: string): HTMLElement {
  const rest = line.length - LONGEST;
  const cut = rest > 0 ? h("span", { class: "cut" }, ` … ${rest} more characters`) : null;
  const shown = h("pre", { dir: "ltr", tabindex: "0" }, part(reason.template, line.slice(0, LONGEST)), cut);
  // What is shown: characters that can't be seen, or do something where they are pasted, are named there.
  const button = copyButton("Copy", "the line", () => shown.textContent ?? "", { class: "action small" });
  return h("li", null, shown, button);
}

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
  return [
    h("h3", null, title),
    h(
      "ol",
      { class: "samples" },
      reason.samples.map((line) => sample(reason, line)),
    ),
  ];
}

/** The details of one reason: made once, filled for the one that is chosen. */
export class Evidence {
  private readonly note = h("p", { class: "note", id: "evidence-note" });
  private readonly chart = h("div", { class: "chart", id: "counts" });
  private readonly lines = h("div", { id: "samples" });
  readonly place = h("div", { class: "evidence", id: "evidence" }, this.note, this.chart, this.lines);
  private shown: Reason | null = null;
  private turn = 0;

  /** The lines at once, then how often: `time` is what is shown, `finding` what it is about; milliseconds. */
  async show(
    namespace: string,
    reason: Reason,
    time: Time,
    finding: Time,
    span: number,
    signal?: AbortSignal,
  ): Promise<void> {
    const together = reason.windows > 1 ? ` in ${plural(reason.windows, "window")}` : "";
    this.note.textContent = `lines a window; expected ${expected(reason)}${together}`;
    if (JSON.stringify(reason) !== JSON.stringify(this.shown)) {
      this.shown = reason;
      this.lines.replaceChildren(...[samples(reason)].flat(2).filter((one) => one instanceof Node));
    }
    this.turn += 1;
    const mine = this.turn;
    const trend = await fine(namespace, reason, time, signal);
    if (mine !== this.turn) return; // another reason or another time was chosen meanwhile
    this.chart.hidden = trend === null;
    if (trend) this.draw(reason, trend, time, finding, span);
  }

  private draw(reason: Reason, trend: Trend, time: Time, finding: Time, span: number): void {
    const { low, high } = expectedIn(reason, span, trend.step);
    if (trend.step > span) this.note.textContent = `lines in ${duration(trend.step)}; expected ${expected(reason)}`;
    drawTime(this.chart, {
      label: `Lines of ${plain(reason.template, 100)} over time, at most ${number(Math.max(0, ...trend.counts.map((count) => count ?? 0)))} in ${duration(trend.step)}`,
      height: 170,
      ...trend,
      from: time.start,
      until: time.end,
      series: [{ name: "lines", values: trend.counts, kind: "steps", colour: "accent" }],
      strips: [{ ...finding, colour: "mark" }],
      expected: [{ ...finding, low, high }],
    });
  }
}
