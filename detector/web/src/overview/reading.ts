// What the overview asks the API for.

import { get, list, namespacePath } from "../api/client";
import type { Anomaly, Incident, Items, Lane, Lanes, Status } from "../api/shapes";
import { QUIET } from "../charts/lanes";
import { anomalyPath, incidentPath } from "../findings/incidents";
import { columns, type Range, withRange } from "../time/range";
import { iso, MINUTE, SECOND } from "../ui/format";
import { filter, leastScore, rows } from "./address";
import type { Found } from "./incidents";

/** How many incidents are listed at first. */
export const INCIDENTS = 30;
const NAMES = 260; // pixels that the names beside the lanes may take
const OPEN = 30 * MINUTE; // longer than an incident goes on after its last window
const MOST_OPEN = 200;
const EVERYTHING = 1000;

/** The lanes of a range, in as many columns as can be told apart in so many pixels. */
export const lanesIn = (range: Range, width: number, signal: AbortSignal): Promise<Lanes> =>
  get<Lanes>(
    "/api/v1/lanes",
    {
      since: range.since,
      until: range.until,
      buckets: columns(width > 720 ? width - NAMES : width),
      q: filter(),
      limit: rows(),
    },
    signal,
  );

/** The newest incidents of a range, and all that go on: those may have begun long ago. */
export async function incidentsIn(range: Range, most: number, signal: AbortSignal): Promise<Found> {
  const { until } = range;
  const min_score = leastScore() || null;
  const ask = (since: string, count: number): Promise<Found> =>
    list<Incident>("/api/v1/incidents", { since, until, min_score }, count, signal);
  // Both at once: the second is short, and to wait for the first would show all of it later.
  const [found, late] = await Promise.all([
    ask(range.since, most),
    range.relative === null ? null : ask(iso(Math.max(range.start, range.end - OPEN)), MOST_OPEN),
  ]);
  if (!late || !found.more) return found;
  const known = new Set(found.items.map((one) => one.id));
  return { ...found, items: [...found.items, ...late.items.filter((one) => one.open && !known.has(one.id))] };
}

const lastLine = (lanes: readonly Lane[]): number =>
  lanes.reduce((last, lane) => Math.max(last, lane.last_line ? Date.parse(lane.last_line) + MINUTE : 0), 0);

/** Where relative ranges of this length (milliseconds) end; null for now.
 *
 * With the newest closed window, where that is more than two columns ago; and where nothing was logged for as long as
 * is shown, with the last line.
 */
export async function newest(lanes: Lanes, length: number, signal: AbortSignal): Promise<number | null> {
  const now = Date.now();
  const closed = lanes.closed_until ? Date.parse(lanes.closed_until) : now;
  const end = Math.abs(now - closed) > 2 * lanes.step_seconds * SECOND ? closed : null;
  let last = lastLine(lanes.items);
  if (!last || closed - last <= length) return end;
  if (lanes.items.length < lanes.total || filter()) {
    const all = await get<Lanes>("/api/v1/lanes", { buckets: 1, limit: EVERYTHING }, signal);
    last = lastLine(all.items);
  }
  return closed - last > length ? last : end;
}

/** Namespaces that are learning, and until when (milliseconds; 0 where that isn't known). */
export type Learning = ReadonlyMap<string, number>;

const until = (time: string | null): number => (time ? Date.parse(time) : 0);

/** Those that are learning: all of them, unless they are all there are and not all of them are shown. */
export async function learners(lanes: Lanes, status: Status, signal: AbortSignal): Promise<Learning> {
  const { learning = 0, ready = 0, silent = 0 } = status.namespaces;
  const shown = lanes.items.filter((lane) => lane.state === "learning");
  // What asks whether the service is ready is told all their names, and nothing that is long; not ready is an error.
  if (learning <= shown.length || ready + silent === 0)
    return new Map(shown.map((lane) => [lane.namespace, until(lane.learning_until)]));
  const told = await get<{ learning: Record<string, string | null> }>("/readyz", {}, signal);
  return new Map(Object.entries(told.learning).map(([name, time]) => [name, until(time)]));
}

/** Goes to what happened in a cell: its incident, else its anomaly, else its namespace. */
export async function opened(namespace: string, from: number, until: number, score: number): Promise<void> {
  const found =
    score < QUIET
      ? []
      : (
          await get<Items<Anomaly>>(`${namespacePath(namespace)}/anomalies`, {
            since: iso(from),
            until: iso(until),
            min_score: score,
            limit: 100,
          })
        ).items;
  const [worst] = found.sort((a, b) => b.score - a.score);
  if (worst?.incident) location.assign(incidentPath(worst.incident));
  else if (worst) location.assign(anomalyPath(worst.id));
  else location.assign(withRange(`/namespaces/${encodeURIComponent(namespace)}`));
}
