// One namespace: how much it logs, what was unusual, and the templates that its lines have.

import { get, keepFresh, list, namespacePath } from "./api.js";
import { byId, h, show } from "./dom.js";
import { countSteps, draw, layout, scoreBars, strip, timeAxis } from "./charts.js";
import { duration, exact, learned, number, plural, timeOf } from "./format.js";
import { askMuteNamespace, mutesAll, suggestionList, suggestions, wordList, words } from "./feedback.js";
import { freshness } from "./freshness.js";
import { plain, visible } from "./hostile.js";
import { anomalyList, incidentList, worstFirst } from "./incidents.js";
import { chooser, newest, span } from "./range.js";
import { askSilence, holdingFor, silenceList, subjectsOf } from "./silences.js";
import { TemplateList } from "./templates.js";
import { plate } from "./severity.js";

const name = decodeURIComponent(location.pathname.slice("/namespaces/".length));
const path = namespacePath(name);
const templates = new TemplateList(name);

const USUAL = 10; // windows below this are not kept as anomalies

const fact = (term, value, title = null) => h("div", null, h("dt", null, term), h("dd", { title }, value));

function lead(space) {
  if (space.state === "learning") {
    if (!space.learning_until) return h("p", { class: "lead" }, "Still learning what is usual.");
    return h("div", { class: "lead" },
      "Still learning what is usual: ", learned(space), ", scores begin at ", timeOf(Date.parse(space.learning_until)), ".",
      h("progress", { max: space.learning_windows, value: space.windows, "aria-label": "learned" }));
  }
  if (space.state === "silent") return h("p", { class: "lead" }, "No line since ", timeOf(Date.parse(space.last_line ?? space.last_window)), ". If it was not taken down, look at its pods and at the log shipper.");
  return null;
}

function story(space, said) {
  const model = space.model;
  return h("div", { class: "story" },
    h("h1", null, plain(name, 120), " ", h("span", { class: `chip ${space.state}` }, space.state), said.some(mutesAll) ? [" ", h("span", { class: "chip muted" }, "muted")] : null),
    h("p", { class: "meta big" }, h("a", { href: `/changes?${new URLSearchParams({ namespace: name })}` }, "What changed since the last roll-out?")),
    lead(space),
    h("dl", { class: "facts" },
      space.state === "learning" ? null : fact("Score now", space.last_score < USUAL ? "as usual" : plate(space.last_score, space.severity)),
      fact("Lines", number(space.lines), exact(space.lines)),
      fact("Templates", number(space.templates)),
      fact("First line", timeOf(Date.parse(space.first_window))),
      model ? fact("Learned from", `${duration(Date.parse(model.trained_until) - Date.parse(model.trained_from))}, ${plural(model.windows, "window")}`, `model ${model.version}`) : null),
    space.unwell.map((advice) => h("p", { class: "advice" }, visible(advice, 600))));
}

/** Counts summed so that a week is not ten thousand points. */
function thinned(counts, most = 360) {
  const by = Math.max(1, Math.ceil(counts.counts.length / most));
  const sums = [];
  for (let place = 0; place < counts.counts.length; place += by) sums.push(counts.counts.slice(place, place + by).reduce((sum, count) => sum + count, 0));
  return { sums, step: counts.step_seconds * 1000 * by, by };
}

async function drawVolume(range, incidents, signal) {
  const { since, until, buckets } = range;
  const [counts, scores] = await Promise.all([
    get(`${path}/counts`, { since, until }, signal),
    get("/api/v1/scores", { since, until, buckets, namespace: name }, signal),
  ]);
  const { sums, step } = thinned(counts);
  const row = scores.rows.find((found) => found.namespace === name);
  const points = (row?.times ?? []).map((time, place) => ({ time: Date.parse(time), score: row.scores[place] }));
  byId("volume").removeAttribute("aria-busy");
  await draw(byId("volume"), () => ({
    data: [countSteps(sums, Date.parse(counts.start), step), { ...scoreBars(points, scores.step_seconds * 1000), yaxis: "y2" }],
    options: layout(240, {
      xaxis: { ...timeAxis(range.start, range.end), anchor: "y2" },
      yaxis: { domain: [0.36, 1], title: { text: `lines in ${duration(step)}`, font: { size: 11 } } },
      yaxis2: { ...layout(0).yaxis, domain: [0, 0.24], range: [0, 100], tickvals: [0, 50, 100], title: { text: "score", font: { size: 11 } } },
      margin: { l: 60, r: 16, t: 14, b: 26 },
      shapes: incidents.map((incident) => strip(Date.parse(incident.start), Date.parse(incident.end), incident.severity)),
    }),
  }));
}

function drawFindings(incidents, anomalies, said) {
  const quiet = anomalies.filter((anomaly) => anomaly.suppressed_by);
  const lesser = anomalies.filter((anomaly) => !anomaly.incident && !anomaly.suppressed_by).sort((a, b) => b.score - a.score).slice(0, 50);
  show(byId("incidents"), [incidents, lesser, quiet, said], () => [
    incidents.length ? incidentList(worstFirst(incidents), { withNamespace: false, said }) : h("p", { class: "empty" }, "No incident in this time."),
    quiet.length ? h("details", null, h("summary", null, `${plural(quiet.length, "window")} kept quiet by feedback`), anomalyList(quiet, { withNamespace: false })) : null,
    lesser.length ? h("details", null, h("summary", null, `${plural(lesser.length, "window")} below the threshold for an incident`), anomalyList(lesser, { withNamespace: false })) : null,
  ]);
}

function drawFeedback(said, suggested, silences) {
  const whole = said.find(mutesAll);
  const silent = holdingFor(name, silences);
  templates.said = said;
  show(byId("feedback"), [said, suggested, silent, Math.floor(Date.now() / 60_000)], () => [
    suggestionList(suggested, refresh),
    silent.length ? silenceList(silent, refresh) : null,
    said.length ? wordList(said, refresh) : h("p", { class: "empty" }, "Nothing yet. Mark incidents as expected or real where they are shown; mute a template below."),
    h("p", { class: "tools" }, whole ? null : h("button", { type: "button", class: "action", id: "mute-namespace", onclick: () => askMuteNamespace(name, refresh) }, "Mute this namespace…"),
      h("button", { type: "button", class: "action", id: "silence", onclick: () => askSilence(subjectsOf([name]), refresh) }, "Silence…"), h("span", null, "Muted, it makes no incident; silenced, nobody is told of it for a time.")),
  ]);
}

const hide = (...ids) => ids.forEach((id) => (byId(id).closest("section").hidden = true));

function unknown(items) {
  const known = items.map((found) => found.namespace).slice(0, 8).join(", ");
  show(byId("story"), known, () => {
    hide("volume", "incidents", "templates", "feedback");
    const message = known ? `No line of it was read. There are: ${plain(known, 300)}.` : "No line was read yet.";
    return h("div", { class: "empty" }, h("h1", null, "No such namespace"), h("p", null, message), h("p", null, h("a", { href: "/" }, "Go to the overview")));
  });
}

/** A namespace that logs nothing, or whose logs are not read, and of which its metrics tell. */
async function drawWithoutLogs(signal) {
  const { since, until } = span(null);
  const { items } = await list(`${path}/incidents`, { since, until }, 200, signal);
  show(byId("story"), name, () => {
    hide("volume", "templates", "feedback");
    return h("div", { class: "story" }, h("h1", null, plain(name, 120)), h("p", { class: "lead" }, "No line of its logs was read. What is told of it is seen in its metrics."));
  });
  drawFindings(items, [], []);
}

async function load(signal) {
  const [status, { items, closed_until }] = await Promise.all([get("/api/v1/status", {}, signal), get("/api/v1/namespaces", {}, signal)]);
  freshness(status);
  document.title = `${plain(name, 80)} · drainwatch`;
  byId("crumbs").replaceChildren(h("a", { href: "/" }, "Overview"), " / ", plain(name, 80));
  const space = items.find((found) => found.namespace === name);
  if (!space) {
    try {
      await drawWithoutLogs(signal);
    } catch (error) {
      if (error.status !== 404) throw error;
      unknown(items);
    }
    return;
  }
  templates.newSince = space.model ? Date.parse(space.model.trained_until) : null;
  const range = span(newest([space], closed_until));
  const { since, until } = range;
  const [said, silences] = await Promise.all([words(name, signal), get("/api/v1/silences", { active: true }, signal)]);
  show(byId("story"), [space, said.map(mutesAll), Math.floor(Date.now() / 60_000)], () => story(space, said));
  // There is nothing to go by before something was marked.
  drawFeedback(said, said.some((word) => word.kind !== "mute") ? await suggestions(name, signal) : [], silences.items);
  const [incidents, anomalies] = await Promise.all([
    list(`${path}/incidents`, { since, until }, 200, signal),
    list(`${path}/anomalies`, { since, until }, 500, signal),
    templates.load(signal),
  ]);
  drawFindings(incidents.items, anomalies.items, said);
  await drawVolume(range, incidents.items, signal);
}

const refresh = keepFresh(load, 10);
templates.changed = refresh;
chooser(refresh);
