// What nobody wants to be told of for a time: in force, coming, over; what each keeps quiet right now, and how to end it.

import { get } from "../api/client";
import type { Items, Namespaces, Silence } from "../api/shapes";
import { may } from "../api/who";
import { keptQuiet, type Ongoing, ongoing, quietLine } from "../findings/quiet";
import { askSilence, lasts, silenceKey, silenceList } from "../findings/silences";
import { byId, type Children, h, show } from "../ui/dom";
import { MINUTE, number } from "../ui/format";
import { live } from "../ui/live";
import { asked, keep } from "../ui/query";
import { shell } from "../ui/shell";

const SHOWN = 50; // that are over, until the reader wants all

let silences: Silence[] = [];
let going: Ongoing = { incidents: [], own: [] };
let known: string[] = [];

const search = byId<HTMLInputElement>("search");

function wanted(one: Silence): boolean {
  const text = `${one.subject} ${one.author} ${one.note} ${one.namespace}`.toLowerCase();
  return search.value
    .toLowerCase()
    .split(/\s+/)
    .every((word) => text.includes(word));
}

const quiet = (one: Silence): Children =>
  quietLine(keptQuiet([one], going), "Keeps quiet right now:", "Keeps nothing quiet right now.");

function nothing(): HTMLElement {
  if (search.value) return h("p", { class: "empty" }, "No silence in force has these words.");
  return h(
    "p",
    { class: "empty" },
    "Nothing is silenced. ",
    may("feedback") &&
      "Before a migration, or while somebody works on an outage, a silence gives peace for some hours; it ends by itself. " +
        "What nobody ever needs to hear of is muted on its namespace's page.",
  );
}

function drawOver(over: readonly Silence[]): void {
  byId("over-section").hidden = !over.length;
  const all = asked("over") === "all" ? over : over.slice(0, SHOWN);
  const more = (): void => {
    keep({ over: "all" });
    draw();
  };
  const button = (): HTMLElement =>
    h("button", { type: "button", class: "more", onclick: more }, `Show all ${number(over.length)}`);
  show(byId("over"), [all, over.length], () => [
    all.length ? silenceList(all, refresh) : null,
    all.length < over.length ? button() : null,
  ]);
}

function draw(): void {
  const found = silences.filter(wanted);
  const coming = found.filter((one) => one.coming);
  const active = found.filter((one) => one.active);
  const over = found.filter((one) => !lasts(one));
  const counts = [
    `${number(active.length)} in force`,
    coming.length ? `${number(coming.length)} coming` : "",
    over.length ? `${number(over.length)} over` : "",
  ];
  const note = counts.filter(Boolean).join(", ");
  document.title = `${active.length ? `${active.length} in force · ` : ""}Silences · drainwatch`;
  show(byId("silences-note"), note, () => note);
  const key = [
    found,
    going.incidents.map((one) => one.id),
    going.own.map((one) => one.id),
    Math.floor(Date.now() / MINUTE),
  ];
  show(byId("active"), key, () => (active.length ? silenceList(active, refresh, quiet) : nothing()));
  byId("coming-section").hidden = !coming.length;
  show(byId("coming"), key, () => silenceList(coming, refresh));
  drawOver(over);
}

async function load(signal: AbortSignal): Promise<void> {
  const [all, now, namespaces] = await Promise.all([
    get<Items<Silence>>("/api/v1/silences", {}, signal),
    ongoing(signal),
    get<Namespaces>("/api/v1/namespaces", {}, signal),
  ]);
  silences = all.items;
  going = now;
  known = namespaces.items.map((one) => one.namespace);
  byId("silence").hidden = !may("feedback");
  draw();
}

shell();
search.value = asked("q");
search.addEventListener("input", () => {
  keep({ q: search.value.trim() });
  draw();
});
const refresh = live(load);
const ask = (): void => {
  if (may("feedback")) askSilence([], refresh, known);
};
byId("silence").addEventListener("click", ask);
silenceKey(ask);
