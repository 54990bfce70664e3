// One line in the header: how fresh the data is, and what the service is doing.

import { byId, h, show } from "./dom.js";
import { duration, number, timeOf } from "./format.js";

const OLD = 10 * 60_000;

function catchingUp(source) {
  if (!source?.total) return "catching up";
  return `catching up: ${Math.min(100, Math.floor((100 * source.done) / source.total))} %`;
}

function words(status) {
  if (status.error) return ["bad", `The last pass failed: ${status.error}`];
  if (status.notices?.length) return ["old", status.notices.join(" ")];
  if (status.phase === "not running") return ["old", "the service isn't running; this is what it stored"];
  if (status.phase === "catching up") return ["busy", catchingUp(status.source)];
  return ["live", "live"];
}

/** What finds the templates; where it isn't the compiled core, how to get that. */
function engine(name) {
  if (!name) return [];
  if (!name.startsWith("python")) return [` · ${name} engine`];
  return [` · ${name} engine`, h("span", { class: "hint" }, "; for many more lines a second: ", h("code", {}, "make native"))];
}

/** Draws the line from `/api/v1/status`. */
export function freshness(status) {
  const [kind, text] = words(status);
  const until = status.closed_until && Date.parse(status.closed_until);
  const age = until ? Date.now() - until : null;
  const key = [kind, text, until, age !== null && Math.floor(age / 10_000), status.tally.read];
  show(byId("engine"), status.engine, () => engine(status.engine));
  show(byId("freshness"), key, () => [
    h("span", { class: `dot ${kind}`, "aria-hidden": "true" }),
    h("span", { class: "phase" }, text),
    until ? h("span", { class: "until" }, "scored to ", timeOf(until), age < OLD ? ` (${duration(age)} ago)` : "") : null,
    h("span", { class: "lines" }, `${number(status.tally.read)} lines`),
  ]);
}
