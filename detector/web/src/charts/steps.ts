// Steps: each value as long as its column.

import uPlot from "uplot";

/** A column next to one of which nothing is known is drawn to its end, and only the others are left out. */
export const stepped = uPlot.paths.stepped!({ align: 1, alignGaps: 1 });

type Values = readonly (number | null)[];

/** With the last value that is known once more, where its column ends: one place more than there were. */
export function toItsEnd(values: Values): (number | null)[] {
  const last = values.findLastIndex((value) => value !== null);
  const all = [...values, null];
  if (last >= 0) all[last + 1] = values[last] ?? null;
  return all;
}
