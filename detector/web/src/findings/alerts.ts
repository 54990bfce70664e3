// Lists of alerts: what it is, whom it is of, who was told when, and why somebody wasn't.

import type { Alert } from "../api/shapes";
import { type Children, h } from "../ui/dom";
import { duration, told as local, period, timeOf, utc } from "../ui/format";
import { plain, visible } from "../ui/hostile";
import { plate, rank } from "../ui/severity";

const NAMED = 6; // namespaces that are named; an outage of a node takes them all
const WORDS: Record<string, string> = {
  opened: "opened",
  worsened: "worsened",
  spread: "spread",
  firing: "going on",
  resolved: "over",
};
const KINDS: Record<string, string> = {
  "no-lines": "no lines come",
  behind: "detection is behind",
  failing: "passes fail",
};

export const worstFirst = (alerts: readonly Alert[]): Alert[] =>
  [...alerts].sort((a, b) => rank(b.severity) - rank(a.severity) || Date.parse(b.opened) - Date.parse(a.opened));

export function namespaceLinks({ namespaces, kind }: Alert): Children {
  if (!namespaces.length) return h("span", null, KINDS[kind] ?? "drainwatch itself");
  const link = (name: string): HTMLElement =>
    h("a", { href: `/namespaces/${encodeURIComponent(name)}`, class: "space" }, plain(name, 80));
  const more = namespaces.length - NAMED;
  return [namespaces.slice(0, NAMED).map(link), more > 0 ? h("span", null, `and ${more} more`) : null];
}

/** Since when, or from when to when, by the time of the logs: what was read late was broken long before it was told. */
export function life(alert: Alert): Children {
  const [start, end] = [Date.parse(alert.start), Date.parse(alert.end)];
  if (alert.open)
    return [
      h("span", null, "since ", timeOf(start)),
      h("span", null, duration(Date.now() - start)),
      h("span", { class: "chip open" }, "open"),
    ];
  const resolved = alert.resolved ? `over for people since ${utc(Date.parse(alert.resolved))}` : null;
  return [
    period(start, end),
    h("span", null, duration(end - start)),
    h("span", { class: "chip", title: resolved }, "over"),
  ];
}

/** Which channel was told what, and when; in the order of telling. */
export const toldTo = ({ told }: Alert): Children =>
  [...told]
    .sort((a, b) => Date.parse(a.at) - Date.parse(b.at))
    .map((one) => {
      const of = one.namespaces.length ? `, of ${plain(one.namespaces.join(", "), 300)}` : "";
      const word = WORDS[one.event] ?? one.event;
      return h(
        "span",
        { class: "told", title: `as ${one.severity}${of}` },
        h("b", null, visible(one.channel, 60)),
        ` ${word} `,
        timeOf(Date.parse(one.at)),
      );
    });

export function whyQuiet({ quiet, told }: Alert): Children {
  if (quiet) return h("span", { class: "why" }, visible(quiet, 300));
  return told.length ? null : h("span", { class: "why" }, "nobody was told");
}

/** Its sentence, with times in the reader's zone. */
export const sentence = (alert: Alert, limit = 400): string => plain(local(alert.summary), limit);
export const alertPath = (id: string): string => `/alerts/${encodeURIComponent(id)}`;

const row = (alert: Alert): HTMLElement =>
  h(
    "li",
    { class: alert.open ? null : "over" },
    plate(alert.score, alert.severity),
    h(
      "div",
      { class: "said" },
      h("a", { href: alertPath(alert.id), id: `finding-${alert.id}` }, sentence(alert)),
      h("p", { class: "meta" }, namespaceLinks(alert), life(alert)),
      h("p", { class: "meta" }, toldTo(alert), whyQuiet(alert)),
    ),
  );

export const alertList = (alerts: readonly Alert[]): HTMLElement => h("ol", { class: "findings" }, alerts.map(row));
