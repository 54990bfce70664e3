// The first page: which namespace misbehaves, when, and where to look next.

import { get, keepFresh, list, namespacePath } from "./api.js";
import { byId, h, show } from "./dom.js";
import { mutesAll } from "./feedback.js";
import { number, plural, timeOf } from "./format.js";
import { freshness } from "./freshness.js";
import { heatmap } from "./heatmap.js";
import { incidentList, worstFirst } from "./incidents.js";
import { partitions } from "./partitions.js";
import { chooser, chosen, newest, span } from "./range.js";

const REFRESH_SECONDS = 5;

// What a reader can do about lines that don't count; the other reasons need a look at the files.
const REMEDIES = { no_time: "Nothing says when they were written, with date and zone. If only the zone is missing, name it: drainwatch run --timezone UTC" };

function uncounted({ read, dropped }) {
  const reasons = Object.entries(dropped).sort(([, a], [, b]) => b - a);
  return h("div", { class: "empty" },
    h("h3", null, "No line could be counted"),
    h("p", null, `${number(read)} lines read, dropped as ${reasons.map(([reason, count]) => `${reason} (${number(count)})`).join(", ")}.`),
    REMEDIES[reasons[0][0]] ? h("p", null, REMEDIES[reasons[0][0]]) : null);
}

function nothingYet(status) {
  const { records, dropped } = status.tally;
  if (!records && Object.keys(dropped).length) return uncounted(status.tally);
  const busy = status.tally.read > 0;
  return h("div", { class: "empty" },
    h("h3", null, busy ? "Reading the first lines" : "No log lines yet"),
    h("p", null, busy
      ? `${number(status.tally.read)} lines read; namespaces appear here when their first window closes, within two minutes.`
      : ["Point drainwatch at container logs: ", h("code", null, "drainwatch run /var/log/containers"), ". Or look at the demo: ", h("code", null, "drainwatch demo"), "."]));
}

function quiet(namespaces) {
  const learning = namespaces.filter((n) => n.state === "learning");
  if (namespaces.length && learning.length === namespaces.length) {
    const until = Math.max(...learning.map((n) => (n.learning_until ? Date.parse(n.learning_until) : 0)));
    return h("p", { class: "empty" }, "Still learning what is usual", until ? [" until ", timeOf(until)] : null, ". Findings appear after that.");
  }
  return h("p", { class: "empty" }, "Nothing to tell in this time. All that was logged is as usual; a longer range may show more.");
}

async function opened(namespace, start, end) {
  const when = { since: new Date(start).toISOString(), until: new Date(end).toISOString() };
  const path = namespacePath(namespace);
  const { items } = await get(`${path}/anomalies`, { ...when, limit: 100 });
  const worst = items.sort((a, b) => b.score - a.score)[0];
  if (worst?.incident) location.href = `/incidents/${worst.incident}`;
  else if (worst) location.href = `/anomalies/${worst.id}`;
  else location.href = `/namespaces/${encodeURIComponent(namespace)}${location.search}`;
}

function drawIncidents({ items, more }, namespaces, said) {
  const shown = worstFirst(items);
  show(byId("incidents"), [shown, said, namespaces.map((n) => n.state)], () => (shown.length ? incidentList(shown, { withNamespace: true, said }) : quiet(namespaces)));
  const count = shown.length ? `${plural(shown.length, "incident")}${more ? " and more" : ""}, worst first` : "";
  show(byId("incidents-note"), count, () => count);
}

async function load(signal) {
  const [status, { items: namespaces, closed_until }] = await Promise.all([get("/api/v1/status", {}, signal), get("/api/v1/namespaces", {}, signal)]);
  freshness(status);
  partitions(status);
  if (!namespaces.length) {
    show(byId("heat"), status.tally.read, () => nothingYet(status));
    show(byId("incidents"), "none", () => h("p", { class: "empty" }, "Nothing to tell yet."));
    return;
  }
  const closed = newest(namespaces, closed_until);
  const range = { ...span(closed), closed };
  const last = closed_until && closed < Date.parse(closed_until) ? closed : null;
  show(byId("heat-note"), last, () => (last ? ["the last there is: nothing was logged since ", timeOf(last)] : ""));
  const { since, until, buckets } = range;
  const [scores, incidents, said] = await Promise.all([
    get("/api/v1/scores", { since, until, buckets }, signal),
    list("/api/v1/incidents", { since, until }, 200, signal),
    get("/api/v1/feedback", {}, signal),
  ]);
  document.title = `Overview, ${chosen()} · drainwatch`;
  heatmap(byId("heat"), namespaces, new Set(said.items.filter(mutesAll).map((word) => word.namespace)), scores, range, opened);
  drawIncidents(incidents, namespaces, said.items);
}

const refresh = keepFresh(load, REFRESH_SECONDS);
chooser(refresh);
