// What people say of findings: asked in a small dialogue, shown beside what it keeps quiet, and taken back there.

import { get, send } from "./api.js";
import { dialogue } from "./dialogue.js";
import { byId, h } from "./dom.js";
import { timeOf } from "./format.js";
import { template, visible } from "./hostile.js";

const LENGTHS = { "1h": "1 hour", "1d": "1 day", "7d": "7 days", "": "ever" };

/** All that was said in a namespace, newest first; nothing where it isn't known any more. */
export async function words(namespace, signal) {
  try {
    return (await get("/api/v1/feedback", { namespace }, signal)).items;
  } catch (error) {
    if (error.status !== 404) throw error;
    return [];
  }
}

/** Whether a word mutes a whole namespace, and holds. */
export const mutesAll = (word) => word.active && word.kind === "mute" && !word.template && !word.workload;

export const ofIncident = (said, incident) => said.filter((word) => word.incident === incident && word.active);

/** Asks for how long, why and by whom; `done` is called when it is written. `length` is what is chosen at first. */
function ask({ title, about, body, length, done }) {
  const lengths = length === null ? null : h("fieldset", { class: "lengths" }, h("legend", null, "For"),
    Object.entries(LENGTHS).map(([value, text]) => h("label", null, h("input", { type: "radio", name: "for", value, checked: value === length }), text)));
  const write = (dialog, said) => {
    const chosen = dialog.querySelector("input[name=for]:checked")?.value;
    return send("POST", "/api/v1/feedback", { ...body, ...(chosen ? { for: chosen } : {}), ...said });
  };
  dialogue({ title, about, parts: [lengths], write, done });
}

export const askExpected = (incident, done) =>
  ask({ title: "This was expected", about: "What is like it, and not clearly larger, stays quiet. A new error beside it doesn't.", body: { kind: "expected", incident }, length: "", done });

export const askReal = (incident, done) =>
  ask({ title: "This was a real incident", about: "Replays and suggestions have to find it again.", body: { kind: "real", incident }, length: null, done });

export const askMuteTemplate = (id, text, done) =>
  ask({ title: "Mute this template", about: template(text, 300), body: { kind: "mute", template: id }, length: "7d", done });

export const askMuteNamespace = (namespace, done) =>
  ask({ title: "Mute this namespace", about: "It is scored on; its findings stay to be seen and make no incident.", body: { kind: "mute", namespace }, length: "1d", done });

const by = (word) => (word.author ? ["by ", visible(word.author, 60)] : null);
const until = (word) => (word.until ? ["until ", timeOf(Date.parse(word.until))] : "for ever");

/** Takes a word back at a click. */
export function undo(word, done, label = "Undo") {
  const button = h("button", { type: "button", class: "action small", id: `undo-${word.id}`, onclick: take }, label);
  async function take(event) {
    event.stopPropagation();
    button.disabled = true;
    try {
      await send("DELETE", word.links.self);
      await done();
    } catch (error) {
      byId("notice").textContent = error.message;
      byId("notice").hidden = false;
      button.disabled = false;
    }
  }
  return button;
}

const NAMES = { real: "Real", expected: "Expected", mute: "Muted" };

/** A word in one line: what was said, by whom, until when, why. */
export function wordLine(word, done) {
  return h("p", { class: `saying ${word.active ? "" : "over"}` },
    h("b", null, NAMES[word.kind]), " ", by(word), " ", h("span", null, "said ", timeOf(Date.parse(word.created))),
    word.kind === "real" ? null : h("span", null, " · quiet ", until(word)),
    word.note ? h("q", null, visible(word.note, 300)) : null,
    word.withdrawn ? h("span", null, " · taken back ", timeOf(Date.parse(word.withdrawn))) : word.active ? undo(word, done) : h("span", null, " · expired"));
}

/** Buttons that say what an incident was, and what was said already. */
export function verdict(incident, said, done) {
  const holding = ofIncident(said, incident);
  const kinds = new Set(holding.map((word) => word.kind));
  const button = (kind, text, asked) => (kinds.has(kind) ? null : h("button", { type: "button", class: "action", id: `say-${kind}`, onclick: () => asked(incident, done) }, text));
  return [holding.map((word) => wordLine(word, done)),
    h("p", { class: "buttons" }, button("expected", "Expected…", askExpected), button("real", "Real…", askReal))];
}

/** Why an anomaly was told to nobody. */
export function silenced(id, said, done) {
  const word = said.find((one) => one.id === id);
  if (!word) return h("p", { class: "saying" }, "Kept quiet by feedback that is gone.");
  return [h("p", { class: "lead" }, "This was kept quiet: ", visible(word.subject, 200)), wordLine(word, done)];
}

/** All words of a namespace, those that hold first. */
export const wordList = (said, done) =>
  h("ol", { class: "findings said-list" }, [...said].sort((a, b) => Number(b.active) - Number(a.active)).map((word) =>
    h("li", { class: word.active ? null : "over" }, h("span", { class: `chip ${word.kind}` }, word.kind),
      h("div", { class: "said" }, h("p", { class: "subject" }, word.links.incident ? h("a", { href: `/incidents/${encodeURIComponent(word.incident)}` }, visible(word.subject, 300)) : word.template ? template(word.subject, 300) : visible(word.subject, 300)), wordLine(word, done)))));

const effect = (one) => `${one.before.alerts_a_day.toFixed(1)} → ${one.after.alerts_a_day.toFixed(1)} alerts a day`;
const kept = (one) => (one.after.known ? `, ${one.after.found} of ${one.after.known} real ones found` : "");

function suggestion(one, done) {
  const text = one.template ? template(one.subject, 300) : visible(one.subject, 300);
  const what = one.alert_budget ? h("p", { class: "subject" }, "Set ", h("code", null, one.subject)) : h("p", { class: "subject" }, "Mute ", text);
  const mute = () => ask({ title: "Mute as suggested", about: text, body: one.apply, length: "", done });
  const why = one.alert_budget ? `${one.marked} incidents marked real would still be told` : `${one.marked} incidents marked expected were told by it`;
  return h("li", null, h("span", { class: "chip" }, "suggested"),
    h("div", { class: "said" }, what, h("p", { class: "saying" }, h("b", null, effect(one) + kept(one)), h("span", null, why), one.apply ? h("button", { type: "button", class: "action small", onclick: mute }, "Mute…") : null)));
}

/** What would bring peace in a namespace; nothing where nothing would, or it isn't known any more. */
export async function suggestions(namespace, signal) {
  try {
    return (await get("/api/v1/feedback/suggestions", { namespace }, signal)).items;
  } catch (error) {
    if (error.status !== 404) throw error;
    return [];
  }
}

export const suggestionList = (items, done) => (items.length ? h("ol", { class: "findings said-list" }, items.map((one) => suggestion(one, done))) : null);
