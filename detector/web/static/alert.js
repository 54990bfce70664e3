// One alert: what it is about, who was told what and when, its incidents, and the way to have peace from it.

import { get, keepFresh } from "./api.js";
import { byId, h, show } from "./dom.js";
import { life, namespaceLinks, toldTo, whyQuiet } from "./alertlist.js";
import { number, told } from "./format.js";
import { freshness } from "./freshness.js";
import { plain, template } from "./hostile.js";
import { incidentList, worstFirst } from "./incidents.js";
import { expected } from "./reasons.js";
import { plate } from "./severity.js";
import { askSilence, holdingFor, silenceList, subjectsOf } from "./silences.js";

const path = `/api/v1${location.pathname}`;
const REASONS = 3; // of an incident
let alert = null;

const reasons = () => alert.members.flatMap((one) => one.reasons.map((reason) => ({ ...reason, namespace: one.namespace })));

function story() {
  const said = plain(told(alert.summary), 400);
  document.title = `${plain(said, 80)} · drainwatch`;
  byId("crumbs").replaceChildren(h("a", { href: "/" }, "Overview"), " / ", h("a", { href: "/alerts" }, "alerts"), " / ", "alert");
  return h("div", { class: "story" },
    h("h1", null, said),
    h("p", { class: "meta big" }, plate(alert.score, alert.severity), namespaceLinks(alert), life(alert), h("a", { href: alert.links.self }, "JSON")),
    h("p", { class: "meta big" }, alert.told.length ? [h("span", null, "Told:"), toldTo(alert)] : null, whyQuiet(alert)));
}

function drawSilences(silences) {
  const holding = silences.filter((one) => alert.namespaces.some((name) => holdingFor(name, [one]).length));
  const subjects = subjectsOf(alert.namespaces, reasons());
  show(byId("quiet"), [holding, subjects, Math.floor(Date.now() / 60_000)], () => [
    holding.length ? h("div", { class: "panel" }, silenceList(holding, again)) : null,
    alert.namespaces.length ? h("p", { class: "buttons" }, h("button", { type: "button", class: "action", id: "silence", onclick: () => askSilence(subjects, again) }, "Silence…")) : null,
  ]);
}

/** What an incident is told by, in a line each: what one needs to know before a click. */
const brief = (reason) =>
  h("p", { class: "brief" }, h("b", null, reason.kind), template(reason.template, 200),
    h("span", null, [reason.workload ? plain(reason.workload, 80) : null, `${number(reason.observed)} seen`, `${expected(reason)} expected`].filter(Boolean).join(", ")));

function memberList(members) {
  const made = incidentList(members, { withNamespace: true });
  [...made.children].forEach((row, place) => row.querySelector(".said").append(...members[place].reasons.slice(0, REASONS).map(brief)));
  return made;
}

function drawMembers() {
  byId("incidents-section").hidden = !alert.incidents.length;
  const gone = alert.incidents.length - alert.members.length;
  show(byId("incidents"), alert.members, () => [
    memberList(worstFirst(alert.members)),
    gone ? h("p", { class: "empty" }, `${gone} more ${gone === 1 ? "was" : "were"} pruned with age, or withdrawn because late lines showed that there was nothing.`) : null,
  ]);
}

const unknown = (error) => h("div", { class: "empty" }, h("h1", null, "Not here"), h("p", null, error.message), h("p", null, h("a", { href: "/alerts" }, "Go to the alerts")));

async function load(signal) {
  const status = get("/api/v1/status", {}, signal).then(freshness);
  try {
    alert = await get(path, {}, signal);
  } catch (error) {
    if (error.status !== 404 && error.status !== 422) throw error;
    show(byId("story"), error.message, () => unknown(error));
    return;
  }
  show(byId("story"), [alert, Math.floor(Date.now() / 60_000)], story);
  drawMembers();
  const silences = await get("/api/v1/silences", { active: true }, signal);
  drawSilences(silences.items);
  await status;
}

const again = keepFresh(load, 5);
