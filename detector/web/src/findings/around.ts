// The time around a finding, and its place in columns of time.

import type { Anomaly, IncidentDetail, Reason } from "../api/shapes";
import { type Wanted, wanted } from "../time/range";
import { MINUTE } from "../ui/format";

export type Finding = (IncidentDetail | Anomaly) & { readonly namespace: string };

export const isIncident = (finding: Finding): finding is IncidentDetail => "summary" in finding;
export const isInMetrics = (finding: Finding): boolean => isIncident(finding) && finding.source === "metrics";

export interface Time {
  readonly start: number;
  readonly end: number;
}

export const timeOfFinding = (finding: Pick<Finding, "start" | "end">): Time => ({
  start: Date.parse(finding.start),
  end: Date.parse(finding.end),
});

/** The length of its windows in milliseconds. */
export function windowLength(finding: Finding): number {
  const first = isIncident(finding) ? finding.windows[0] : finding;
  return first ? Date.parse(first.end) - Date.parse(first.start) : MINUTE;
}

/** The finding with room around it, so that one sees what was usual before; or what the address asks for. */
export function surroundings(finding: Finding, query: URLSearchParams): Time & { readonly chosen: boolean } {
  const asked: Wanted = wanted(query, 0);
  if (asked.relative === null) return { start: asked.start, end: asked.end, chosen: true };
  const { start, end } = timeOfFinding(finding);
  const before = Math.max(45 * MINUTE, 2 * (end - start));
  const step = windowLength(finding);
  const floor = (time: number): number => Math.floor(time / step) * step;
  return { start: floor(start - before), end: floor(end + before / 2), chosen: false };
}

/** Columns of equal length that begin at `start`. Milliseconds. */
export interface Columns {
  readonly start: number;
  readonly step: number;
}

export const columnsOf = (answer: { since: string; step_seconds: number }): Columns => ({
  start: Date.parse(answer.since),
  step: answer.step_seconds * 1000,
});

/** The columns that a stretch of time touches: the first, and the one after the last. */
export const touched = ({ start, step }: Columns, time: Time): { from: number; until: number } => ({
  from: Math.floor((time.start - start) / step),
  until: Math.ceil((time.end - start) / step),
});

/** What was expected of one column: a reason says it of all its windows together. */
export function expectedIn(reason: Reason, span: number, step: number): { low: number; high: number } {
  const windows = step / span / reason.windows;
  return { low: reason.expected_low * windows, high: reason.expected_high * windows };
}
