// The volume of a namespace with both stretches marked; dragging over it chooses one of them anew.

import { get, namespacePath } from "../api/client";
import type { Change, Items } from "../api/shapes";
import { drawTime, type Edge } from "../charts/time";
import { columns } from "../time/range";
import { DAY, duration, HOUR, iso, periodText } from "../ui/format";
import { plain } from "../ui/hostile";
import type { Stretch, Two } from "./stretches";

const MOST_EDGES = 12;

interface Levels {
  readonly since: string;
  readonly step_seconds: number;
  readonly closed_until: string | null;
  readonly total: readonly (number | null)[];
}

/** What there is: from the first window on, up to the newest that is closed. Milliseconds. */
export type Known = Stretch;

/** The time around both that is worth seeing: something before and after each, and never only a few hours. */
export function around({ before, after }: Two, known: Known): Stretch {
  const beside = Math.max((after.end - before.start) * 0.06, HOUR);
  const end = Math.min(after.end + beside, Math.max(known.end, after.end));
  const start = Math.min(before.start - beside, end - DAY / 4);
  return { start: Math.max(start, Math.min(known.start, before.start)), end };
}

/** A roll-out in a few words: the workload and what it is now. */
const edge = ({ time, workload, kind, after }: Change): Edge => ({
  at: Date.parse(time),
  label: plain(kind === "image" ? `${workload} ${after.slice(after.lastIndexOf(":") + 1)}` : workload, 40),
});

const said = ({ start, end }: Stretch): string => periodText(start, end);
const isRollOut = ({ kind }: Change): boolean => kind === "image" || kind === "rollout";

/** Draws it; `drag` is called with the time that was dragged over. */
export async function drawVolume(
  place: HTMLElement,
  namespace: string,
  both: Two,
  known: Known,
  drag: ((start: number, end: number) => void) | null,
  signal: AbortSignal,
): Promise<void> {
  const shown = around(both, known);
  const path = namespacePath(namespace);
  const range = { since: iso(shown.start), until: iso(shown.end) };
  const [found, changes] = await Promise.all([
    get<Levels>(`${path}/levels`, { ...range, buckets: columns(place.clientWidth) }, signal),
    get<Items<Change>>(`${path}/changes`, range, signal),
  ]);
  const [start, step] = [Date.parse(found.since), found.step_seconds * 1000];
  // The last column may have only just begun: it would look like a fall.
  const whole = Math.floor((Date.parse(found.closed_until ?? found.since) - start) / step);
  drawTime(place, {
    label: `Lines of ${plain(namespace, 60)}, marked before (${said(both.before)}) and after (${said(both.after)})`,
    height: 190,
    start,
    step,
    from: shown.start,
    until: shown.end,
    unit: `lines in ${duration(step)}`,
    series: [{ name: "lines", values: found.total.slice(0, whole), kind: "steps", colour: "muted" }],
    strips: [
      { ...both.before, colour: "ink", label: "before" },
      { ...both.after, colour: "accent", label: "after" },
    ],
    edges: changes.items.filter(isRollOut).slice(0, MOST_EDGES).map(edge),
    ...(drag ? { zoom: drag } : {}),
  });
}
