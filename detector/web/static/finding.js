// One incident, or one anomaly: what happened, why drainwatch thinks so, and the lines that show it.

import { get, keepFresh, namespacePath } from "./api.js";
import { byId, h, show } from "./dom.js";
import { countSteps, draw, layout, scoreBars, strip, timeAxis } from "./charts.js";
import { MINUTE, duration, period, plural, timeOf, told, wall } from "./format.js";
import { askMuteTemplate, silenced, verdict, words } from "./feedback.js";
import { freshness } from "./freshness.js";
import { plain } from "./hostile.js";
import { anomalySentence } from "./incidents.js";
import { expected, metricTable, reasonTable, samples } from "./reasons.js";
import { colour, plate } from "./severity.js";

const [, kind, rawId] = location.pathname.split("/");
const path = `/api/v1/${kind}/${rawId}`;
let picked = 0;
let finding = null;
let said = [];

const inMetrics = () => finding.source === "metrics";
const spaceLink = (name) => h("a", { href: `/namespaces/${encodeURIComponent(name)}` }, plain(name, 80));
const start = () => Date.parse(finding.start);
const end = () => Date.parse(finding.end);

function windowLength() {
  const [first] = finding.windows ?? [finding];
  return first ? Date.parse(first.end) - Date.parse(first.start) : MINUTE;
}

/** The finding with room around it, so that one sees what was usual before. */
function surroundings() {
  const before = Math.max(45 * MINUTE, 2 * (end() - start()));
  const step = windowLength();
  const floor = (time) => Math.floor(time / step) * step;
  return { since: floor(start() - before), until: floor(end() + before / 2) };
}

function story() {
  const said = finding.summary ? told(finding.summary) : anomalySentence(finding);
  document.title = `${plain(said, 80)} · drainwatch`;
  byId("crumbs").replaceChildren(h("a", { href: "/" }, "Overview"), " / ", spaceLink(finding.namespace), " / ", kind === "incidents" ? "incident" : "anomaly");
  const whole = finding.incident ?? finding.part_of;
  const related = whole ? h("a", { href: `/incidents/${encodeURIComponent(whole)}` }, finding.incident ? "its incident" : "part of an incident in the logs") : null;
  return h("div", { class: "story" },
    h("h1", null, plain(said, 400)),
    h("p", { class: "meta big" },
      plate(finding.score, finding.severity), spaceLink(finding.namespace), period(start(), end()), h("span", null, duration(end() - start())),
      finding.anomalies && !inMetrics() ? h("span", null, plural(finding.anomalies, "anomalous window")) : null,
      finding.open ? h("span", { class: "chip open" }, "ongoing") : null, related, whatChanged(), ofAlert(), h("a", { href: finding.links.self }, "JSON")));
}

/** The page that holds the logs since just before it began against those before. */
function whatChanged() {
  const link = finding.links.changes;
  return link ? h("a", { href: `/changes${link.slice(link.indexOf("?"))}` }, "What changed?") : null;
}

/** The alert that it is in: who was told of it, and the way to have peace from it. */
const ofAlert = () => (finding.links.alert ? h("a", { href: finding.links.alert.replace("/api/v1", "") }, "Who was told?") : null);

async function drawScore(signal) {
  const { since, until } = surroundings();
  const scores = await get("/api/v1/scores", { namespace: finding.namespace, since: new Date(since).toISOString(), until: new Date(until).toISOString() }, signal);
  const row = scores.rows.find((found) => found.namespace === finding.namespace);
  const points = (row?.times ?? []).map((time, place) => ({ time: Date.parse(time), score: row.scores[place] }));
  byId("score-section").hidden = false;
  return draw(byId("score"), () => ({
    data: [scoreBars(points, scores.step_seconds * 1000)],
    options: layout(130, { xaxis: timeAxis(since, until), yaxis: { range: [0, 100], tickvals: [0, 25, 50, 75] }, shapes: [strip(start(), end())] }),
  }));
}

const threshold = (value) => ({ type: "line", xref: "x", x0: wall(start()), x1: wall(end()), y0: value, y1: value, line: { color: colour("expected"), width: 1, dash: "dot" } });

async function drawCounts(reason, signal) {
  const { since, until } = surroundings();
  const which = reason.template_id ? { template: reason.template_id } : reason.workload ? { workload: reason.workload } : {};
  const when = { since: new Date(since).toISOString(), until: new Date(until).toISOString() };
  const counts = await get(`${namespacePath(finding.namespace)}/counts`, { ...when, ...which }, signal);
  // A reason may cover several windows; the chart shows one window a step.
  const [low, high] = [reason.expected_low / reason.windows, reason.expected_high / reason.windows];
  const band = { ...strip(start(), end(), "expected", 0.28), yref: "y", y0: low, y1: high };
  show(byId("evidence-note"), [reason.template, reason.windows], () => `lines a window; expected ${expected(reason)}${reason.windows > 1 ? ` in ${reason.windows} windows` : ""}`);
  return draw(byId("counts"), () => ({
    data: [countSteps(counts.counts, Date.parse(counts.start), counts.step_seconds * 1000)],
    options: layout(190, { xaxis: timeAxis(since, until), shapes: [strip(start(), end()), band, threshold(low), threshold(high)] }),
  }));
}

async function drawEvidence(signal) {
  const reason = finding.reasons[picked];
  if (!reason) return;
  byId("evidence-section").hidden = false;
  show(byId("samples"), reason, () => samples(reason));
  await drawCounts(reason, signal).catch((error) => {
    // A template that was pruned meanwhile has no counts; its lines can still be read.
    if (error.status !== 404) throw error;
    byId("counts").hidden = true;
  });
}

/** What metrics showed at the time of an incident in the logs. */
function drawParts() {
  const parts = finding.parts ?? [];
  const when = (part) => h("a", { href: `/incidents/${encodeURIComponent(part.id)}` }, period(Date.parse(part.start), Date.parse(part.end)));
  byId("parts-section").hidden = !parts.length;
  show(byId("parts"), parts, () => parts.map((part) => [
    h("p", { class: "meta big" }, plate(part.score, part.severity), when(part), part.open ? h("span", { class: "chip open" }, "ongoing") : null),
    metricTable(part.reasons),
  ]));
}

function drawReasons() {
  const { reasons } = finding;
  byId("reasons-section").hidden = false;
  byId("reasons-note").hidden = inMetrics();
  if (inMetrics()) return show(byId("reasons"), reasons, () => metricTable(reasons));
  show(byId("reasons"), [reasons, picked, said], () => (reasons.length ? reasonTable(reasons, windowLength(), picked, pick, quieting) : h("p", { class: "empty" }, "No reasons were kept for this finding.")));
}

/** Beside a reason: what keeps its template quiet, or the way to have it so. */
function quieting(reason) {
  if (!reason.template_id) return null;
  const word = said.find((one) => one.active && one.kind === "mute" && one.template === reason.template_id);
  if (word) return h("span", { class: "chip", title: word.note || null }, "muted");
  const mute = (event) => (event.stopPropagation(), askMuteTemplate(reason.template_id, reason.template, again));
  return h("button", { type: "button", class: "action small", onclick: mute }, "Mute…");
}

const heard = () => (inMetrics() ? null : kind === "incidents" ? verdict(finding.id, said, again) : finding.suppressed_by ? silenced(finding.suppressed_by, said, again) : null);

async function pick(place) {
  picked = place;
  drawReasons();
  await drawEvidence();
}

function unknown(error) {
  return h("div", { class: "empty" }, h("h1", null, "Not here"), h("p", null, error.message, " "), h("p", null, "Findings are pruned with age. ", h("a", { href: "/" }, "Go to the overview"), "."));
}

async function load(signal) {
  const status = get("/api/v1/status", {}, signal).then(freshness);
  try {
    finding = await get(path, {}, signal);
    said = inMetrics() ? [] : await words(finding.namespace, signal);
  } catch (error) {
    if (error.status !== 404 && error.status !== 422) throw error;
    show(byId("story"), error.message, () => unknown(error));
    return;
  }
  show(byId("story"), finding, story);
  show(byId("verdict"), said, () => [heard()]);
  drawReasons();
  drawParts();
  if (inMetrics()) return status;
  await Promise.all([drawScore(signal), drawEvidence(signal), status]);
}

const again = keepFresh(load, 15);
