// The head of a finding: what happened in one sentence, how bad, when, who was told, and the ways on.

import type { Alert } from "../api/shapes";
import { type Children, h } from "../ui/dom";
import { duration, iso, period, plural, told } from "../ui/format";
import { plain, template } from "../ui/hostile";
import { plate } from "../ui/severity";
import { alertPath, toldTo, whyQuiet } from "./alerts";
import { type Finding, isIncident, isInMetrics, timeOfFinding } from "./around";
import { anomalySentence, incidentPath } from "./incidents";

export const sentenceOf = (finding: Finding): string =>
  isIncident(finding) ? told(finding.summary) : anomalySentence(finding);

export const namespaceLink = (name: string): HTMLElement =>
  h("a", { href: `/namespaces/${encodeURIComponent(name)}`, class: "space" }, plain(name, 80));

export const crumbs = (finding: Finding): Children[] => [
  h("a", { href: "/" }, "Overview"),
  " / ",
  namespaceLink(finding.namespace),
  " / ",
  isIncident(finding) ? "incident" : "anomaly",
];

function whole(finding: Finding): Children {
  if (!isIncident(finding))
    return finding.incident ? h("a", { href: incidentPath(finding.incident) }, "its incident") : null;
  return finding.part_of ? h("a", { href: incidentPath(finding.part_of) }, "part of an incident in the logs") : null;
}

/** Its score by each detector, the highest first. */
function byDetector(finding: Finding): Children {
  if (isIncident(finding)) return null;
  const scores = Object.entries(finding.scores).sort(([, a], [, b]) => b - a);
  return scores.length
    ? h(
        "p",
        { class: "meta" },
        h("span", null, "By detector"),
        scores.map(([name, score]) => h("span", null, `${name} `, h("b", null, String(Math.floor(score))))),
      )
    : null;
}

const tellings = (alert: Alert): Children =>
  h(
    "p",
    { class: "meta" },
    alert.told.length ? [h("span", null, "Told"), toldTo(alert)] : null,
    whyQuiet(alert),
    h("a", { href: alertPath(alert.id) }, "Who was told?"),
  );

/** `alert` is the one that it is in, where there is one. */
export function story(finding: Finding, alert: Alert | null): HTMLElement {
  const { start, end } = timeOfFinding(finding);
  const many = isIncident(finding) && !isInMetrics(finding) ? plural(finding.anomalies, "anomalous window") : null;
  return h(
    "div",
    { class: "story finding" },
    h(
      "p",
      { class: "meta big" },
      plate(finding.score, finding.severity),
      isIncident(finding) && finding.open ? h("span", { class: "chip open" }, "ongoing") : null,
      namespaceLink(finding.namespace),
      period(start, end),
      h("span", null, duration(end - start)),
      many ? h("span", null, many) : null,
      whole(finding),
    ),
    h("h1", null, template(plain(sentenceOf(finding), 400))),
    byDetector(finding),
    alert ? tellings(alert) : null,
  );
}

/** Only what is an address of the web: it comes from settings. */
const outside = (href: string | undefined): string | null => (href && /^https?:\/\//.test(href) ? href : null);

/** Ways on: what changed, before and after, the lines themselves, and the same for programs. */
export function ways(finding: Finding): Children[] {
  const { start, end } = timeOfFinding(finding);
  const changes = finding.links.changes;
  const since = changes
    ? changes.slice(changes.indexOf("?"))
    : `?${new URLSearchParams({ namespace: finding.namespace, since: iso(start), until: iso(end) })}`;
  const compared = new URLSearchParams({
    namespace: finding.namespace,
    since: iso(start),
    until: iso(end),
    against: "previous",
  });
  const kibana = outside(finding.links.kibana);
  return [
    h("a", { href: `/changes${since}` }, "What changed?"),
    h("a", { href: `/compare?${compared}` }, "Compare with before"),
    kibana ? h("a", { href: kibana, rel: "noreferrer" }, "Lines in Kibana") : null,
    h("a", { href: finding.links.self ?? "" }, "JSON"),
  ];
}
