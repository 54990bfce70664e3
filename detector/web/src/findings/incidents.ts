// Lists of incidents and anomalies: the worst and newest first, one sentence each.

import type { Anomaly, Feedback, Incident } from "../api/shapes";
import { type Children, h } from "../ui/dom";
import { duration, period, told } from "../ui/format";
import { plain } from "../ui/hostile";
import { plate, rank } from "../ui/severity";

export interface Listed {
  /** Whether a row says which namespace it is in. */
  readonly withNamespace?: boolean;
  /** What people said: marked in the rows. */
  readonly said?: readonly Feedback[];
}

/** By severity, then open ones, then the newest. */
export const worstFirst = (incidents: readonly Incident[]): Incident[] =>
  [...incidents].sort(
    (a, b) =>
      rank(b.severity) - rank(a.severity) ||
      Number(b.open) - Number(a.open) ||
      Date.parse(b.start) - Date.parse(a.start),
  );

export const incidentPath = (id: string): string => `/incidents/${encodeURIComponent(id)}`;
export const anomalyPath = (id: string): string => `/anomalies/${encodeURIComponent(id)}`;

const namespaceLink = (name: string): HTMLElement =>
  h("a", { href: `/namespaces/${encodeURIComponent(name)}`, class: "space" }, plain(name, 80));

type Finding = Pick<Incident, "id" | "namespace" | "start" | "end" | "score" | "severity"> & {
  readonly open?: boolean;
  readonly suppressed_by?: string | null;
};

/** What people said of an incident, in one word each. */
const verdicts = (finding: Finding, said: readonly Feedback[]): string[] => [
  ...new Set(said.filter((word) => word.active && word.incident === finding.id).map((word) => word.kind)),
];

function row(finding: Finding, href: string, text: string, { withNamespace, said = [] }: Listed): HTMLElement {
  const marked = verdicts(finding, said);
  const [start, end] = [Date.parse(finding.start), Date.parse(finding.end)];
  const chip = (kind: string, text = kind): Children => h("span", { class: `chip ${kind}` }, text);
  return h(
    "li",
    { class: finding.suppressed_by || marked.includes("expected") ? "over" : null },
    plate(finding.score, finding.severity),
    h(
      "div",
      { class: "said" },
      h("a", { href, id: `finding-${finding.id}` }, text),
      h(
        "p",
        { class: "meta" },
        withNamespace ? namespaceLink(finding.namespace) : null,
        period(start, end),
        h("span", null, duration(end - start)),
        finding.open ? chip("open", "ongoing") : null,
        marked.map((kind) => chip(kind)),
        finding.suppressed_by ? h("span", { class: "chip" }, "kept quiet") : null,
      ),
    ),
  );
}

const VERBS: Record<string, string> = {
  new: "New",
  back: "Back",
  more: "More than usual",
  fewer: "Fewer than usual",
  gone: "Gone silent",
  rule: "A rule",
};

/** What an anomaly says in one line, made of its weightiest reason. */
export function anomalySentence(anomaly: Pick<Anomaly, "namespace" | "reasons">): string {
  const [first] = anomaly.reasons;
  if (!first) return "An unusual window";
  const where = plain(first.workload || anomaly.namespace, 60);
  return `${VERBS[first.kind] ?? "Unusual"} in ${where}: ${plain(first.template, 140)}`;
}

export const incidentList = (incidents: readonly Incident[], how: Listed = {}): HTMLElement =>
  h(
    "ol",
    { class: "findings" },
    incidents.map((one) => row(one, incidentPath(one.id), plain(told(one.summary), 400), how)),
  );

export const anomalyList = (anomalies: readonly Anomaly[], how: Listed = {}): HTMLElement =>
  h(
    "ol",
    { class: "findings" },
    anomalies.map((one) => row(one, anomalyPath(one.id), anomalySentence(one), how)),
  );
