// One line in the header: how fresh the data is, and what the service is doing.

import type { Status } from "../api/shapes";
import { byId, type Children, h, show } from "./dom";
import { duration, MINUTE, number, timeOf } from "./format";
import { visible } from "./hostile";

const OLD = 10 * MINUTE;

function catchingUp(source: Status["source"]): string {
  if (!source?.total) return "catching up";
  return `catching up: ${Math.min(100, Math.floor((100 * source.done) / source.total))} %`;
}

function words(status: Status): [string, string] {
  if (status.error) return ["bad", "the last pass failed"];
  if (status.notices.length) return ["old", "needs a look"];
  if (status.phase === "not running") return ["old", "not running"];
  if (status.phase === "catching up") return ["busy", catchingUp(status.source)];
  return ["live", "live"];
}

/** What finds the templates; where it isn't the compiled core, how to get that. */
function engine(name: string): Children {
  if (!name.startsWith("python")) return ` · ${name} engine`;
  const way = h("span", { class: "hint" }, "; for many more lines a second: ", h("code", null, "make native"));
  return [` · ${name} engine`, way];
}

/** What is amiss, in whole sentences below the header. */
function amiss(status: Status): void {
  const told = [...status.notices];
  if (status.error) told.unshift(`The last pass failed: ${status.error}`);
  if (status.phase === "not running") told.unshift("The service isn't running; this is what it stored.");
  byId("amiss").hidden = !told.length;
  show(byId("amiss"), told, () => told.map((one) => h("p", null, visible(one, 600))));
}

/** Draws the line from `/api/v1/status`. */
export function freshness(status: Status): void {
  amiss(status);
  const [kind, text] = words(status);
  const until = status.closed_until ? Date.parse(status.closed_until) : null;
  const age = until === null ? 0 : Date.now() - until;
  const learning = status.namespaces.learning ?? 0;
  const key = [kind, text, until, Math.floor(age / 10_000), learning];
  show(byId("engine"), status.engine, () => (status.engine ? engine(status.engine) : null));
  // Read out once: not at every window how long ago it was.
  show(byId("phase"), kind, () => text);
  show(byId("freshness"), key, () => [
    h("span", { class: `dot ${kind}`, "aria-hidden": "true" }),
    h("span", { class: "phase" }, text),
    until
      ? h(
          "span",
          { class: "until" },
          "scored to ",
          timeOf(until),
          age >= 0 && age < OLD ? ` (${duration(age)} ago)` : "",
        )
      : null,
    learning ? h("span", { class: "learning" }, `${number(learning)} learning`) : null,
  ]);
}
