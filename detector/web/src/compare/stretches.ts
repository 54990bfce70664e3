// Two stretches of time that are held against each other. They stand in the address, so that a link shows the same:
// `range=1h&against=-1d` goes with the clock, `since`, `until`, `before_since`, `before_until` stay. Times are milliseconds.

import { LENGTHS } from "../time/range";
import { DAY, HOUR, iso, MINUTE } from "../ui/format";

export interface Stretch {
  readonly start: number;
  readonly end: number;
}

/** `before` ends by the time at which `after` begins. */
export interface Two {
  readonly before: Stretch;
  readonly after: Stretch;
}

export type Part = keyof Two;

/** What goes with the clock: the newest `range`, and how much earlier it is held against. */
export interface Preset {
  readonly range: string;
  readonly against: string;
  readonly text: string;
  readonly title: string;
}

export const PRESETS: readonly Preset[] = [
  { range: "1h", against: "-1d", text: "1h ↔ yesterday", title: "The last hour against the same hour yesterday" },
  { range: "1h", against: "previous", text: "1h ↔ 1h", title: "The last hour against the hour before it" },
  { range: "24h", against: "previous", text: "24h ↔ 24h", title: "The last 24 hours against those before them" },
  { range: "24h", against: "-7d", text: "24h ↔ last week", title: "The last 24 hours against the same day last week" },
];
const SHIFTS: Readonly<Record<string, number>> = { "-1h": HOUR, "-1d": DAY, "-7d": 7 * DAY };

/** One of them, or one that only an address names. */
function named(range: string, against: string): Preset {
  const known = PRESETS.find((one) => one.range === range && one.against === against);
  if (known) return known;
  const other = against === "previous" ? range : `${against.slice(1)} earlier`;
  return { range, against, text: `${range} ↔ ${other}`, title: `The last ${range} against ${other} before` };
}

/** The one to begin with: the first that a namespace is old enough for. */
const usual = (known: Stretch): Preset =>
  PRESETS.find((one) => placedAt(one, known.end).before.start >= known.start) ?? PRESETS[1]!;

/** The one that the address asks for, or else the usual one; null where it gives times.
 *
 * `known` is what there is of the namespace, up to the newest closed window. A link that only says how much time is shown
 * (`range=6h`) asks for as much before, if there is as much.
 */
export function presetOf(query: URLSearchParams, known: Stretch): Preset | null {
  if (query.has("since")) return null;
  const [range, against] = [query.get("range") ?? "", query.get("against")];
  if (!Object.hasOwn(LENGTHS, range)) return usual(known);
  const one = named(range, against !== null && Object.hasOwn(SHIFTS, against) ? against : "previous");
  return against !== null || placedAt(one, known.end).before.start >= known.start ? one : usual(known);
}

const earlier = ({ start, end }: Stretch, shift: number): Stretch => ({ start: start - shift, end: end - shift });

/** Where a preset lies, if the newest closed window ends at `newest`. */
export function placedAt({ range, against }: Preset, newest: number): Two {
  const after = { start: newest - (LENGTHS[range] ?? HOUR), end: newest };
  return { before: earlier(after, SHIFTS[against] ?? after.end - after.start), after };
}

const time = (query: URLSearchParams, name: string): number => Date.parse(query.get(name) ?? "");

/** What the address asks for; what can't be read is as if it weren't there. */
export function two(query: URLSearchParams, known: Stretch): Two {
  const after = { start: time(query, "since"), end: time(query, "until") };
  if (!(after.start < after.end)) return placedAt(presetOf(query, known) ?? usual(known), known.end);
  const before = { start: time(query, "before_since"), end: time(query, "before_until") };
  if (before.start < before.end) return { before, after };
  return { before: earlier(after, SHIFTS[query.get("against") ?? ""] ?? after.end - after.start), after };
}

/** The address with these times, or this preset; what else it says stays, but for a row that was open. */
export function addressed(query: URLSearchParams, to: Two | Preset): string {
  const changed = new URLSearchParams(query);
  for (const name of ["range", "against", "since", "until", "before_since", "before_until", "template"]) {
    changed.delete(name);
  }
  if ("range" in to) {
    changed.set("range", to.range);
    changed.set("against", to.against);
  } else {
    changed.set("before_since", iso(to.before.start));
    changed.set("before_until", iso(to.before.end));
    changed.set("since", iso(to.after.start));
    changed.set("until", iso(to.after.end));
  }
  return `?${changed}`;
}

const whole = (at: number): number => Math.floor(at / MINUTE) * MINUTE;

/** One of the two was chosen anew: where both would overlap, the other gives way and keeps its length. */
export function withPart(now: Two, part: Part, start: number, end: number): Two {
  const from = whole(start);
  const chosen = { start: from, end: Math.max(whole(end + MINUTE - 1), from + MINUTE) };
  const other = now[part === "after" ? "before" : "after"];
  const length = other.end - other.start;
  if (part === "after") {
    const fits = other.end <= chosen.start;
    return { before: fits ? other : { start: chosen.start - length, end: chosen.start }, after: chosen };
  }
  const fits = other.start >= chosen.end;
  return { before: chosen, after: fits ? other : { start: chosen.end, end: chosen.end + length } };
}

/** What is wrong with two times, in a sentence. */
export function wrong({ before, after }: Two): string | null {
  if (!(before.start < before.end) || !(after.start < after.end)) return "An end has to be later than its beginning.";
  if (before.end > after.start) return "The time before has to end by the time at which the time after begins.";
  return null;
}
