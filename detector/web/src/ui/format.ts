// Numbers and times as people read them: in the reader's own zone, with UTC on hover. Times are milliseconds.

import { h } from "./dom";

const whole = new Intl.NumberFormat("en");
const compact = new Intl.NumberFormat("en", { notation: "compact", maximumFractionDigits: 1 });
const clockParts = { hour: "2-digit", minute: "2-digit", hourCycle: "h23" } as const;
const clock = new Intl.DateTimeFormat([], clockParts);
const dayAndClock = new Intl.DateTimeFormat([], { day: "numeric", month: "short", ...clockParts });
const withYear = new Intl.DateTimeFormat([], { day: "numeric", month: "short", year: "numeric", ...clockParts });

export const SECOND = 1000;
export const MINUTE = 60 * SECOND;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;

export const number = (value: number): string =>
  Math.abs(value) < 10_000 ? whole.format(Math.round(value)) : compact.format(value);
export const exact = (value: number): string => whole.format(value);
export const plural = (count: number, word: string): string => `${number(count)} ${word}${count === 1 ? "" : "s"}`;

/** An end of an expected range: one decimal where it matters. */
export const bound = (value: number): string =>
  value > 0 && value < 10 && value % 1 ? value.toFixed(1) : number(value);

/** Bytes in powers of ten: `14 kB`, `2.3 GB`. */
export function bytes(count: number): string {
  const units = ["B", "kB", "MB", "GB", "TB"];
  const power = Math.min(Math.floor(Math.log10(Math.max(count, 1)) / 3), units.length - 1);
  const value = count / 1000 ** power;
  return `${power && value < 10 ? value.toFixed(1) : Math.round(value)} ${units[power]}`;
}

/** How long: `40 s`, `6 min`, `2 h 10 min`, `3 d`. */
export function duration(milliseconds: number): string {
  const seconds = Math.round(Math.abs(milliseconds) / 1000);
  if (seconds < 60 || (seconds < 120 && seconds % 60)) return `${seconds} s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 90) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  if (hours < 48) return minutes % 60 ? `${hours} h ${minutes % 60} min` : `${hours} h`;
  return `${Math.round(hours / 24)} d`;
}

/** The time of day; with the day where it isn't today, with the year where it isn't this one. */
export function timeText(time: number): string {
  const date = new Date(time);
  const now = new Date();
  if (date.toDateString() === now.toDateString()) return clock.format(date);
  return (date.getFullYear() === now.getFullYear() ? dayAndClock : withYear).format(date);
}

export const utc = (time: number): string => `${new Date(time).toISOString().slice(0, 19).replace("T", " ")} UTC`;
export const iso = (time: number): string => new Date(time).toISOString();

/** A `time` element: local, with UTC on hover. */
export const timeOf = (time: number): HTMLTimeElement =>
  h("time", { datetime: iso(time), title: utc(time) }, timeText(time));

/** A `time` element that says how long ago it was, with both times on hover. */
export const ago = (time: number, now = Date.now()): HTMLTimeElement =>
  h("time", { datetime: iso(time), title: `${timeText(time)}, ${utc(time)}` }, `${duration(now - time)} ago`);

/** The same, with the day in any case. */
const dated = (time: number): string =>
  (new Date(time).getFullYear() === new Date().getFullYear() ? dayAndClock : withYear).format(time);

export function periodText(start: number, end: number): string {
  const sameDay = new Date(start).toDateString() === new Date(end).toDateString();
  return sameDay ? `${timeText(start)}–${clock.format(end)}` : `${dated(start)}–${dated(end)}`;
}

/** From when to when, without saying the day twice. */
export const period = (start: number, end: number): HTMLSpanElement =>
  h("span", { class: "period", title: `${utc(start)} to ${utc(end)}` }, periodText(start, end));

/** A sentence of the service with its time of day (UTC) in the reader's zone. */
export const told = (sentence: string): string =>
  sentence.replace(
    / since (\d{4}-\d\d-\d\d) (\d\d:\d\d) UTC/,
    (_, day, time) => ` since ${timeText(Date.parse(`${day}T${time}Z`))}`,
  );
