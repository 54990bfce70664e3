// What is marked in the charts of a namespace: its incidents as strips, roll-outs as edges.

import type { Change, Incident } from "../api/shapes";
import type { Edge, Strip } from "../charts/time";
import type { Marks } from "../findings/templaterow";
import { MINUTE } from "../ui/format";
import { plain } from "../ui/hostile";

const TOGETHER = 15 * MINUTE; // roll-outs this near are one release, as in the API
const LABEL = 150; // pixels that a label takes

/** Those that are roll-outs, oldest first. */
export const rollouts = (changes: readonly Change[]): Change[] =>
  changes
    .filter(({ kind }) => kind === "image" || kind === "rollout")
    .sort((a, b) => Date.parse(a.time) - Date.parse(b.time));

/** When the last release began (milliseconds): roll-outs that belong together are one. */
export function lastRelease(changes: readonly Change[]): { readonly time: number; readonly said: string } | null {
  let found: Change | null = null;
  for (const one of rollouts(changes).reverse()) {
    if (found && Date.parse(found.time) - Date.parse(one.time) > TOGETHER) break;
    found = one;
  }
  return found && { time: Date.parse(found.time), said: found.summary };
}

/** `checkout:1.5` of an image, or who was rolled out. */
function short({ kind, after, workload }: Change): string {
  if (kind !== "image") return `${plain(workload, 24)} rolled out`;
  return plain((after.split("/").pop() ?? after).replace(/@sha256:([0-9a-f]{8})[0-9a-f]*/, " $1"), 32);
}

/** Each as an edge; those that leave no room for their label are counted at the one before. */
function edges(changes: readonly Change[], start: number, end: number, width: number): Edge[] {
  const room = (LABEL / width) * (end - start);
  const all = rollouts(changes).map((one) => ({ at: Date.parse(one.time), label: short(one) }));
  const shown = all.filter(({ at }) => at >= start && at <= end);
  const heads: { at: number; label: string; more: number }[] = [];
  const marked = shown.map(({ at, label }) => {
    const head = heads.at(-1);
    // Near the right edge a label stands to the left of its line.
    if (head && at - head.at < (end - at < room ? 2 * room : room)) {
      head.more += 1;
      return { at, head: null };
    }
    const next = { at, label, more: 0 };
    heads.push(next);
    return { at, head: next };
  });
  return marked.map(({ at, head }) => ({
    at,
    label: head ? `${head.label}${head.more ? ` and ${head.more} more` : ""}` : "",
  }));
}

const strip = ({ start, end, severity }: Incident): Strip => ({
  start: Date.parse(start),
  end: Date.parse(end),
  colour: severity,
});

/** For the time from `start` to `end` (milliseconds), in charts of this width in pixels. */
export const marksOf = (
  incidents: readonly Incident[],
  changes: readonly Change[],
  start: number,
  end: number,
  width: number,
): Required<Marks> => ({ strips: incidents.map(strip), edges: edges(changes, start, end, width) });
