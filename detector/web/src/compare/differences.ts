// What two stretches of time differ in: put in groups, narrowed, sorted, and in numbers that people read.

import type { Changed, Difference } from "../api/shapes";
import { bound, exact, HOUR, MINUTE, number } from "../ui/format";
import type { Two } from "./stretches";

export type Way = "appeared" | "vanished" | "rose" | "fell";

/** Each way with a shape of its own, for those who can't tell colours. */
export const WAYS: Readonly<Record<Way, { readonly sign: string; readonly means: string }>> = {
  appeared: { sign: "+", means: "logged after, and not before" },
  vanished: { sign: "−", means: "not logged any more" },
  rose: { sign: "↑", means: "more often than load and chance explain" },
  fell: { sign: "↓", means: "less often than load and chance explain" },
};
const NAMES = Object.keys(WAYS) as Way[];

/** One that was there long ago, and not in the time before, has appeared as well. */
export function wayOf(one: Difference): Way {
  if (one.kind === "gone") return "vanished";
  if (one.kind === "fewer") return "fell";
  return one.kind === "new" || one.before === 0 ? "appeared" : "rose";
}

/** Which times were compared. */
export const timesOf = (found: Changed): Two => ({
  before: { start: Date.parse(found.before_since), end: Date.parse(found.before_until) },
  after: { start: Date.parse(found.since), end: Date.parse(found.until) },
});

/** Lines a minute, or an hour where all are seldom: one unit for all, so that they can be held against each other. */
export interface Unit {
  /** As in “lines a minute”. */
  readonly a: "a minute" | "an hour";
  readonly length: number;
}

export interface Pace {
  readonly before: number;
  readonly after: number;
  readonly expected: number;
}

export function paceOf(one: Difference, { before, after }: Two, { length }: Unit): Pace {
  const [units, unitsBefore] = [(after.end - after.start) / length, (before.end - before.start) / length];
  return { before: one.before / unitsBefore, after: one.after / units, expected: one.expected / units };
}

export function unitOf(found: Changed): Unit {
  const minute: Unit = { a: "a minute", length: MINUTE };
  const most = found.differences.map((one) => paceOf(one, timesOf(found), minute));
  return most.some((pace) => Math.max(pace.before, pace.after) >= 1) ? minute : { a: "an hour", length: HOUR };
}

/** A rate: two figures where there are less than one, one decimal up to ten. */
export const rate = (value: number): string =>
  value > 0 && value < 1 ? String(Number(value.toPrecision(2))) : bound(value);

/** How many times as often as expected. */
export function times({ lift }: Difference): string {
  if (lift === null) return "none expected";
  if (lift === 0) return "0";
  if (lift < 1) return `1/${bound(1 / lift)}`;
  return `${lift >= 100 ? number(lift) : bound(lift)} ×`;
}

export function chance({ chance: value }: Difference): string {
  if (value > 0.1) return "chance not ruled out";
  return value < 1e-6 ? "chance: under 1 in a million" : `chance: 1 in ${exact(Math.round(1 / value))}`;
}

export const SORTS = {
  evidence: "evidence",
  times: "times as often",
  after: "lines after",
  before: "lines before",
  level: "level",
  workload: "workload",
} as const;
export type Sort = keyof typeof SORTS;

const WORST_FIRST = ["critical", "fatal", "error", "warning", "notice", "info", "debug", "trace"];
const levelRank = (level: string): number => (WORST_FIRST.indexOf(level) + 99) % 99;
// Twice as often is as far as half as often; what nothing was expected of is the farthest.
const far = ({ lift }: Difference): number => (lift ? Math.abs(Math.log(lift)) : 1e9);

const ORDERS: Readonly<Record<Sort, ((a: Difference, b: Difference) => number) | null>> = {
  evidence: null, // as they come
  times: (a, b) => far(b) - far(a),
  after: (a, b) => b.after - a.after,
  before: (a, b) => b.before - a.before,
  level: (a, b) => levelRank(a.level) - levelRank(b.level),
  workload: (a, b) => a.workload.localeCompare(b.workload),
};

/** What of it is to be seen; it stands in the address. */
export interface View {
  /** None: all of them. */
  readonly ways: readonly Way[];
  readonly sort: Sort;
  /** The template whose row is open. */
  readonly open: string | null;
}

export function viewOf(query: URLSearchParams): View {
  const sort = query.get("sort") ?? "";
  const asked = (query.get("way") ?? "").split(",");
  return {
    ways: NAMES.filter((way) => asked.includes(way)),
    sort: Object.hasOwn(SORTS, sort) ? (sort as Sort) : "evidence",
    open: query.get("template"),
  };
}

export function seen(differences: readonly Difference[], { ways, sort }: View): Difference[] {
  const kept = differences.filter((one) => !ways.length || ways.includes(wayOf(one)));
  const order = ORDERS[sort];
  return order ? kept.toSorted(order) : kept;
}

export function counted(differences: readonly Difference[]): Record<Way, number> {
  const found = { appeared: 0, vanished: 0, rose: 0, fell: 0 };
  for (const one of differences) found[wayOf(one)] += 1;
  return found;
}
