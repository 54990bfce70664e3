// One alert: what it is about, who was told what and when, its incidents, and the way to have peace from it.

import { get, Problem } from "../api/client";
import type { Alert, Incident, Items, Reason, Silence } from "../api/shapes";
import { may } from "../api/who";
import { life, namespaceLinks, sentence, toldTo, whyQuiet } from "../findings/alerts";
import { incidentList, worstFirst } from "../findings/incidents";
import { expected } from "../findings/reasons";
import { askSilence, holdingFor, type Placed, silenceKey, silenceList, subjectsOf } from "../findings/silences";
import { byId, type Children, h, show } from "../ui/dom";
import { MINUTE, number } from "../ui/format";
import { plain, template } from "../ui/hostile";
import { live } from "../ui/live";
import { plate } from "../ui/severity";
import { shell } from "../ui/shell";

type Detail = Alert & { members: Incident[] };

const path = `/api/v1${location.pathname}`;
const REASONS = 3; // of an incident

const minute = (): number => Math.floor(Date.now() / MINUTE);

const reasons = (alert: Detail): Placed[] =>
  alert.members.flatMap((one) => one.reasons.map((reason) => ({ ...reason, namespace: one.namespace })));

function story(alert: Detail): Children {
  const said = sentence(alert);
  document.title = `${plain(said, 80)} · drainwatch`;
  const crumbs = [h("a", { href: "/" }, "Overview"), " / ", h("a", { href: "/alerts" }, "alerts"), " / ", "alert"];
  byId("crumbs").replaceChildren(...crumbs);
  const heard = alert.told.length ? [h("span", null, "Told:"), toldTo(alert)] : null;
  return h(
    "div",
    { class: "story" },
    h("h1", null, said),
    h(
      "p",
      { class: "meta big" },
      plate(alert.score, alert.severity),
      namespaceLinks(alert),
      life(alert),
      h("a", { href: alert.links.self }, "JSON"),
    ),
    h("p", { class: "meta big" }, heard, whyQuiet(alert)),
  );
}

let ask = (): void => {};

function drawSilences(alert: Detail, silences: readonly Silence[]): void {
  const holding = silences.filter((one) => alert.namespaces.some((name) => holdingFor(name, [one]).length));
  const subjects = subjectsOf(alert.namespaces, reasons(alert));
  const allowed = subjects.length > 0 && alert.namespaces.every((name) => may("feedback", name));
  if (allowed) ask = () => askSilence(subjects, refresh);
  const button = (): Children =>
    h("button", { type: "button", class: "action", id: "silence", onclick: ask }, "Silence…");
  show(byId("quiet"), [holding, subjects, minute()], () => [
    holding.length ? h("div", { class: "panel" }, silenceList(holding, refresh)) : null,
    allowed ? h("p", { class: "buttons" }, button()) : null,
  ]);
}

/** What an incident is told by, in a line each: what one needs to know before a click. */
function brief(reason: Reason): HTMLElement {
  const said = [`${number(reason.observed)} seen`, `${expected(reason)} expected`];
  if (reason.workload) said.unshift(plain(reason.workload, 80));
  return h(
    "p",
    { class: "brief" },
    h("b", null, reason.kind),
    template(reason.template, 200),
    h("span", null, said.join(", ")),
  );
}

function memberList(members: readonly Incident[]): HTMLElement {
  const made = incidentList(members, { withNamespace: true });
  [...made.children].forEach((row, place) => {
    row.querySelector(".said")?.append(...(members[place]?.reasons.slice(0, REASONS) ?? []).map(brief));
  });
  return made;
}

function drawMembers(alert: Detail): void {
  byId("incidents-section").hidden = !alert.incidents.length;
  const gone = alert.incidents.length - alert.members.length;
  const were = gone === 1 ? "was" : "were";
  const why = `${gone} more ${were} pruned with age, or withdrawn because late lines showed that there was nothing.`;
  show(byId("incidents"), alert.members, () => [
    alert.members.length ? memberList(worstFirst(alert.members)) : null,
    gone ? h("p", { class: "empty" }, why) : null,
  ]);
}

const unknown = (message: string): HTMLElement =>
  h(
    "div",
    { class: "empty" },
    h("h1", null, "Not here"),
    h("p", null, message),
    h("p", null, h("a", { href: "/alerts" }, "Go to the alerts")),
  );

async function load(signal: AbortSignal): Promise<void> {
  let alert: Detail;
  try {
    alert = await get<Detail>(path, {}, signal);
  } catch (error) {
    if (!(error instanceof Problem) || (error.status !== 404 && error.status !== 422)) throw error;
    show(byId("story"), error.message, () => unknown(error.message));
    return;
  }
  show(byId("story"), [alert, minute()], () => story(alert));
  drawMembers(alert);
  const silences = await get<Items<Silence>>("/api/v1/silences", { active: true }, signal);
  drawSilences(alert, silences.items);
}

shell();
const refresh = live(load);
silenceKey(() => ask());
