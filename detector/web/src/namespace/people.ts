// What was found in a namespace, and what people said of it.

import type { Anomaly, Feedback, Incident, Silence, Suggestion } from "../api/shapes";
import { may } from "../api/who";
import { askMuteNamespace, mutesAll, suggestionList, wordList } from "../findings/feedback";
import { anomalyList, incidentList, worstFirst } from "../findings/incidents";
import { askSilence, silenceList, subjectsOf } from "../findings/silences";
import { byId, type Children, h, show } from "../ui/dom";
import { MINUTE, plural } from "../ui/format";

const LESSER = 50; // windows below the threshold that are listed

const LEARNING = "No incident before it has learned what is usual. What is new or loud is among the templates below.";

type Done = () => unknown;

function group(id: string, title: string, anomalies: readonly Anomaly[]): Children {
  return anomalies.length ? h("details", { id }, h("summary", null, title), anomalyList(anomalies)) : null;
}

/** Incidents, the worst first; windows that made none, to be opened. */
export function drawFindings(
  incidents: readonly Incident[],
  anomalies: readonly Anomaly[],
  said: readonly Feedback[],
  isLearning = false,
): void {
  const quiet = anomalies.filter((one) => one.suppressed_by);
  const lesser = anomalies
    .filter((one) => !one.incident && !one.suppressed_by)
    .sort((a, b) => b.score - a.score)
    .slice(0, LESSER);
  show(byId("incidents-note"), incidents.length, () => (incidents.length ? plural(incidents.length, "incident") : ""));
  show(byId("incidents"), [incidents, lesser, quiet, said, isLearning], () => [
    incidents.length
      ? incidentList(worstFirst(incidents), { said })
      : h("p", { class: "empty" }, isLearning ? LEARNING : "No incident in this time."),
    group("quiet", `${plural(quiet.length, "window")} kept quiet by feedback`, quiet),
    group("lesser", `${plural(lesser.length, "window")} below the threshold for an incident`, lesser),
  ]);
}

/** What was said, what would bring peace, and the way to say more. */
export function drawFeedback(
  name: string,
  said: readonly Feedback[],
  suggested: readonly Suggestion[],
  silences: readonly Silence[],
  done: Done,
): void {
  const allowed = may("feedback", name);
  const button = (id: string, text: string, ask: () => void): Children =>
    h("button", { type: "button", class: "action", id, onclick: ask }, text);
  show(byId("feedback"), [said, suggested, silences, Math.floor(Date.now() / MINUTE)], () => [
    suggestionList(suggested, done),
    silences.length ? silenceList(silences, done) : null,
    said.length
      ? wordList(said, done)
      : h(
          "p",
          { class: "empty" },
          allowed
            ? "Nothing yet. Mark incidents as expected or real where they are shown; mute a template below."
            : "Nothing yet.",
        ),
    allowed &&
      h(
        "p",
        { class: "tools" },
        said.some(mutesAll)
          ? null
          : button("mute-namespace", "Mute this namespace…", () => askMuteNamespace(name, done)),
        button("silence", "Silence…", () => askSilence(subjectsOf([name]), done)),
        h("span", null, "Muted, it makes no incident; silenced, nobody is told of it for a time."),
      ),
  ]);
}
