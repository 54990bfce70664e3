// What nobody wants to be told of for a time: asked in a small dialogue, listed, and ended at a click.

import { send } from "./api.js";
import { dialogue } from "./dialogue.js";
import { byId, h } from "./dom.js";
import { HOUR, duration, timeOf } from "./format.js";
import { plain, visible } from "./hostile.js";

const OTHER = "other";
const MOST = 8; // workloads and templates of an alert that are offered

/** The next 08:00 that is worth waiting for: at three in the morning today's, at noon tomorrow's. */
function morning(now = new Date()) {
  const at = new Date(now);
  at.setHours(8, 0, 0, 0);
  if (at - now < 2 * HOUR) at.setDate(at.getDate() + 1);
  return at;
}

function lengths() {
  const at = morning();
  const day = at.toDateString() === new Date().toDateString() ? "today" : "tomorrow";
  return { "1h": "1 hour", "4h": "4 hours", [at.toISOString()]: `until 08:00 ${day}`, custom: "until…" };
}

/** What a silence may be of, the namespaces first: a label and what is sent, one body a silence. */
export function subjectsOf(namespaces, reasons = []) {
  const whole = namespaces.map((namespace) => ({ label: plain(namespace, 80), bodies: [{ namespace }] }));
  const workloads = new Map();
  const templates = new Map();
  for (const { namespace, workload, template_id: template, template: text } of reasons) {
    if (workload) workloads.set(`${namespace}\n${workload}`, { label: `only ${plain(workload, 60)} in ${plain(namespace, 60)}`, bodies: [{ namespace, workload }] });
    if (template) templates.set(template, { label: `only “${plain(text, 70)}” in ${plain(namespace, 60)}`, bodies: [{ namespace, template }] });
  }
  const together = namespaces.length > 1 ? [{ label: `all ${namespaces.length} namespaces of it`, bodies: namespaces.map((namespace) => ({ namespace })) }] : [];
  return [...together, ...whole, ...[...workloads.values()].slice(0, MOST), ...[...templates.values()].slice(0, MOST)];
}

/** Asks of what, for how long, why and by whom; `known` are names of namespaces to choose from. */
export function askSilence(subjects, done, known = []) {
  const what = h("select", { id: "silence-what", onchange: showOther },
    subjects.map((one, place) => h("option", { value: place }, one.label)),
    h("option", { value: OTHER }, subjects.length ? "another namespace, or a pattern…" : "a namespace, or a pattern"));
  const name = h("input", { id: "silence-name", maxlength: 500, autocomplete: "off", spellcheck: "false", list: "silence-known", placeholder: "payments, pay* or * for all" });
  const other = h("label", { hidden: subjects.length > 0 }, "Namespace or pattern", name,
    h("datalist", { id: "silence-known" }, known.map((one) => h("option", { value: one }))));
  const until = h("input", { id: "silence-until", type: "datetime-local", "aria-label": "Until when", hidden: true });
  const choices = h("fieldset", { class: "lengths", onchange: showUntil }, h("legend", null, "For"),
    Object.entries(lengths()).map(([value, text], place) => h("label", null, h("input", { type: "radio", name: "for", value, checked: place === 0 }), text)), until);
  const whole = subjects.length ? h("label", null, "What", what) : null;

  function showOther() {
    other.hidden = what.value !== OTHER;
    if (!other.hidden) name.focus();
  }

  function showUntil() {
    until.hidden = choices.querySelector("input:checked").value !== "custom";
    if (!until.hidden && !until.value) {
      const soon = new Date(Date.now() + 2 * HOUR);
      until.value = new Date(soon - soon.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
    }
  }

  function end() {
    const chosen = choices.querySelector("input:checked").value;
    if (chosen !== "custom") return chosen.includes("T") ? { until: chosen } : { for: chosen };
    if (!until.value) throw new Error("Choose until when.");
    return { until: new Date(until.value).toISOString() };
  }

  dialogue({
    title: "Silence",
    about: "Nobody is told of it for this time. It is detected and shown all the same; what still goes on then is told.",
    parts: [whole, other, choices],
    action: "Silence",
    write: async (_, said) => {
      const bodies = !subjects.length || what.value === OTHER ? [{ namespace: name.value.trim() }] : subjects[Number(what.value)].bodies;
      for (const body of bodies) await send("POST", "/api/v1/silences", { ...body, ...end(), ...said });
    },
    done,
  });
}

function ending(one, done) {
  const button = h("button", { type: "button", class: "action small", id: `end-${one.id}`, onclick: take }, "End now");
  async function take() {
    button.disabled = true;
    try {
      await send("DELETE", one.links.self);
      await done();
    } catch (error) {
      byId("notice").textContent = error.message;
      byId("notice").hidden = false;
      button.disabled = false;
    }
  }
  return button;
}

function row(one, done) {
  const until = Date.parse(one.until);
  const state = one.withdrawn ? ["ended ", timeOf(Date.parse(one.withdrawn))] : one.active ? ["until ", h("b", null, timeOf(until)), ` (${duration(until - Date.now())})`] : ["over since ", timeOf(until)];
  return h("li", { class: one.active ? null : "over" }, h("span", { class: "chip mute" }, one.active ? "silenced" : "was silenced"),
    h("div", { class: "said" }, h("p", { class: "subject" }, visible(one.subject, 300)),
      h("p", { class: "saying" }, h("span", null, state), one.author ? h("span", null, "by ", visible(one.author, 60)) : null, h("span", null, "since ", timeOf(Date.parse(one.since))),
        one.note ? h("q", null, visible(one.note, 300)) : null, one.active ? ending(one, done) : null)));
}

export const silenceList = (silences, done) => h("ol", { class: "findings said-list" }, silences.map((one) => row(one, done)));

/** Whether a name is the pattern, in which `*` stands for any text; in time that many stars can't draw out. */
function fits(pattern, name) {
  const [first, ...between] = pattern.split("*");
  if (!between.length) return name === pattern;
  const last = between.pop();
  const end = name.length - last.length;
  let at = first.length;
  if (at > end || !name.startsWith(first) || !name.endsWith(last)) return false;
  return between.every((part) => {
    const found = name.slice(0, end).indexOf(part, at);
    at = found + part.length;
    return found >= 0;
  });
}

/** Those of these that hold for a namespace. */
export const holdingFor = (namespace, silences) => silences.filter((one) => one.active && fits(one.namespace, namespace));
