// A row that was opened: how often its template came in both stretches, laid over each other, and a line of it.

import { get, namespacePath } from "../api/client";
import type { Changed, Difference } from "../api/shapes";
import { drawTime } from "../charts/time";
import { byId, type Children, h, show } from "../ui/dom";
import { bound, duration, exact, iso, plural, timeOf } from "../ui/format";
import { visible } from "../ui/hostile";
import { timesOf } from "./differences";
import type { Stretch, Two } from "./stretches";

const COLUMNS = 90;
const FINE = 1000; // the most that the API gives

interface Trends {
  readonly step_seconds: number;
  readonly items: readonly { readonly counts: readonly (number | null)[] }[];
}

/** One stretch's counts from where it begins; `step` is milliseconds. */
interface Course {
  readonly step: number;
  readonly counts: readonly (number | null)[];
}

async function course(name: string, id: string, { start, end }: Stretch, buckets: number): Promise<Course> {
  const asked = { since: iso(start), until: iso(end), buckets, template: [id] };
  const found = await get<Trends>(`${namespacePath(name)}/trends`, asked);
  return { step: found.step_seconds * 1000, counts: found.items[0]?.counts ?? [] };
}

/** Sums of so many columns; what is left over at the end is left out, as it would look like a fall. */
function folded({ step, counts }: Course, by: number): Course {
  const many = Math.floor(counts.length / by);
  const sum = (place: number): number | null => {
    const part = counts.slice(place * by, (place + 1) * by);
    return part.includes(null) ? null : part.reduce<number>((total, count) => total + (count ?? 0), 0);
  };
  return { step: step * by, counts: by === 1 ? counts : Array.from({ length: many }, (_, place) => sum(place)) };
}

/** Both in columns of the same length that begin where the stretches do.
 *
 * The API cuts them by the clock, so they are asked for in columns that are much shorter, and put together here. The
 * shorter stretch is asked for in as many as it has of the longer one's.
 */
async function courses(name: string, id: string, { before, after }: Two): Promise<[Course, Course]> {
  const length = (one: Stretch): number => one.end - one.start;
  const [long, short] = length(after) >= length(before) ? [after, before] : [before, after];
  const first = await course(name, id, long, FINE);
  const columns = Math.ceil(short.end / first.step) - Math.floor(short.start / first.step);
  const second = await course(name, id, short, columns);
  const by = Math.max(1, Math.round(length(long) / first.step / COLUMNS));
  const both = [folded(first, by), folded(second, by)] as const;
  return long === after ? [both[1], both[0]] : [both[0], both[1]];
}

/** As long as the other: so that both lie over each other, aligned where they begin. */
const laid = (before: Course, after: Course): (number | null)[] =>
  Array.from({ length: Math.max(after.counts.length, before.counts.length) }, (_, at) => before.counts[at] ?? null);

function facts(one: Difference): Children {
  const lines = (count: number): string => `${exact(count)} line${count === 1 ? "" : "s"}`;
  const fact = (name: string, value: Children): Children => h("div", null, h("dt", null, name), h("dd", null, value));
  return h(
    "dl",
    { class: "facts" },
    fact("Before", `${lines(one.before)} in ${plural(one.windows_before, "window")}`),
    fact("After", `${lines(one.after)} in ${plural(one.windows_after, "window")}`),
    fact("Expected after", one.expected > 0 ? bound(one.expected) : "none"),
    fact("First seen", timeOf(Date.parse(one.first_seen))),
  );
}

let kept = { id: "", chart: h("div"), key: h("p") };

/** Where the chart of a template is: the same place while that is open, so that it doesn't flicker when news come. */
function places(id: string): Children {
  if (kept.id !== id) {
    const chart = h("div", { class: "chart", id: "overlay", "aria-busy": "true" });
    kept = { id, chart, key: h("p", { class: "key", id: "overlay-key" }) };
  }
  return [kept.chart, kept.key];
}

/** What stands in the open row; the chart comes with `drawOverlay`. */
export const opened = (found: Changed, one: Difference): Children => [
  facts(one),
  places(one.template_id),
  h("h3", { id: "line-title" }, "What such a line looks like"),
  h("pre", { dir: "ltr", tabindex: "0", "aria-labelledby": "line-title" }, visible(one.example, 4000)),
  h(
    "p",
    { class: "meta" },
    h(
      "a",
      {
        href: `/templates?${new URLSearchParams({ namespace: found.namespace, q: one.template_id, template: one.template_id })}`,
      },
      "Show it among all templates",
    ),
  ),
];

/** Draws both courses into the open row. */
export async function drawOverlay(found: Changed, one: Difference): Promise<void> {
  const both = timesOf(found);
  const [before, after] = await courses(found.namespace, one.template_id, both);
  const place = document.getElementById("overlay");
  if (!place) return; // closed meanwhile
  const shift = both.after.start - both.before.start;
  const columns = Math.max(before.counts.length, after.counts.length);
  drawTime(place, {
    label: `Lines in ${duration(after.step)}, before and after, from where each begins`,
    height: 170,
    start: both.after.start,
    step: after.step,
    from: both.after.start,
    until: both.after.start + columns * after.step,
    unit: `lines in ${duration(after.step)}`,
    series: [
      { name: "after", values: after.counts, kind: "steps", colour: "accent" },
      { name: "before", values: laid(before, after), kind: "line", colour: "muted" },
    ],
  });
  show(byId("overlay-key"), [both], () => [
    h("span", null, h("i", { class: "sign after" }), "after, from ", timeOf(both.after.start)),
    h(
      "span",
      null,
      h("i", { class: "sign before" }),
      "before, from ",
      timeOf(both.before.start),
      `, ${duration(shift)} earlier`,
    ),
  ]);
}
