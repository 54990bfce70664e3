// One namespace: how much it logs and how badly, what was unusual, and the templates that its lines have.

import { get, list, namespacePath, Problem } from "../api/client";
import type {
  Anomaly,
  Change,
  Detectors,
  Feedback,
  Incident,
  Items,
  Levels,
  Namespace,
  Namespaces,
  Silence,
} from "../api/shapes";
import { may } from "../api/who";
import { suggestions, words } from "../findings/feedback";
import { anomalyPath, incidentPath } from "../findings/incidents";
import { holdingFor } from "../findings/silences";
import type { Moment } from "../findings/templatefilters";
import { TemplateList } from "../findings/templatelist";
import { type Drawn, drawScores, drawVolume } from "../namespace/charts";
import { lastRelease, marksOf } from "../namespace/marks";
import { drawFeedback, drawFindings } from "../namespace/people";
import { story } from "../namespace/story";
import { Picker } from "../time/picker";
import { columns, LENGTHS, type Range } from "../time/range";
import { byId, h, show } from "../ui/dom";
import { MINUTE, timeOf } from "../ui/format";
import { plain } from "../ui/hostile";
import { live } from "../ui/live";
import { namespacesKnown, shell } from "../ui/shell";

/** The name in the address; where that can't be read as text, what stands there, of which there is no namespace. */
function named(written: string): string {
  try {
    return decodeURIComponent(written);
  } catch {
    return written;
  }
}

const name = named(location.pathname.slice("/namespaces/".length));
const path = namespacePath(name);
const MOST_INCIDENTS = 200;
const MOST_ANOMALIES = 200;

let newest = Date.now();
let clicked: Pick<Drawn, "take"> = { take: () => {} };

const picker = new Picker(() => refresh());
const templates = new TemplateList({
  place: byId("templates"),
  note: byId("templates-note"),
  path: `${path}/templates`,
  range: () => picker.range,
  newest: () => newest,
  changed: () => refresh(),
});

const PARTS = ["volume", "scores", "incidents", "feedback", "templates"];

/** Shows only those parts of the page that there is something to say of. */
const parts = (...shown: readonly string[]): void => {
  for (const id of PARTS) byId(id).closest("section")!.hidden = !shown.includes(id);
};

/** Where the shown time ends: with the newest window; where nothing was logged for as long as is shown, with the last line. */
function ending(space: Namespace, closed: number): number {
  const last = space.last_line ? Date.parse(space.last_line) + MINUTE : closed;
  const { relative } = picker.range;
  return relative && closed - last > (LENGTHS[relative] ?? 0) ? last : closed;
}

function unknown(items: readonly Namespace[]): void {
  const known = items
    .map((found) => found.namespace)
    .slice(0, 8)
    .join(", ");
  parts();
  const absent = may("read", "*") ? "No line of it was read." : "No line of it was read, or you may not read it.";
  const message = known ? `${absent} There are: ${plain(known, 300)}.` : "No line was read yet.";
  show(byId("story"), known, () =>
    h(
      "div",
      { class: "empty" },
      h("h1", null, "No such namespace"),
      h("p", null, message),
      h("p", null, h("a", { href: "/" }, "Go to the overview")),
    ),
  );
}

/** A namespace that logs nothing, or whose logs are not read, and of which its metrics tell. */
async function drawWithoutLogs(signal: AbortSignal): Promise<void> {
  const { since, until } = picker.range;
  const { items } = await list<Incident>(`${path}/incidents`, { since, until }, MOST_INCIDENTS, signal);
  parts("incidents");
  const said = "No line of its logs was read. What is told of it is seen in its metrics.";
  show(byId("story"), name, () =>
    h("div", { class: "story" }, h("h1", null, plain(name, 120)), h("p", { class: "lead" }, said)),
  );
  drawFindings(items, [], []);
}

/** What happened in a column: the worst incident of it, or else the worst window. */
function opener(incidents: readonly Incident[], anomalies: readonly Anomaly[]): Drawn["take"] {
  return (from, until) => {
    const within = ({ start, end }: { start: string; end: string }): boolean =>
      Date.parse(start) < until && Date.parse(end) > from;
    const worst = <T extends { score: number; start: string; end: string }>(all: readonly T[]): T | undefined =>
      all.filter(within).sort((a, b) => b.score - a.score)[0];
    const [incident, anomaly] = [worst(incidents), worst(anomalies)];
    if (incident) location.assign(incidentPath(incident.id));
    else if (anomaly) location.assign(anomalyPath(anomaly.id));
  };
}

/** The charts, with what is marked in both; the open template is marked alike. */
async function drawCharts(space: Namespace, range: Range, signal: AbortSignal): Promise<readonly Incident[]> {
  const { since, until } = range;
  const width = byId("volume").clientWidth;
  const query = { since, until, buckets: columns(width) };
  const [levels, detectors, incidents, changes] = await Promise.all([
    get<Levels>(`${path}/levels`, query, signal),
    get<Detectors>(`${path}/detectors`, query, signal),
    list<Incident>(`${path}/incidents`, { since, until }, MOST_INCIDENTS, signal),
    get<Items<Change>>(`${path}/changes`, { since, until, limit: 200 }, signal),
  ]);
  const marks = marksOf(incidents.items, changes.items, range.start, range.end, width);
  const zoom = (from: number, to: number): void => picker.zoom(from, to);
  const drawn: Drawn = { range, marks, zoom, take: (from, to) => clicked.take(from, to) };
  templates.mark(marks);
  drawVolume(levels, drawn);
  const isLearning = space.state === "learning";
  show(byId("scores-note"), isLearning, () =>
    isLearning ? "begins when it has learned what is usual" : "click a bar to see why",
  );
  drawScores(detectors, drawn);
  const last = space.last_line ?? space.last_window;
  const isEmpty = !levels.total.some((count) => count);
  show(byId("volume-note"), [isEmpty, last], () =>
    isEmpty ? ["no line in this time; the last one is of ", timeOf(Date.parse(last))] : "drag over a time to zoom in",
  );
  return incidents.items;
}

/** The moments that templates can be new since, or gone. */
function moments(space: Namespace, release: { readonly time: number } | null): Moment[] {
  const model = space.model
    ? [{ key: "model", text: "the model’s training", time: Date.parse(space.model.trained_until) }]
    : [];
  return release ? [...model, { key: "last-deploy", text: "the last roll-out", time: release.time }] : model;
}

async function load(signal: AbortSignal): Promise<void> {
  document.title = `${plain(name, 80)} · drainwatch`;
  show(byId("crumbs"), name, () => [h("a", { href: "/" }, "Overview"), " / ", plain(name, 80)]);
  const { items, closed_until: closed } = await get<Namespaces>("/api/v1/namespaces", {}, signal);
  namespacesKnown(items.map((one) => one.namespace));
  const space = items.find((found) => found.namespace === name);
  newest = closed ? Date.parse(closed) : Date.now();
  if (!space) {
    picker.endsAt(newest);
    await drawWithoutLogs(signal).catch((error: unknown) => {
      if (!(error instanceof Problem) || error.status !== 404) throw error;
      unknown(items);
    });
    return;
  }
  parts(...PARTS);
  newest = ending(space, newest);
  picker.endsAt(newest);
  await drawAll(space, picker.range, signal);
}

/** The head, and what people said, which is given back. */
async function drawTold(space: Namespace, signal: AbortSignal): Promise<readonly Feedback[]> {
  const [said, silences, changes] = await Promise.all([
    words(name, signal),
    get<Items<Silence>>("/api/v1/silences", { active: true }, signal),
    get<Items<Change>>(`${path}/changes`, { limit: 100 }, signal),
  ]);
  const told = { space, said, silences: holdingFor(name, silences.items), release: lastRelease(changes.items) };
  show(byId("story"), [told, picker.range.relative ?? picker.range, Math.floor(Date.now() / MINUTE)], () =>
    story(told),
  );
  const isWaiting = templates.isWaiting;
  templates.tell(said, moments(space, told.release));
  // There is nothing to go by before something was marked.
  const isMarked = said.some((word) => word.kind !== "mute");
  const [suggested] = await Promise.all([
    isMarked ? suggestions(name, signal) : [],
    isWaiting ? templates.load(signal) : null,
  ]);
  drawFeedback(name, said, suggested, told.silences, refresh);
  return said;
}

async function drawAll(space: Namespace, range: Range, signal: AbortSignal): Promise<void> {
  const { since, until } = range;
  templates.newSince = space.model ? Date.parse(space.model.trained_until) : null;
  const [incidents, anomalies, said] = await Promise.all([
    drawCharts(space, range, signal),
    list<Anomaly>(`${path}/anomalies`, { since, until }, MOST_ANOMALIES, signal),
    drawTold(space, signal),
    templates.isWaiting ? null : templates.load(signal),
  ]);
  clicked = { take: opener(incidents, anomalies.items) };
  drawFindings(incidents, anomalies.items, said, space.state === "learning");
}

shell();
const refresh = live(load);
