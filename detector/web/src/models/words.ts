// Models in words: why each was made, what it was made of, how it is called.

import type { Version } from "../api/shapes";
import { duration } from "../ui/format";

const CAUSES: Record<Version["cause"], string> = {
  first: "First of all: enough history was there to learn what is usual.",
  schedule: "On schedule: the one before had its time (detection.retrain).",
  drift: "The logs had drifted away from what was learned.",
  settled: "What the one before left out as odd had lasted, or come back: by now it is usual.",
  feedback: "People said something of its findings.",
  method: "The one before was made by a way of learning that this drainwatch doesn't have.",
};

export const why = (one: Version): string => CAUSES[one.cause];

/** The beginning of a version: long enough to tell a namespace's models apart. */
export const short = (version: string): string => version.slice(0, 8);

export const span = (one: { trained_from: string; trained_until: string }): string =>
  duration(Date.parse(one.trained_until) - Date.parse(one.trained_from));

/** An expected number of lines a window: two figures are enough. */
export function amount(value: number): string {
  if (value < 0.05) return "none";
  return value < 10 ? value.toFixed(1) : String(Math.round(value));
}
