// What of the overview stands in the address, so that a link shows the same: `q` names, `severity`, `rows`.

import { BANDS, type Severity } from "../ui/severity";

/** Of a large cluster the worst are shown first; this many are on a screen. */
export const ROWS = 25;
const MORE = 75;
const MOST = 1000;

const asked = (name: string): string => new URLSearchParams(location.search).get(name) ?? "";

/** Words in the names of the namespaces that are shown. */
export const filter = (): string => asked("q").slice(0, 200);

/** The least severity of the incidents that are listed; null for all. */
export const severity = (): Severity | null => BANDS.find((band) => band.name === asked("severity"))?.name ?? null;

/** The least score of an incident of that severity. */
export const leastScore = (): number => BANDS.find((band) => band.name === severity())?.from ?? 0;

/** How many lanes. */
export function rows(): number {
  const wanted = Number(asked("rows"));
  return wanted > ROWS && wanted <= MOST ? Math.floor(wanted) : ROWS;
}

export const moreRows = (): number => Math.min(MOST, rows() === ROWS ? ROWS + MORE : rows() + 100);

/** Puts it there; what is empty or null goes away. The back button skips what is typed letter by letter. */
export function put(name: "q" | "severity" | "rows", value: string | null, how: "push" | "replace" = "push"): void {
  const query = new URLSearchParams(location.search);
  if (value) query.set(name, value);
  else query.delete(name);
  const address = query.size ? `?${query}` : location.pathname;
  if (how === "push") history.pushState(null, "", address);
  else history.replaceState(null, "", address);
}
