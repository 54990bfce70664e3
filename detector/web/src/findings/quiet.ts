// What a silence keeps quiet right now: the findings that go on and that it is about.

import { get, list } from "../api/client";
import type { Alert, Incident, Items } from "../api/shapes";
import { h } from "../ui/dom";
import { told } from "../ui/format";
import { plain } from "../ui/hostile";
import { fits } from "../ui/patterns";
import { alertPath } from "./alerts";
import { incidentPath } from "./incidents";
import type { Wish } from "./silences";

const PART = 0.5; // of a finding that a workload or template has to tell
const BACK = "-7d"; // nothing that goes on began longer ago
const MOST = 1000;
const NAMED = 3;

/** What goes on: incidents, and alerts that drainwatch itself is amiss. */
export interface Ongoing {
  readonly incidents: readonly Incident[];
  readonly own: readonly Alert[];
}

export async function ongoing(signal?: AbortSignal): Promise<Ongoing> {
  const [incidents, alerts] = await Promise.all([
    list<Incident>("/api/v1/incidents", { since: BACK }, MOST, signal),
    get<Items<Alert>>("/api/v1/alerts", { open: true }, signal),
  ]);
  return {
    incidents: incidents.items.filter((one) => one.open),
    own: alerts.items.filter((one) => one.kind !== "incident"),
  };
}

/** Whether a silence is about an incident, as the service judges it: a workload or template has to tell half of it. */
function covers(wish: Wish, incident: Incident): boolean {
  if (wish.namespace ? !fits(wish.namespace, incident.namespace) : !wish.template) return false;
  if (!wish.template && !wish.workload) return true;
  const ours = incident.reasons.filter((reason) =>
    wish.template ? reason.template_id === wish.template : reason.workload === wish.workload,
  );
  const sum = (reasons: typeof ours): number => reasons.reduce((all, reason) => all + reason.share, 0);
  return sum(ours) > 0 && sum(ours) >= PART * sum(incident.reasons);
}

interface Found {
  readonly href: string;
  readonly text: string;
}

/** What of that is kept quiet by any of these. Alerts of drainwatch itself are of no namespace: only `*` holds for them. */
export function keptQuiet(wishes: readonly Wish[], { incidents, own }: Ongoing): Found[] {
  const found = incidents.filter((one) => wishes.some((wish) => covers(wish, one)));
  const all = wishes.some((wish) => fits(wish.namespace, "") && wish.namespace && !wish.workload && !wish.template);
  return [
    ...found.map((one) => ({ href: incidentPath(one.id), text: plain(told(one.summary), 120) })),
    ...(all ? own.map((one) => ({ href: alertPath(one.id), text: plain(told(one.summary), 120) })) : []),
  ];
}

/** The same for people, in a line. */
export function quietLine(found: readonly Found[], intro: string, nothing: string): HTMLElement {
  if (!found.length) return h("p", { class: "quiet-now none" }, nothing);
  const links = found.slice(0, NAMED).map((one) => h("li", null, h("a", { href: one.href }, one.text)));
  const more = found.length - NAMED;
  return h(
    "div",
    { class: "quiet-now" },
    h("span", null, intro),
    h("ul", null, links, more > 0 ? h("li", null, `and ${more} more`) : null),
  );
}
