// What changed: a namespace's logs since a roll-out (or any time) held against those before.

import { get, keepFresh, namespacePath } from "./api.js";
import { byId, h, show, svg } from "./dom.js";
import { countSteps, draw, layout, strip, timeAxis } from "./charts.js";
import { bound, exact, number, period, plural, timeOf, wall } from "./format.js";
import { freshness } from "./freshness.js";
import { plain, template, visible } from "./hostile.js";
import { colour } from "./severity.js";

const WIDTH = 160;
const SINCE = { "last-deploy": "last roll-out", "-1h": "1h", "-6h": "6h", "-24h": "24h" };
const KINDS = { new: "never seen before", more: "more often", fewer: "less often", gone: "not any more" };
const asked = new URLSearchParams(location.search);
const name = asked.get("namespace") ?? "";
let picked = 0;
let found = null;

const chosen = () => asked.get("since") ?? "last-deploy";
const spaceLink = () => h("a", { href: `/namespaces/${encodeURIComponent(name)}` }, plain(name, 80));
const time = (key) => Date.parse(found[key]);

function chooser() {
  const href = (since) => `/changes?${new URLSearchParams({ namespace: name, since })}`;
  return Object.entries(SINCE).map(([since, text]) => h("a", { href: href(since), "aria-current": since === chosen() && !asked.get("until") ? "true" : null }, text));
}

const changeRow = (change, isAsked) =>
  h("li", null, timeOf(Date.parse(change.time)), h(isAsked ? "b" : "span", { title: [change.before, change.after].filter(Boolean).join(" → ") }, plain(change.summary, 300)));

function story() {
  const release = new Set(found.release.map((change) => change.id));
  const others = found.changes.filter((change) => !release.has(change.id));
  return h("div", { class: "story" },
    h("h1", null, "What changed in ", plain(name, 120)),
    h("p", { class: "meta big" }, period(time("since"), time("until")), h("span", null, "held against"), period(time("before_since"), time("since")), h("a", { href: found.links.self }, "JSON")),
    found.changes.length || found.release.length
      ? h("ol", { class: "changes" }, found.release.map((change) => changeRow(change, true)), others.slice(0, 12).map((change) => changeRow(change, false)), others.length > 12 ? h("li", null, `and ${plural(others.length - 12, "more change")}`) : null)
      : h("p", { class: "lead" }, "No change of a workload shows in its lines in this time."));
}

/** How often: the bar of what was expected above the one of what came. */
function gauge(one) {
  const most = Math.max(one.expected, one.after, 1) * 1.05;
  const wide = (value) => Math.max((value / most) * (WIDTH - 8), value > 0 ? 1.5 : 0);
  return svg("svg", { class: "gauge", viewBox: `0 0 ${WIDTH} 18`, width: WIDTH, height: 18, role: "img", "aria-label": `${number(one.after)} lines, ${bound(one.expected)} expected` },
    svg("line", { class: "rail", x1: 4, x2: 4, y1: 0, y2: 18 }),
    svg("rect", { class: "band", x: 4, width: wide(one.expected), y: 1, height: 7, rx: 1 }),
    svg("rect", { class: `came ${one.kind}`, x: 4, width: wide(one.after), y: 10, height: 7, rx: 1 }));
}

function times(one) {
  if (one.lift === null) return "–";
  if (one.lift === 0) return "0";
  return one.lift >= 1 ? `${one.lift >= 100 ? number(one.lift) : one.lift.toFixed(1)} ×` : `1/${(1 / one.lift).toFixed(1)}`;
}

const chance = (value) => (value > 0.1 ? "may well be" : value < 1e-6 ? "under 1 in 1,000,000" : `1 in ${exact(Math.round(1 / value))}`);
const rate = (lines, windows) => (lines > 0 && lines < windows ? String(Number((lines / windows).toPrecision(2))) : bound(windows ? lines / windows : 0));

function row(one, place) {
  return h("tr", { class: [place === picked ? "picked" : "", one.certain ? "" : "over"].join(" ").trim() || null, onclick: () => pick(place) },
    h("td", { class: "kind" }, h("span", { class: `kind-${one.kind}`, title: KINDS[one.kind] }, one.kind)),
    h("td", { class: "what" },
      h("button", { type: "button", id: `difference-${place}`, "aria-pressed": String(place === picked) }, template(one.template)),
      h("p", { class: "meta" }, h("span", null, visible(one.workload, 80)), one.level ? h("span", { class: `level ${one.level}` }, one.level) : null, h("span", { class: "example", dir: "ltr" }, visible(one.example, 300)))),
    h("td", { class: "versus" }, gauge(one), h("p", { class: "meta" }, h("b", null, number(one.after)), ` line${one.after === 1 ? "" : "s"}, ${one.expected > 0 ? rate(one.expected, 1) : "none"} expected; a window ${rate(one.before, one.windows_before)} → ${rate(one.after, one.windows_after)}`)),
    h("td", { class: "part", title: "how often, measured by what was expected; by chance, among so many templates" }, h("b", null, times(one)), h("p", { class: "meta" }, chance(one.chance))));
}

function drawDifferences() {
  byId("differences-section").hidden = false;
  show(byId("differences"), [found.differences, picked], () => found.differences.length
    ? h("table", { class: "reasons" },
        h("thead", null, h("tr", null, h("th", null, "Kind"), h("th", null, "Template, a line of it"), h("th", null, "Expected and seen"), h("th", null, "Times, by chance"))),
        h("tbody", null, found.differences.map(row)))
    : h("p", { class: "empty" }, "Nothing that chance and load don't explain: the same templates, as often as before."));
}

async function drawEvidence(signal) {
  const one = found.differences[picked];
  byId("evidence-section").hidden = !one;
  if (!one) return;
  const when = { since: found.before_since, until: found.until, template: one.template_id };
  const counts = await get(`${namespacePath(name)}/counts`, when, signal);
  show(byId("evidence-note"), [one, picked], () => [`${exact(one.before)} in ${plural(one.windows_before, "window")} before, ${exact(one.after)} in ${plural(one.windows_after, "window")} after`]);
  show(byId("samples"), one, () => [h("h3", null, "What such a line looks like"), h("ol", { class: "samples" }, h("li", null, h("pre", { dir: "ltr", tabindex: "0" }, visible(one.example, 4000))))]);
  const edge = (at) => ({ type: "line", xref: "x", yref: "paper", x0: wall(at), x1: wall(at), y0: 0, y1: 1, line: { color: colour("mark"), width: 1.5, dash: "dot" } });
  await draw(byId("counts"), () => ({
    data: [countSteps(counts.counts, Date.parse(counts.start), counts.step_seconds * 1000)],
    options: layout(190, { xaxis: timeAxis(time("before_since"), time("until")), shapes: [strip(time("since"), time("until")), ...found.release.map((change) => edge(Date.parse(change.time)))] }),
  }));
}

async function pick(place) {
  picked = place;
  drawDifferences();
  await drawEvidence();
}

/** No roll-out was seen, or nothing before: said with the way on. */
function without(error) {
  byId("differences-section").hidden = true;
  byId("evidence-section").hidden = true;
  return h("div", { class: "story" }, h("h1", null, "What changed in ", plain(name, 120)), h("p", { class: "lead" }, error.message));
}

async function load(signal) {
  const status = get("/api/v1/status", {}, signal).then(freshness);
  document.title = `What changed in ${plain(name, 60)} · drainwatch`;
  byId("crumbs").replaceChildren(h("a", { href: "/" }, "Overview"), " / ", spaceLink(), " / ", "what changed");
  show(byId("since"), [location.search], chooser);
  try {
    found = await get("/api/v1/changes", { namespace: name, since: chosen(), until: asked.get("until") }, signal);
  } catch (error) {
    if (error.status !== 404 && error.status !== 422) throw error;
    show(byId("story"), error.message, () => without(error));
    await status;
    return;
  }
  picked = Math.min(picked, Math.max(0, found.differences.length - 1));
  show(byId("story"), [found.since, found.until, found.before_since, found.release, found.changes], story);
  drawDifferences();
  await Promise.all([drawEvidence(signal), status]);
}

keepFresh(load, 30);
