// Lists of incidents and anomalies: the worst and newest first, one sentence each.

import { h } from "./dom.js";
import { plain } from "./hostile.js";
import { duration, period, told } from "./format.js";
import { plate, rank } from "./severity.js";

/** Open ones first, then by severity, then the newest. */
export const worstFirst = (incidents) =>
  [...incidents].sort(
    (a, b) => rank(b.severity) - rank(a.severity) || Number(b.open) - Number(a.open) || Date.parse(b.start) - Date.parse(a.start),
  );

const namespaceLink = (name) => h("a", { href: `/namespaces/${encodeURIComponent(name)}`, class: "space" }, plain(name, 80));

/** What people said of an incident, in one word each. */
const verdicts = (finding, said) => [...new Set(said.filter((word) => word.active && word.incident === finding.id).map((word) => word.kind))];

function row(finding, href, text, { withNamespace, said = [] }) {
  const marked = verdicts(finding, said);
  const [start, end] = [Date.parse(finding.start), Date.parse(finding.end)];
  return h("li", { class: finding.suppressed_by || marked.includes("expected") ? "over" : null },
    plate(finding.score, finding.severity),
    h("div", { class: "said" },
      h("a", { href, id: `finding-${finding.id}` }, text),
      h("p", { class: "meta" },
        withNamespace ? namespaceLink(finding.namespace) : null,
        period(start, end), h("span", null, duration(end - start)),
        finding.open ? h("span", { class: "chip open" }, "ongoing") : null,
        marked.map((kind) => h("span", { class: `chip ${kind}` }, kind)),
        finding.suppressed_by ? h("span", { class: "chip" }, "kept quiet") : null)));
}

/** What an anomaly says in one line, made of its weightiest reason. */
export function anomalySentence(anomaly) {
  const [first] = anomaly.reasons;
  if (!first) return "An unusual window";
  const verb = { new: "New", back: "Back", more: "More than usual", fewer: "Fewer than usual", gone: "Gone silent" }[first.kind];
  return `${verb} in ${plain(first.workload || anomaly.namespace, 60)}: ${plain(first.template, 140)}`;
}

export const incidentList = (incidents, how) =>
  h("ol", { class: "findings" }, incidents.map((incident) => row(incident, `/incidents/${encodeURIComponent(incident.id)}`, plain(told(incident.summary), 400), how)));

export const anomalyList = (anomalies, how) =>
  h("ol", { class: "findings" }, anomalies.map((anomaly) => row(anomaly, `/anomalies/${encodeURIComponent(anomaly.id)}`, anomalySentence(anomaly), how)));
