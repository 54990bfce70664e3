// What can be done about a finding: say what it was, mute, silence, take it along.

import { Problem } from "../api/client";
import type { Feedback, Reason, Silence } from "../api/shapes";
import { may } from "../api/who";
import { copyButton } from "../ui/clipboard";
import { type Children, h } from "../ui/dom";
import { notice } from "../ui/notice";
import { type Finding, isIncident, isInMetrics } from "./around";
import { askMuteTemplate, type Done, mutesTemplate, silenced, verdict } from "./feedback";
import { askSilence, silenceList, subjectsOf } from "./silences";

async function textOf(address: string): Promise<string> {
  const response = await fetch(address);
  if (!response.ok) throw new Problem(`The answer was ${response.status}. Load the page again.`, response.status);
  return response.text();
}

const refused = (error: unknown): void => notice((error as Error).message);

/** Buttons that all findings have. `chosen` is the reason that the reader looks at. */
function buttons(finding: Finding, chosen: Reason | undefined, said: readonly Feedback[], done: Done): Children[] {
  const { namespace } = finding;
  const button = (id: string, text: string, onclick: () => void): HTMLElement =>
    h("button", { type: "button", class: "action", id, onclick }, text);
  const allowed = may("feedback", namespace);
  const mutable = allowed && chosen?.template_id && !mutesTemplate(said, chosen.template_id) ? chosen : null;
  const subjects = subjectsOf(
    [namespace],
    finding.reasons.map((reason) => ({ ...reason, namespace })),
  );
  const { markdown } = finding.links;
  return [
    mutable
      ? button("mute", "Mute template…", () => askMuteTemplate(mutable.template_id, mutable.template, done))
      : null,
    allowed ? button("silence", "Silence…", () => askSilence(subjects, done)) : null,
    markdown
      ? copyButton("Copy as Markdown", "as Markdown", () => textOf(markdown), { id: "copy", problem: refused })
      : null,
  ];
}

/** What was said of it, what keeps it quiet, and the buttons. `holding` are the silences of its namespace. */
export function actions(
  finding: Finding,
  chosen: Reason | undefined,
  said: readonly Feedback[],
  holding: readonly Silence[],
  done: Done,
): Children[] {
  const beside = buttons(finding, chosen, said, done);
  const judged = isIncident(finding) && !isInMetrics(finding);
  const quiet = isIncident(finding) ? null : finding.suppressed_by;
  return [
    holding.length ? h("div", { class: "panel" }, silenceList(holding, done)) : null,
    quiet ? silenced(quiet, said, done) : null,
    judged ? verdict(finding, said, done, beside) : h("p", { class: "buttons" }, beside),
  ];
}

/** Beside a reason: what keeps its template quiet, or the way to have it so. */
export function quieting(reason: Reason, namespace: string, said: readonly Feedback[], done: Done): Children {
  if (!reason.template_id) return null;
  const word = mutesTemplate(said, reason.template_id);
  if (word) return h("span", { class: "chip", title: word.note || null }, "muted");
  if (!may("feedback", namespace)) return null;
  const mute = (event: Event): void => {
    event.stopPropagation();
    askMuteTemplate(reason.template_id, reason.template, done);
  };
  return h("button", { type: "button", class: "action small", onclick: mute }, "Mute…");
}
