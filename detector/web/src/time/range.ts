// How much time is shown. It stands in the address, so that a link shows the same: `range=6h` goes with the clock,
// `since=…&until=…` stays. Times are milliseconds.

import { DAY, HOUR, iso, MINUTE } from "../ui/format";

export const LENGTHS: Readonly<Record<string, number>> = {
  "1h": HOUR,
  "6h": 6 * HOUR,
  "24h": DAY,
  "3d": 3 * DAY,
  "7d": 7 * DAY,
  "30d": 30 * DAY,
};
const USUAL = "6h";

/** What the address asks for. */
export interface Wanted {
  /** The name of a length; null where a time was chosen. */
  readonly relative: string | null;
  readonly start: number;
  readonly end: number;
}

/** What is shown. */
export interface Range extends Wanted {
  readonly since: string;
  readonly until: string;
}

const time = (text: string | null): number => (text === null ? Number.NaN : Date.parse(text));

/** Reads the address; a relative range ends at `now`. What can't be read is as if it weren't there. */
export function wanted(query: URLSearchParams, now: number): Wanted {
  const [start, end] = [time(query.get("since")), time(query.get("until"))];
  if (start < end) return { relative: null, start, end };
  const asked = query.get("range") ?? USUAL;
  const relative = Object.hasOwn(LENGTHS, asked) ? asked : USUAL;
  return { relative, start: now - (LENGTHS[relative] ?? 0), end: now };
}

/** The address that shows this: the rest of the query stays. */
export function addressed(query: URLSearchParams, range: Pick<Wanted, "relative" | "start" | "end">): string {
  const changed = new URLSearchParams(query);
  for (const name of ["range", "since", "until"]) changed.delete(name);
  if (range.relative) changed.set("range", range.relative);
  else {
    changed.set("since", iso(range.start));
    changed.set("until", iso(range.end));
  }
  return `?${changed}`;
}

const MINUTES = (time: number): number => Math.floor(time / MINUTE) * MINUTE;

/** A time that was chosen by hand or by dragging, on whole minutes and at least five of them. */
export function chosen(start: number, end: number): Wanted {
  const from = MINUTES(start);
  return { relative: null, start: from, end: Math.max(MINUTES(end + MINUTE - 1), from + 5 * MINUTE) };
}

/** So much of its length (negative: earlier) away; never beyond `newest`, where it stays what it was. */
export function moved(range: Wanted, by: number, newest: number): Wanted {
  const { start, end } = range;
  const shift = by > 0 ? Math.min(by * (end - start), newest - end) : by * (end - start);
  return by > 0 && shift < MINUTE ? range : chosen(start + shift, end + shift);
}

/** Twice as much time, around the same middle; never beyond `newest`. */
export function wider({ start, end }: Wanted, newest: number): Wanted {
  const until = Math.min(end + (end - start) / 2, Math.max(newest, end));
  return chosen(until - 2 * (end - start), until);
}

/** Half as much time: the later half of what goes with the clock, else around the same middle. */
export function closer({ relative, start, end }: Wanted): Wanted {
  const quarter = (end - start) / 4;
  return relative ? chosen(end - 2 * quarter, end) : chosen(start + quarter, end - quarter);
}

/** As the API wants it. `newest` is where relative ranges end: the newest closed window, not the clock. */
export function range(query: URLSearchParams, newest: number): Range {
  const found = wanted(query, Math.ceil(newest / MINUTE) * MINUTE);
  return { ...found, since: iso(found.start), until: iso(found.end) };
}

/** How many columns fit: as many as can be told apart. */
export const columns = (width: number, least = 4): number => Math.max(24, Math.min(240, Math.floor(width / least)));

/** An address of another page that shows the same time. */
export function withRange(href: string): string {
  const query = new URLSearchParams(location.search);
  const kept = new URLSearchParams();
  for (const name of ["range", "since", "until"]) if (query.has(name)) kept.set(name, query.get(name) ?? "");
  return kept.size ? `${href}${href.includes("?") ? "&" : "?"}${kept}` : href;
}
