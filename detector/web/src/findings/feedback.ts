// What people say of findings: asked in a small dialogue, shown beside what it keeps quiet, and taken back there.

import { get, Problem, send } from "../api/client";
import type { Feedback, Items, Suggestion } from "../api/shapes";
import { may } from "../api/who";
import { dialogue } from "../ui/dialogue";
import { type Children, h } from "../ui/dom";
import { timeOf } from "../ui/format";
import { template, visible } from "../ui/hostile";
import { takeBack } from "./takeback";

const LENGTHS = [
  ["1h", "1 hour"],
  ["1d", "1 day"],
  ["7d", "7 days"],
  ["", "ever"],
] as const;
type Length = (typeof LENGTHS)[number][0];

/** Loads anew what is shown. */
export type Done = () => unknown;

/** The items at a path about a namespace; nothing where it isn't known any more. */
async function about<T>(path: string, namespace: string, signal?: AbortSignal): Promise<T[]> {
  try {
    return (await get<Items<T>>(path, { namespace }, signal)).items;
  } catch (error) {
    if (error instanceof Problem && error.status === 404) return [];
    throw error;
  }
}

/** All that was said in a namespace, newest first; nothing where it isn't known any more. */
export const words = (namespace: string, signal?: AbortSignal): Promise<Feedback[]> =>
  about("/api/v1/feedback", namespace, signal);

/** Whether a word mutes a whole namespace, and holds. */
export const mutesAll = (word: Feedback): boolean =>
  word.active && word.kind === "mute" && !word.template && !word.workload;

export const ofIncident = (said: readonly Feedback[], incident: string): Feedback[] =>
  said.filter((word) => word.incident === incident && word.active);

/** The word that mutes a template as such, and holds. */
export const mutesTemplate = (said: readonly Feedback[], template: string): Feedback | undefined =>
  said.find((word) => word.active && word.kind === "mute" && word.template === template);

interface Question {
  title: string;
  about: Children;
  body: Record<string, string>;
  /** What is chosen at first; null where it isn't asked for. */
  length: Length | null;
  done: Done;
}

/** Asks for how long, why and by whom; `done` is called when it is written. */
function ask({ title, about, body, length, done }: Question): void {
  const choice = ([value, text]: (typeof LENGTHS)[number]): Children =>
    h("label", null, h("input", { type: "radio", name: "for", value, checked: value === length }), text);
  const lengths =
    length === null ? null : h("fieldset", { class: "lengths" }, h("legend", null, "For"), LENGTHS.map(choice));
  dialogue({
    title,
    about,
    parts: lengths,
    write: (dialog, said) => {
      const chosen = dialog.querySelector<HTMLInputElement>("input[name=for]:checked")?.value;
      return send("POST", "/api/v1/feedback", { ...body, ...(chosen ? { for: chosen } : {}), ...said });
    },
    done,
  });
}

export const askExpected = (incident: string, done: Done): void =>
  ask({
    title: "This was expected",
    about: "What is like it, and not clearly larger, stays quiet. A new error beside it doesn't.",
    body: { kind: "expected", incident },
    length: "",
    done,
  });

export const askReal = (incident: string, done: Done): void =>
  ask({
    title: "This was a real incident",
    about: "Replays and suggestions have to find it again.",
    body: { kind: "real", incident },
    length: null,
    done,
  });

export const askMuteTemplate = (id: string, text: string, done: Done): void =>
  ask({
    title: "Mute this template",
    about: template(text, 300),
    body: { kind: "mute", template: id },
    length: "7d",
    done,
  });

export const askMuteNamespace = (namespace: string, done: Done): void =>
  ask({
    title: "Mute this namespace",
    about: "It is scored on; its findings stay to be seen and make no incident.",
    body: { kind: "mute", namespace },
    length: "1d",
    done,
  });

const by = (word: Feedback): Children => (word.author ? ["by ", visible(word.author, 60)] : null);
const until = (word: Feedback): Children => (word.until ? ["until ", timeOf(Date.parse(word.until))] : "for ever");

/** Takes a word back at a click, where one may. */
export function undo(word: Feedback, done: Done, label = "Undo"): HTMLButtonElement | null {
  if (!may("feedback", word.namespace)) return null;
  const button = takeBack(`undo-${word.id}`, label, word.links.self ?? "", done);
  // It may stand in a row that opens at a click.
  button.addEventListener("click", (event) => event.stopPropagation());
  return button;
}

const NAMES: Record<Feedback["kind"], string> = { real: "Real", expected: "Expected", mute: "Muted" };

function ending(word: Feedback, done: Done): Children {
  if (word.withdrawn) return h("span", null, " · taken back ", timeOf(Date.parse(word.withdrawn)));
  return word.active ? undo(word, done) : h("span", null, " · expired");
}

/** A word in one line: what was said, by whom, until when, why. */
export const wordLine = (word: Feedback, done: Done): HTMLElement =>
  h(
    "p",
    { class: `saying ${word.active ? "" : "over"}` },
    h("b", null, NAMES[word.kind]),
    " ",
    by(word),
    " ",
    h("span", null, "said ", timeOf(Date.parse(word.created))),
    word.kind === "real" ? null : h("span", null, " · quiet ", until(word)),
    word.note ? h("q", null, visible(word.note, 300)) : null,
    ending(word, done),
  );

/** An incident of a namespace. */
interface Placed {
  readonly id: string;
  readonly namespace: string;
}

/** Buttons that say what an incident was, and what was said already; `beside` are buttons that go with them. */
export function verdict(
  { id: incident, namespace }: Placed,
  said: readonly Feedback[],
  done: Done,
  beside: Children = null,
): Children[] {
  const holding = ofIncident(said, incident);
  const kinds = new Set<string>(holding.map((word) => word.kind));
  const button = (kind: string, text: string, asked: typeof askReal): Children =>
    kinds.has(kind) || !may("feedback", namespace)
      ? null
      : h("button", { type: "button", class: "action", id: `say-${kind}`, onclick: () => asked(incident, done) }, text);
  const buttons = [button("expected", "Expected…", askExpected), button("real", "Real…", askReal), beside];
  return [holding.map((word) => wordLine(word, done)), h("p", { class: "buttons" }, buttons)];
}

/** Why an anomaly was told to nobody. */
export function silenced(id: string, said: readonly Feedback[], done: Done): Children[] {
  const word = said.find((one) => one.id === id);
  if (!word) return [h("p", { class: "saying" }, "Kept quiet by feedback that is gone.")];
  return [h("p", { class: "lead" }, "This was kept quiet: ", visible(word.subject, 200)), wordLine(word, done)];
}

function subject(word: Feedback): Children {
  if (!word.links.incident) return word.template ? template(word.subject, 300) : visible(word.subject, 300);
  return h("a", { href: `/incidents/${encodeURIComponent(word.incident)}` }, visible(word.subject, 300));
}

/** All words of a namespace, those that hold first. */
export const wordList = (said: readonly Feedback[], done: Done): HTMLElement =>
  h(
    "ol",
    { class: "findings said-list" },
    [...said]
      .sort((a, b) => Number(b.active) - Number(a.active))
      .map((word) =>
        h(
          "li",
          { class: word.active ? null : "over" },
          h("span", { class: `chip ${word.kind}` }, word.kind),
          h("div", { class: "said" }, h("p", { class: "subject" }, subject(word)), wordLine(word, done)),
        ),
      ),
  );

const effect = ({ before, after }: Suggestion): string =>
  `${before.alerts_a_day.toFixed(1)} → ${after.alerts_a_day.toFixed(1)} alerts a day`;
const kept = ({ after }: Suggestion): string =>
  after.known ? `, ${after.found} of ${after.known} real ones found` : "";

function suggestion(one: Suggestion, done: Done): HTMLElement {
  const text = (): Children => (one.template ? template(one.subject, 300) : visible(one.subject, 300));
  const { apply } = one;
  const mute = (): void => ask({ title: "Mute as suggested", about: text(), body: apply ?? {}, length: "", done });
  const [what, why] = one.alert_budget
    ? [["Set ", h("code", null, one.subject)], `${one.marked} incidents marked real would still be told`]
    : [["Mute ", text()], `${one.marked} incidents marked expected were told by it`];
  const button =
    apply && may("feedback", one.namespace)
      ? h("button", { type: "button", class: "action small", onclick: mute }, "Mute…")
      : null;
  return h(
    "li",
    null,
    h("span", { class: "chip" }, "suggested"),
    h(
      "div",
      { class: "said" },
      h("p", { class: "subject" }, what as Children),
      h("p", { class: "saying" }, h("b", null, effect(one) + kept(one)), h("span", null, why), button),
    ),
  );
}

/** What would bring peace in a namespace; nothing where nothing would, or it isn't known any more. */
export const suggestions = (namespace: string, signal?: AbortSignal): Promise<Suggestion[]> =>
  about("/api/v1/feedback/suggestions", namespace, signal);

export const suggestionList = (items: readonly Suggestion[], done: Done): HTMLElement | null =>
  items.length
    ? h(
        "ol",
        { class: "findings said-list" },
        items.map((one) => suggestion(one, done)),
      )
    : null;
