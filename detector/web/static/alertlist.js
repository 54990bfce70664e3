// Lists of alerts: what it is, whom it is of, who was told when, and why somebody wasn't.

import { h } from "./dom.js";
import { duration, period, timeOf, told as local, utc } from "./format.js";
import { plain, visible } from "./hostile.js";
import { plate, rank } from "./severity.js";

const NAMED = 6; // namespaces that are named; an outage of a node takes them all
const WORDS = { opened: "opened", worsened: "worsened", spread: "spread", firing: "going on", resolved: "over" };
const KINDS = { "no-lines": "no lines come", behind: "detection is behind", failing: "passes fail" };

export const worstFirst = (alerts) => [...alerts].sort((a, b) => rank(b.severity) - rank(a.severity) || Date.parse(b.opened) - Date.parse(a.opened));

export const namespaceLinks = ({ namespaces, kind }) =>
  namespaces.length
    ? [namespaces.slice(0, NAMED).map((name) => h("a", { href: `/namespaces/${encodeURIComponent(name)}`, class: "space" }, plain(name, 80))), namespaces.length > NAMED ? h("span", null, `and ${namespaces.length - NAMED} more`) : null]
    : [h("span", null, KINDS[kind] ?? "drainwatch itself")];

/** Since when, or from when to when, by the time of the logs: what was read late was broken long before it was told. */
export function life(alert) {
  const [start, end] = [Date.parse(alert.start), Date.parse(alert.end)];
  if (!alert.open) return [period(start, end), h("span", null, duration(end - start)), h("span", { class: "chip", title: `over for people since ${utc(Date.parse(alert.resolved))}` }, "over")];
  return [h("span", null, "since ", timeOf(start)), h("span", null, duration(Date.now() - start)), h("span", { class: "chip open" }, "open")];
}

/** Which channel was told what, and when; in the order of telling. */
export const toldTo = ({ told }) =>
  [...told].sort((a, b) => Date.parse(a.at) - Date.parse(b.at)).map((one) =>
    h("span", { class: "told", title: `as ${one.severity}${one.namespaces.length ? `, of ${plain(one.namespaces.join(", "), 300)}` : ""}` },
      h("b", null, visible(one.channel, 60)), ` ${WORDS[one.event] ?? one.event} `, timeOf(Date.parse(one.at))));

export const whyQuiet = ({ quiet, told }) => (quiet ? h("span", { class: "why" }, visible(quiet, 300)) : told.length ? null : h("span", { class: "why" }, "nobody was told"));

const row = (alert) =>
  h("li", { class: alert.open ? null : "over" }, plate(alert.score, alert.severity),
    h("div", { class: "said" },
      h("a", { href: `/alerts/${encodeURIComponent(alert.id)}`, id: `alert-${alert.id}` }, plain(local(alert.summary), 400)),
      h("p", { class: "meta" }, namespaceLinks(alert), life(alert)),
      h("p", { class: "meta" }, toldTo(alert), whyQuiet(alert))));

export const alertList = (alerts) => h("ol", { class: "findings" }, alerts.map(row));
