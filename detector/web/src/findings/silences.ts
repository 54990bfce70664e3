// What nobody wants to be told of for a time: asked in a small dialogue, listed, and ended at a click.

import { send } from "../api/client";
import type { Reason, Silence } from "../api/shapes";
import { may } from "../api/who";
import { dialogue } from "../ui/dialogue";
import { type Children, h } from "../ui/dom";
import { duration, HOUR, iso, MINUTE, timeOf } from "../ui/format";
import { plain, visible } from "../ui/hostile";
import { fits } from "../ui/patterns";
import { onKey } from "../ui/shell";
import { takeBack } from "./takeback";

const OTHER = "other";
const CUSTOM = "custom";
const MOST = 8; // workloads and templates of an alert that are offered

/** What one silence is of, as it is sent. */
export interface Wish {
  readonly namespace: string;
  readonly workload?: string;
  readonly template?: string;
}

/** What may be silenced: a label and what is sent, one body a silence. */
export interface Subject {
  readonly label: string;
  readonly bodies: readonly Wish[];
}

/** A reason, and whose it is. */
export type Placed = Pick<Reason, "workload" | "template_id" | "template"> & { readonly namespace: string };

/** Loads anew what is shown. */
export type Done = () => unknown;

/** What a silence may be of, all together and the namespaces first. */
export function subjectsOf(namespaces: readonly string[], reasons: readonly Placed[] = []): Subject[] {
  const whole = namespaces.map((namespace) => ({ label: plain(namespace, 80), bodies: [{ namespace }] }));
  const workloads = new Map<string, Subject>();
  const templates = new Map<string, Subject>();
  for (const { namespace, workload, template_id: template, template: text } of reasons) {
    const where = `in ${plain(namespace, 60)}`;
    if (workload) {
      const label = `only ${plain(workload, 60)} ${where}`;
      workloads.set(`${namespace}\n${workload}`, { label, bodies: [{ namespace, workload }] });
    }
    if (template)
      templates.set(template, { label: `only “${plain(text, 70)}” ${where}`, bodies: [{ namespace, template }] });
  }
  const together = { label: `all ${namespaces.length} namespaces of it`, bodies: whole.flatMap((one) => one.bodies) };
  return [
    ...(namespaces.length > 1 ? [together] : []),
    ...whole,
    ...[...workloads.values()].slice(0, MOST),
    ...[...templates.values()].slice(0, MOST),
  ];
}

/** The next 08:00 that is worth waiting for: at three in the morning today's, at noon tomorrow's. */
function morning(now = new Date()): Date {
  const at = new Date(now);
  at.setHours(8, 0, 0, 0);
  if (at.getTime() - now.getTime() < 2 * HOUR) at.setDate(at.getDate() + 1);
  return at;
}

function lengths(): [string, string][] {
  const at = morning();
  const day = at.toDateString() === new Date().toDateString() ? "today" : "tomorrow";
  return [
    ["1h", "1 hour"],
    ["4h", "4 hours"],
    [at.toISOString(), `until 08:00 ${day}`],
    [CUSTOM, "until…"],
  ];
}

const local = (time: number): string => iso(time - new Date(time).getTimezoneOffset() * MINUTE).slice(0, 16);

/** From when on and for how long: the choices, and what is sent of those that are taken. */
class Time {
  private readonly later = h("input", { id: "silence-later", type: "checkbox", onchange: () => this.showOwn() });
  private readonly since = own("silence-since", "From when on");
  private readonly until = own("silence-until", "Until when");
  readonly choices = h(
    "fieldset",
    { class: "lengths", onchange: () => this.showOwn() },
    h("legend", null, "For"),
    lengths().map(([value, text], place) =>
      h("label", null, h("input", { type: "radio", name: "for", value, checked: place === 0 }), text),
    ),
    this.until,
  );
  readonly start = h("div", { class: "lengths" }, h("label", null, this.later, "begins later"), this.since);

  private get chosen(): string {
    return this.choices.querySelector<HTMLInputElement>("input:checked")?.value ?? CUSTOM;
  }

  private showOwn(): void {
    this.since.hidden = !this.later.checked;
    this.until.hidden = this.chosen !== CUSTOM;
    if (!this.since.hidden && !this.since.value) this.since.value = local(Date.now() + HOUR);
    const begin = this.since.hidden ? Date.now() : new Date(this.since.value).getTime();
    if (!this.until.hidden && !this.until.value) this.until.value = local(begin + 2 * HOUR);
  }

  /** Throws where no time was chosen. */
  body(): Record<string, string> {
    const begin: Record<string, string> = this.since.hidden
      ? {}
      : { since: chosenTime(this.since, "Choose from when on.") };
    const { chosen } = this;
    if (chosen === CUSTOM) return { ...begin, until: chosenTime(this.until, "Choose until when.") };
    return { ...begin, ...(chosen.includes("T") ? { until: chosen } : { for: chosen }) };
  }
}

function own(id: string, label: string): HTMLInputElement {
  return h("input", { id, type: "datetime-local", "aria-label": label, hidden: true });
}

function chosenTime(input: HTMLInputElement, otherwise: string): string {
  if (!input.value) throw new Error(otherwise);
  return new Date(input.value).toISOString();
}

/** `s` asks for a silence, for those who may say one somewhere. */
export function silenceKey(ask: () => void): void {
  const act = (event: KeyboardEvent): void => {
    event.preventDefault();
    ask();
  };
  onKey("s", "silence", act, "feedback");
}

/** Asks of what, for how long, why and by whom; `known` are names of namespaces to choose from. */
export function askSilence(subjects: readonly Subject[], done: Done, known: readonly string[] = []): void {
  const time = new Time();
  const name = h("input", {
    id: "silence-name",
    maxlength: 500,
    autocomplete: "off",
    spellcheck: "false",
    list: "silence-known",
    placeholder: "payments, pay* or * for all",
  });
  const names = h(
    "datalist",
    { id: "silence-known" },
    known.map((one) => h("option", { value: one })),
  );
  const other = h("label", { hidden: subjects.length > 0 }, "Namespace or pattern", name, names);
  const showOther = (): void => {
    other.hidden = what.value !== OTHER;
    if (!other.hidden) name.focus();
  };
  const what: HTMLSelectElement = h(
    "select",
    { id: "silence-what", onchange: showOther },
    subjects.map((one, place) => h("option", { value: place }, one.label)),
    h("option", { value: OTHER }, "another namespace, or a pattern…"),
  );
  const chosen = (): readonly Wish[] =>
    subjects[subjects.length ? Number(what.value) : -1]?.bodies ?? [{ namespace: name.value.trim() }];
  const preview = h("div", { class: "preview", role: "status" });
  const look = (): void => void import("./preview").then((one) => one.preview(preview, chosen(), known));
  what.addEventListener("change", look);
  name.addEventListener("input", look);
  dialogue({
    title: "Silence",
    about:
      "Nobody is told of it for this time. It is detected and shown all the same; what still goes on then is told.",
    parts: [subjects.length ? h("label", null, "What", what) : null, other, preview, time.choices, time.start],
    action: "Silence",
    write: async (_, said) => {
      for (const body of chosen()) await send("POST", "/api/v1/silences", { ...body, ...time.body(), ...said });
    },
    done,
  });
  // Without subjects there is one thing to say before why.
  if (!subjects.length) name.focus();
  look();
}

/** Ends a silence at a click, of who may. */
const ending = (one: Silence, done: Done): Children =>
  may("feedback", one.namespace) &&
  takeBack(`end-${one.id}`, one.coming ? "Take back" : "End now", one.links.self ?? "", done);

/** Whether it holds, or will. */
export const lasts = (one: Silence): boolean => one.active || one.coming;

function state(one: Silence): Children {
  const [since, until] = [Date.parse(one.since), Date.parse(one.until)];
  if (one.coming) return ["from ", h("b", null, timeOf(since)), " until ", timeOf(until)];
  if (one.withdrawn) return ["ended ", timeOf(Date.parse(one.withdrawn))];
  if (!one.active) return ["over since ", timeOf(until)];
  return ["until ", h("b", null, timeOf(until)), ` (${duration(until - Date.now())})`];
}

const standing = (one: Silence): string => {
  if (one.coming) return "coming";
  return one.active ? "silenced" : "was silenced";
};

const row = (one: Silence, done: Done, beside: Children): HTMLElement =>
  h(
    "li",
    { class: lasts(one) ? null : "over" },
    h("span", { class: "chip mute" }, standing(one)),
    h(
      "div",
      { class: "said" },
      h("p", { class: "subject" }, visible(one.subject, 300)),
      h(
        "p",
        { class: "saying" },
        h("span", null, state(one)),
        one.coming ? null : h("span", null, "since ", timeOf(Date.parse(one.since))),
        one.author ? h("span", null, "by ", visible(one.author, 60)) : null,
        one.note ? h("q", null, visible(one.note, 300)) : null,
        lasts(one) ? ending(one, done) : null,
      ),
      beside,
    ),
  );

/** Silences with the way to end each; `beside` gives what is added to one. */
export const silenceList = (
  silences: readonly Silence[],
  done: Done,
  beside: (one: Silence) => Children = () => null,
): HTMLElement =>
  h(
    "ol",
    { class: "findings said-list" },
    silences.map((one) => row(one, done, beside(one))),
  );

/** Those of these that hold for a namespace. */
export const holdingFor = (namespace: string, silences: readonly Silence[]): Silence[] =>
  silences.filter((one) => one.active && fits(one.namespace, namespace));
