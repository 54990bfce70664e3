// The first page: which namespace misbehaves, when, and where to look next.

import { get, Problem } from "../api/client";
import type { Feedback, Items, Lanes, Status } from "../api/shapes";
import * as address from "../overview/address";
import { drawIncidents, type Found, severities } from "../overview/incidents";
import { drawNamespaces, withoutLanes } from "../overview/namespaces";
import { INCIDENTS, incidentsIn, lanesIn, learners, newest, opened } from "../overview/reading";
import { nothingYet, quiet, unmatched, unread } from "../overview/states";
import { summary } from "../overview/summary";
import { Picker } from "../time/picker";
import { byId, h, show } from "../ui/dom";
import { MINUTE, periodText, SECOND, timeOf } from "../ui/format";
import { live } from "../ui/live";
import { tell } from "../ui/notice";
import { shell } from "../ui/shell";

const TYPING = 150; // milliseconds from one look at what is typed to the next; the first is at once
const MOST_STALE = 2; // columns that a relative range may end too late or too early

type Part = "lanes" | "incidents";

let lanes: Lanes | null = null;
let found: Found = { items: [], more: false };
let said: readonly Feedback[] = [];
let incidents = INCIDENTS; // how many of those in the range are asked for
let behind: number | null = null; // where relative ranges end, where it isn't now
let only: Part | null = null; // what alone the reader asked for anew
let unfinished = true; // whether the newest load of everything was given up

let typing = 0; // the timer of what is being typed

const filter = byId<HTMLInputElement>("lanes-filter");

/** Asks for what is shown, and once more where relative ranges don't end now: old logs, or a service that lags. */
async function read(signal: AbortSignal, part: Part | null): Promise<void> {
  const ask = async (): Promise<void> => {
    const { range } = picker;
    const [newLanes, newFound] = await Promise.all([
      part === "incidents" ? lanes : lanesIn(range, byId("lanes").clientWidth, signal),
      part === "lanes" ? found : incidentsIn(range, incidents, signal),
    ]);
    [lanes, found] = [newLanes, newFound];
  };
  if (part === null) picker.endsAt(minutes(behind ?? Date.now()));
  await ask();
  const { range } = picker;
  if (part !== null || lanes === null || (address.filter() && !lanes.total)) return;
  behind = await newest(lanes, range.end - range.start, signal);
  const end = minutes(behind ?? Date.now());
  const stale = Math.abs(end - range.end) > MOST_STALE * lanes.step_seconds * SECOND + MINUTE;
  if (range.relative === null || !stale) return;
  picker.endsAt(end);
  await ask();
}

const minutes = (time: number): number => Math.floor(time / MINUTE) * MINUTE;

const doing = {
  open: (...cell: Parameters<typeof opened>): void => void opened(...cell).catch(tell),
  zoom: (from: number, until: number): void => picker.zoom(from, until),
  more: (): void => void more(),
};

function drawAll(now: Lanes): void {
  const { relative, start, end } = picker.range;
  document.title = `Overview, ${relative ?? periodText(start, end)} · drainwatch`;
  drawNamespaces(now, doing);
  drawIncidents(found, said, quiet(now), older);
  const old = behind !== null && now.closed_until !== null && behind < Date.parse(now.closed_until) ? behind : null;
  show(byId("lanes-last"), old, () => (old ? ["the last there is: nothing was logged since ", timeOf(old)] : null));
}

async function withoutNamespaces(status: Promise<Status>): Promise<void> {
  if (lanes && address.filter()) {
    withoutLanes(address.filter(), () => unmatched(address.filter(), clear));
    return drawIncidents(found, said, quiet(lanes), older);
  }
  const now = await status;
  withoutLanes([now.tally, now.source, now.error], () => nothingYet(now));
  show(byId("incidents"), "none", () => h("p", { class: "empty" }, "Nothing to tell yet."));
  show(byId("incidents-note"), null, () => null);
}

async function load(signal: AbortSignal, status: Promise<Status>): Promise<void> {
  const part = unfinished ? null : only;
  [only, unfinished] = [null, part === null];
  try {
    await read(signal, part);
  } catch (error) {
    if (error instanceof Problem && !lanes) withoutLanes(error.message, () => unread(error.message));
    throw error;
  } finally {
    byId("lanes").classList.remove("waiting");
  }
  const now = lanes as Lanes | null;
  if (now?.total) drawAll(now);
  else await withoutNamespaces(status);
  if (unfinished && !performance.getEntriesByName("drainwatch:ready").length) performance.mark("drainwatch:ready");
  unfinished = false;
  if (part === null && now) await details(now, await status, signal);
}

/** What can come a moment later. */
async function details(now: Lanes, status: Status, signal: AbortSignal): Promise<void> {
  const [learning, words] = await Promise.all([
    learners(now, status, signal),
    found.items.length ? get<Items<Feedback>>("/api/v1/feedback", { active: true }, signal) : null,
  ]);
  summary(status, learning);
  said = words?.items ?? [];
  if (now.total) drawIncidents(found, said, quiet(now), older);
}

function changed(): void {
  incidents = INCIDENTS;
  only = null;
  drawSeverity();
  if (!typing) filter.value = address.filter();
  byId("lanes").classList.add("waiting");
  void refresh();
}

function again(part: Part): Promise<void> {
  only = part;
  return refresh();
}

function older(): void {
  incidents += INCIDENTS;
  void again("incidents");
}

async function more(): Promise<void> {
  const before = address.rows();
  address.put("rows", String(address.moreRows()));
  await again("lanes");
  // On to the first of the new ones: the button may be gone.
  byId("lanes").querySelectorAll<HTMLElement>(".lanes-names a")[before]?.focus({ preventScroll: true });
}

function look(words: string): Promise<void> {
  clearTimeout(typing);
  typing = 0;
  address.put("q", words.trim(), "replace");
  return again("lanes");
}

/** Shows at once which of those that are there have these words; the others come a moment later. */
function narrow(text: string): void {
  const words = text.toLowerCase().split(/\s+/);
  const has = (name: string): boolean => words.every((word) => name.toLowerCase().includes(word));
  const items = lanes?.items.filter((lane) => has(lane.namespace)) ?? [];
  if (lanes && items.length) drawNamespaces({ ...lanes, items }, doing, "so far");
}

/** Enter: on to the only one that is left. */
async function take(event: KeyboardEvent): Promise<void> {
  if (event.key !== "Enter") return;
  await look(filter.value);
  if (lanes?.total === 1) byId("lanes").querySelector<HTMLElement>(".lanes-names a")?.click();
}

function clear(): void {
  filter.value = "";
  void look("");
  filter.focus();
}

const picker = new Picker(changed);
const drawSeverity = severities((least) => {
  incidents = INCIDENTS;
  address.put("severity", least);
  void again("incidents");
});
let looked = Number.NEGATIVE_INFINITY;
filter.value = address.filter();
filter.addEventListener("input", () => {
  clearTimeout(typing);
  narrow(filter.value);
  const find = (): void => {
    looked = performance.now();
    look(filter.value);
  };
  typing = window.setTimeout(find, Math.max(0, looked + TYPING - performance.now()));
});
filter.addEventListener("keydown", take);
shell();
const refresh = live(load);
