// What was going on beside a finding: what was changed just before, the same in other namespaces, metrics.

import type { Change, Incident } from "../api/shapes";
import { type Children, h } from "../ui/dom";
import { duration, HOUR, period, timeOf } from "../ui/format";
import { plain, template, visible } from "../ui/hostile";
import { plate } from "../ui/severity";
import type { Time } from "./around";
import { incidentList, incidentPath } from "./incidents";
import { metricTable } from "./reasons";

/** What `…/related` answers with, one of it. */
export interface Related {
  incident: Incident;
  because: "alert" | "template" | "time";
  shared: string[];
}

/** From when on a change is told with a finding. */
export const BEFORE = HOUR;

/** Those that may have to do with it: in the hour before, or while it went on; the newest first. */
export function changesNear(changes: readonly Change[], own: Change | null | undefined, finding: Time): Change[] {
  const all = own && !changes.some((change) => change.id === own.id) ? [own, ...changes] : [...changes];
  return all
    .filter((change) => Date.parse(change.time) >= finding.start - BEFORE && Date.parse(change.time) < finding.end)
    .sort((a, b) => Date.parse(b.time) - Date.parse(a.time));
}

function ahead(change: Change, { start }: Time): string {
  const by = start - Date.parse(change.time);
  if (Math.abs(by) < 1000) return "as it began";
  return by > 0 ? `${duration(by)} before it began` : `${duration(by)} after it began`;
}

export function changeList(changes: readonly Change[], finding: Time): Children {
  if (!changes.length)
    return h(
      "p",
      { class: "empty" },
      "No roll-out or other change of a workload shows in its lines in the hour before.",
    );
  return h(
    "ol",
    { class: "plain" },
    changes.map((change) =>
      h(
        "li",
        null,
        h(
          "p",
          { title: plain([change.before, change.after].filter(Boolean).join(" → "), 300) },
          visible(change.summary, 300),
        ),
        h("p", { class: "meta" }, timeOf(Date.parse(change.time)), h("span", null, ahead(change, finding))),
      ),
    ),
  );
}

const BECAUSE: Record<Related["because"], string> = {
  alert: "of the same alert",
  template: "the same template",
  time: "at the same time",
};

export function relatedList(related: readonly Related[]): Children {
  if (!related.length) return h("p", { class: "empty" }, "Nothing like it in other namespaces.");
  const list = incidentList(
    related.map((one) => one.incident),
    { withNamespace: true },
  );
  [...list.children].forEach((row, place) => {
    const { because = "time", shared = [] } = related[place] ?? {};
    const texts = shared.slice(0, 2).map((text) => template(text, 160));
    row.querySelector(".said")?.append(h("p", { class: "brief" }, h("b", null, BECAUSE[because]), texts));
  });
  return list;
}

/** What metrics showed at the time of an incident in the logs. */
export const partList = (parts: readonly Incident[]): Children =>
  parts.map((part) => [
    h(
      "p",
      { class: "meta big" },
      plate(part.score, part.severity),
      h("a", { href: incidentPath(part.id) }, period(Date.parse(part.start), Date.parse(part.end))),
      part.open ? h("span", { class: "chip open" }, "ongoing") : null,
    ),
    metricTable(part.reasons),
  ]);
