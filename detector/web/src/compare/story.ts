// What was changed in the workloads: roll-outs first.

import type { Change, Changed } from "../api/shapes";
import { type Children, h } from "../ui/dom";
import { period, plural, timeOf } from "../ui/format";
import { plain } from "../ui/hostile";
import { timesOf } from "./differences";

const MOST = 12;

const line = (change: Change, isAsked: boolean): HTMLElement =>
  h(
    "li",
    null,
    timeOf(Date.parse(change.time)),
    h(
      isAsked ? "b" : "span",
      { title: plain([change.before, change.after].filter(Boolean).join(" → ")) },
      plain(change.summary, 300),
    ),
  );

/** The roll-outs that are asked about, then what else was changed. */
export function changeList({ release, changes }: Changed): HTMLElement | null {
  const asked = new Set(release.map((change) => change.id));
  const others = changes.filter((change) => !asked.has(change.id));
  if (!release.length && !others.length) return null;
  return h(
    "ol",
    { class: "changes" },
    release.map((change) => line(change, true)),
    others.slice(0, MOST).map((change) => line(change, false)),
    others.length > MOST ? h("li", null, `and ${plural(others.length - MOST, "more change")}`) : null,
  );
}

/** Which times are held against each other, with how many lines. */
export function held(found: Changed): Children {
  const { before, after } = timesOf(found);
  return h(
    "p",
    { class: "meta big held" },
    h(
      "span",
      { class: "after" },
      h("i", { class: "sign after", "aria-hidden": "true" }),
      period(after.start, after.end),
      `, ${plural(found.lines_after, "line")}`,
    ),
    h("span", null, "held against"),
    h(
      "span",
      { class: "before" },
      h("i", { class: "sign before", "aria-hidden": "true" }),
      period(before.start, before.end),
      `, ${plural(found.lines_before, "line")}`,
    ),
    h("a", { href: found.links.self ?? "" }, "JSON"),
  );
}
