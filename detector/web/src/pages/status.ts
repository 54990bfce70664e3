// How the service is doing: how far it has read, what became of every line, where it keeps what, who was told.

import { get } from "../api/client";
import type { Status } from "../api/shapes";
import { may, me } from "../api/who";
import { drawAccount } from "../status/account";
import { drawMessages } from "../status/messages";
import { drawPartitions } from "../status/partitions";
import { drawParts } from "../status/parts";
import { byId, type Children, h, show } from "../ui/dom";
import { ago, bytes, duration, exact, MINUTE, number, plural, SECOND, timeOf } from "../ui/format";
import { visible } from "../ui/hostile";
import { live } from "../ui/live";
import { shell } from "../ui/shell";

const PHASES: Record<Status["phase"], [string, string]> = {
  live: ["live", "Live"],
  "catching up": ["busy", "Catching up"],
  "not running": ["old", "Not running"],
};
const SOURCES: Record<string, string> = {
  files: "Files",
  elasticsearch: "Elasticsearch",
  kafka: "Kafka",
  prometheus: "Prometheus",
};
const FAR = 5 * MINUTE; // behind the clock

const fact = (name: string, ...value: Children[]): HTMLElement =>
  h("div", null, h("dt", null, name), h("dd", null, ...value));
const since = (time: string | null): Children => (time ? ago(Date.parse(time)) : "–");

/** What the service is doing, in a sentence. */
function doing({ phase, source, error, lag_seconds: lag }: Status): string {
  if (error) return "The last pass failed; it is tried again.";
  if (phase === "not running")
    return "No service runs on this store: this is what one left. drainwatch run starts one.";
  if (phase === "catching up") return "Reads what was there at the start; findings follow as it gets on.";
  if (lag !== null && lag * 1000 > FAR) return `Scoring is ${duration(lag * 1000)} behind the clock.`;
  if (source?.total === 0) return "Waits for the first line.";
  return "Reads, scores and tells as lines come.";
}

function amount(count: number, unit: string): string {
  return unit === "bytes" ? bytes(count) : plural(count, unit.replace(/s$/, ""));
}

function progress({ phase, source }: Status): Children {
  if (!source || phase !== "catching up") return null;
  const { done, total, unit } = source;
  if (!total) return h("p", null, `${amount(done, unit)} read`);
  const text = `${amount(done, unit)} of ${amount(total, unit)}`;
  return [h("progress", { value: done, max: total, "aria-label": "Read so far" }), h("p", { class: "note" }, text)];
}

function namespaces({ namespaces: states }: Status): Children {
  const parts = Object.entries(states).filter(([, count]) => count);
  if (!parts.length) return "none yet";
  return h("a", { href: "/" }, parts.map(([state, count]) => `${number(count)} ${state}`).join(", "));
}

function story(status: Status): Children {
  const [kind, word] = status.error ? ["bad", "Failing"] : PHASES[status.phase];
  const { lag_seconds: lag } = status;
  return [
    h(
      "div",
      { class: "doing" },
      h("p", { class: "phase" }, h("span", { class: `dot ${kind}`, "aria-hidden": "true" }), h("b", null, word)),
      h("p", null, doing(status)),
      progress(status),
    ),
    status.error ? h("p", { class: "advice", role: "alert" }, visible(status.error, 1000)) : null,
    status.notices.map((text) => h("p", { class: "advice" }, visible(text, 1000))),
    h(
      "dl",
      { class: "facts" },
      fact("Scored to", status.closed_until ? timeOf(Date.parse(status.closed_until)) : "nothing yet"),
      fact("Behind the clock", lag === null ? "–" : duration(lag * 1000)),
      fact("Last pass", since(status.last_pass_at)),
      fact("Started", since(status.started_at)),
      fact("Namespaces", namespaces(status)),
      fact("Templates", h("a", { href: "/templates" }, exact(status.templates))),
      may("read", "*") ? null : fact("Shown", "what is about your namespaces"),
      me()?.how === "open" ? fact("Access", "open to everybody who reaches this address") : null,
    ),
  ];
}

function drawSources({ sources }: Status): void {
  byId("sources-section").hidden = !sources.length;
  const lines = (values: readonly string[]): Children => values.map((one) => h("div", null, visible(one, 200)));
  show(byId("sources"), sources, () =>
    sources.map((one) =>
      h(
        "dl",
        { class: "facts" },
        fact("Kind", SOURCES[one.kind] ?? one.kind),
        one.where.length ? fact(one.kind === "prometheus" ? "Queries" : "Where", lines(one.where)) : null,
        one.servers.length ? fact("Servers", lines(one.servers)) : null,
      ),
    ),
  );
}

function drawStore({ store }: Status): void {
  const away = (): Children =>
    h("p", { class: "empty" }, "It can't be read at the moment; what is known without it is shown.");
  show(byId("store"), store ?? "away", () =>
    store
      ? h(
          "dl",
          { class: "facts" },
          fact("Kind", SOURCES[store.kind] ?? "SQLite"),
          fact(
            "Where",
            visible(store.where, 300),
            store.servers.map((one) => h("div", null, visible(one, 200))),
          ),
          fact("Size", store.bytes === null ? "not known" : bytes(store.bytes)),
          fact("Form", `version ${store.schema}`),
        )
      : away(),
  );
}

function drawVersions({ versions, engine }: Status): void {
  const packages = Object.entries(versions.packages);
  show(byId("versions"), [versions, engine], () => [
    h(
      "dl",
      { class: "facts" },
      fact("drainwatch", versions.drainwatch),
      engine ? fact("Engine", engine) : null,
      fact("Python", versions.python),
      versions.elasticsearch ? fact("Elasticsearch", versions.elasticsearch) : null,
    ),
    packages.length
      ? h(
          "details",
          { id: "packages" },
          h("summary", null, plural(packages.length, "package")),
          h(
            "dl",
            { class: "packages" },
            packages.map(([name, one]) => [h("dt", null, name), h("dd", null, one)]),
          ),
        )
      : null,
  ]);
}

async function load(signal: AbortSignal): Promise<void> {
  const status = await get<Status>("/api/v1/status", {}, signal);
  const key = [status.phase, status.error, status.notices, status.source, status.closed_until, status.namespaces];
  const beat = Math.floor(Date.now() / (status.phase === "live" ? MINUTE : SECOND));
  show(byId("story"), [key, status.lag_seconds, status.last_pass_at, status.templates, beat], () => story(status));
  drawSources(status);
  drawPartitions(status.partitions);
  drawVersions(status);
  // What is of all namespaces isn't told to who may not see them all.
  const isWhole = may("read", "*");
  for (const name of ["parts", "lines", "outputs", "store"]) byId(`${name}-section`).hidden = !isWhole;
  if (!isWhole) return;
  drawParts(status.parts);
  drawAccount(status.tally);
  drawMessages(status);
  drawStore(status);
}

shell();
live(load);
