// Numbers and times as people read them: in the reader's own zone, with UTC on hover.

import { h } from "./dom.js";

const whole = new Intl.NumberFormat("en");
const compact = new Intl.NumberFormat("en", { notation: "compact", maximumFractionDigits: 1 });
const clock = new Intl.DateTimeFormat([], { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
const dayAndClock = new Intl.DateTimeFormat([], { day: "numeric", month: "short", hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
const withYear = new Intl.DateTimeFormat([], { day: "numeric", month: "short", year: "numeric", hour: "2-digit", minute: "2-digit", hourCycle: "h23" });

export const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;

export const number = (value) => (Math.abs(value) < 10_000 ? whole.format(Math.round(value)) : compact.format(value));
export const exact = (value) => whole.format(value);
export const plural = (count, word) => `${number(count)} ${word}${count === 1 ? "" : "s"}`;
/** How far a namespace that is learning has come. */
export const learned = (space) => `${exact(Math.min(space.windows, space.learning_windows))} of ${plural(space.learning_windows, "window")}`;

/** An end of an expected range: one decimal where it matters. */
export const bound = (value) => (value > 0 && value < 10 && value % 1 ? value.toFixed(1) : number(value));

/** How long: `40 s`, `6 min`, `2 h 10 min`, `3 d`. */
export function duration(milliseconds) {
  const seconds = Math.round(Math.abs(milliseconds) / 1000);
  if (seconds < 60 || (seconds < 120 && seconds % 60)) return `${seconds} s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 90) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  if (hours < 48) return minutes % 60 ? `${hours} h ${minutes % 60} min` : `${hours} h`;
  return `${Math.round(hours / 24)} d`;
}

/** The time of day; with the day where it isn't today, with the year where it isn't this one. */
export function timeText(time) {
  const date = new Date(time);
  const now = new Date();
  if (date.toDateString() === now.toDateString()) return clock.format(date);
  return (date.getFullYear() === now.getFullYear() ? dayAndClock : withYear).format(date);
}

export const utc = (time) => `${new Date(time).toISOString().slice(0, 19).replace("T", " ")} UTC`;

/** A `time` element: local, with UTC on hover. */
export const timeOf = (time) => h("time", { datetime: new Date(time).toISOString(), title: utc(time) }, timeText(time));

/** From when to when, without saying the day twice. */
export function period(start, end) {
  const last = new Date(start).toDateString() === new Date(end).toDateString() ? clock.format(end) : timeText(end);
  const title = `${utc(start)} to ${utc(end)}`;
  return h("span", { class: "period", title }, timeText(start), "–", last);
}

/** A sentence of the service with its time of day (UTC) in the reader's zone. */
export const told = (sentence) =>
  sentence.replace(/ since (\d{4}-\d\d-\d\d) (\d\d:\d\d) UTC/, (_, day, time) => ` since ${timeText(Date.parse(`${day}T${time}Z`))}`);

/** As Plotly wants it: local wall time without a zone. */
export function wall(time) {
  const date = new Date(time);
  return new Date(date.getTime() - date.getTimezoneOffset() * MINUTE).toISOString().slice(0, 19);
}
