// One incident, or one anomaly: what happened, why drainwatch thinks so, and the lines that show it. The time that is
// shown, the reason that is chosen and the detectors that are on stand in the address.

import { get, list, namespacePath, Problem } from "../api/client";
import type { Alert, Anomaly, Change, Detectors, Feedback, Items, Reason, Silence } from "../api/shapes";
import { actions, quieting } from "../findings/actions";
import {
  type Finding,
  isIncident,
  isInMetrics,
  surroundings,
  type Time,
  timeOfFinding,
  windowLength,
} from "../findings/around";
import { BEFORE, changeList, changesNear, partList, type Related, relatedList } from "../findings/beside";
import { Evidence, trendsOf, wholeTrend } from "../findings/evidence";
import { words } from "../findings/feedback";
import { anomalyPath } from "../findings/incidents";
import { choose, drawTrends, metricTable, reasonKey, reasonTable, type Trend } from "../findings/reasons";
import { drawScores, scoresOf } from "../findings/scorechart";
import { holdingFor } from "../findings/silences";
import { crumbs, sentenceOf, story, ways } from "../findings/story";
import { chosen, wider } from "../time/range";
import { byId, h, show } from "../ui/dom";
import { iso } from "../ui/format";
import { plain } from "../ui/hostile";
import { live } from "../ui/live";
import { tell } from "../ui/notice";
import { asked, keep } from "../ui/query";
import { onKey, shell } from "../ui/shell";

const [, kind = "incidents", rawId = ""] = location.pathname.split("/");
const path = `/api/v1/${kind}/${rawId}`;
const SPARKS = 60; // columns
const WHOLE = 5; // reasons of whole workloads whose trend is asked for, one request each

let finding: Finding;
let said: Feedback[] = [];
let silences: Silence[] = [];
let changes: Change[] = [];
let found: Detectors | null = null;
const evidence = new Evidence();

const shownTime = (): Time & { readonly chosen: boolean } =>
  surroundings(finding, new URLSearchParams(location.search));

/** Where nothing is known any more, or nothing was ever read, there is nothing to show: no fault. */
async function known<T>(asked: Promise<T>, without: T): Promise<T> {
  try {
    return await asked;
  } catch (error) {
    if (error instanceof Problem && error.status === 404) return without;
    throw error;
  }
}

// The head: what it is, what was said of it, what can be done.

function drawStory(alert: Alert | null): void {
  document.title = `${plain(sentenceOf(finding), 80)} · drainwatch`;
  show(byId("crumbs"), finding.namespace, () => crumbs(finding));
  show(byId("story"), [finding, alert], () => story(finding, alert));
  show(byId("ways"), finding.links, () => ways(finding));
}

const pickedReason = (): Reason | undefined =>
  finding.reasons.find((reason) => reasonKey(reason) === asked("reason")) ?? finding.reasons[0];

function drawVerdict(): void {
  const holding = holdingFor(finding.namespace, silences);
  const chosen = pickedReason();
  show(byId("verdict"), [said, holding, chosen?.template_id, finding.links.markdown], () =>
    actions(finding, chosen, said, holding, again),
  );
}

// Scores.

function drawScore(): void {
  if (!found) return;
  const time = shownTime();
  byId("score-section").hidden = false;
  byId("fit").hidden = !time.chosen;
  drawScores(byId("score"), byId("detectors"), found, {
    time,
    finding: timeOfFinding(finding),
    changes,
    zoom: (from, until) => goTo(chosen(from, until)),
    take: (from, until) => void openWindow(from, until).catch(tell),
  });
}

/** Opens the worst window of the column that was clicked; none where all of them were as usual. */
async function openWindow(from: number, until: number): Promise<void> {
  const asked = { since: iso(from), until: iso(until) };
  const { items } = await list<Anomaly>(`${namespacePath(finding.namespace)}/anomalies`, asked);
  const [worst] = items.sort((a, b) => b.score - a.score);
  if (worst && worst.id !== finding.id) location.assign(anomalyPath(worst.id));
}

const goTo = (time: Time | null): void => {
  keep({ since: time ? iso(time.start) : "", until: time ? iso(time.end) : "" }, true);
  void again();
};

const zoomOut = (): void => {
  const { start, end } = shownTime();
  goTo(wider({ relative: null, start, end }, Date.now()));
};

// Reasons.

async function pick(place: number): Promise<void> {
  const reason = finding.reasons[place];
  if (!reason) return;
  keep({ reason: place === 0 ? "" : reasonKey(reason) });
  drawVerdict();
  await drawEvidence();
}

async function drawEvidence(signal?: AbortSignal): Promise<void> {
  const reason = pickedReason();
  if (!reason) return;
  choose(byId("reasons"), finding.reasons.indexOf(reason), evidence.place);
  await evidence.show(finding.namespace, reason, shownTime(), timeOfFinding(finding), windowLength(finding), signal);
}

function drawReasons(): void {
  const { reasons } = finding;
  byId("reasons-section").hidden = false;
  byId("reasons-note").hidden = isInMetrics(finding) || reasons.length < 2;
  if (isInMetrics(finding)) show(byId("reasons"), reasons, () => metricTable(reasons));
  else
    show(byId("reasons"), [reasons, said], () =>
      reasons.length
        ? reasonTable(reasons, {
            span: windowLength(finding),
            pick: (place) => void pick(place).catch(tell),
            beside: (reason) => quieting(reason, finding.namespace, said, again),
          })
        : h("p", { class: "empty" }, "No reasons were kept for this finding."),
    );
}

/** How each reason went, by its key. */
async function sparks(signal: AbortSignal): Promise<Map<string, Trend>> {
  const { reasons, namespace } = finding;
  const time = shownTime();
  const whole = reasons.filter((reason) => !reason.template_id).slice(0, WHOLE);
  const [trends, ...others] = await Promise.all([
    known(trendsOf(namespace, reasons, time, SPARKS, signal), new Map<string, Trend>()),
    ...whole.map((reason) => known<Trend | null>(wholeTrend(namespace, reason, time, SPARKS, signal), null)),
  ]);
  const all = new Map(trends);
  whole.forEach((reason, place) => {
    const trend = others[place];
    if (trend) all.set(reasonKey(reason), trend);
  });
  return all;
}

// What was beside it.

/** Of a namespace with metrics there may be no logs, and nothing to ask for. */
async function changesAround(signal: AbortSignal): Promise<Change[]> {
  if (isInMetrics(finding)) return [];
  const [{ start, end }, time] = [timeOfFinding(finding), shownTime()];
  const asked = { since: iso(Math.min(time.start, start - BEFORE)), until: iso(Math.max(time.end, end)) };
  const all = list<Change>(`${namespacePath(finding.namespace)}/changes`, asked, 300, signal);
  return (await known(all, { items: [], more: false })).items;
}

async function drawBeside(signal: AbortSignal): Promise<void> {
  const { start, end } = timeOfFinding(finding);
  changes = await changesAround(signal);
  const near = changesNear(changes, finding.change, { start, end });
  byId("before-section").hidden = isInMetrics(finding) && !near.length;
  show(byId("before"), near, () => changeList(near, { start, end }));
  drawScore();
}

async function drawRelated(signal: AbortSignal): Promise<void> {
  const { related } = finding.links;
  byId("related-section").hidden = !related;
  if (!related) return;
  const { items } = await known(get<Items<Related>>(related, {}, signal), { items: [] });
  show(byId("related"), items, () => relatedList(items));
}

function drawParts(): void {
  const parts = isIncident(finding) ? finding.parts : [];
  byId("parts-section").hidden = !parts?.length;
  show(byId("parts"), parts ?? [], () => partList(parts ?? []));
}

const unknown = (error: Problem): HTMLElement =>
  h(
    "div",
    { class: "empty" },
    h("h1", null, "Not here"),
    h("p", null, error.message),
    h("p", null, "Findings are pruned with age. ", h("a", { href: "/" }, "Go to the overview"), "."),
  );

async function drawSaid(signal: AbortSignal): Promise<void> {
  const quiet = get<Items<Silence>>("/api/v1/silences", { active: true }, signal);
  const heard = isInMetrics(finding) ? Promise.resolve([]) : words(finding.namespace, signal);
  [said, { items: silences }] = await Promise.all([heard, quiet]);
  drawVerdict();
  drawReasons();
}

/** Everything that only findings in logs have; the table of reasons is there once it is known what was said of them. */
async function drawLogs(heard: Promise<void>, signal: AbortSignal): Promise<void> {
  const { namespace, reasons } = finding;
  const scores = known<Detectors | null>(scoresOf(namespace, shownTime(), signal), null).then((answer) => {
    found = answer;
    drawScore();
  });
  const drawn = Promise.all([sparks(signal), heard]).then(([trends]) =>
    drawTrends(byId("reasons"), reasons, trends, timeOfFinding(finding), windowLength(finding)),
  );
  await Promise.all([scores, drawn, heard.then(() => drawEvidence(signal))]);
}

async function load(signal: AbortSignal): Promise<void> {
  try {
    finding = await get<Finding>(path, {}, signal);
  } catch (error) {
    if (!(error instanceof Problem) || (error.status !== 404 && error.status !== 422)) throw error;
    show(byId("story"), error.message, () => unknown(error));
    return;
  }
  drawStory(null);
  drawParts();
  const { alert } = finding.links;
  const heard = drawSaid(signal);
  await Promise.all([
    heard,
    alert ? known<Alert | null>(get(alert, {}, signal), null).then(drawStory) : null,
    drawBeside(signal),
    drawRelated(signal),
    isInMetrics(finding) ? null : drawLogs(heard, signal),
  ]);
  performance.mark("drainwatch:ready");
}

shell();
onKey("e", "expected…", () => document.getElementById("say-expected")?.click(), "feedback");
byId("wider").addEventListener("click", zoomOut);
byId("fit").addEventListener("click", () => goTo(null));
addEventListener("popstate", () => void again());
const again = live(load);
