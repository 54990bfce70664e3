// How each part of the service is doing: what fails stands first, with since when, why, and what to do.

import type { Status } from "../api/shapes";
import { byId, h, show } from "../ui/dom";
import { ago, MINUTE, plural } from "../ui/format";
import { visible } from "../ui/hostile";
import { drawTable } from "../ui/table";

type Part = Status["parts"][number];

const STATES: Record<Part["state"], [string, string]> = {
  down: ["bad", "down"],
  degraded: ["old", "in part"],
  up: ["live", "works"],
};
const ORDER = Object.keys(STATES);
const MEANS: Record<string, string> = {
  store: "keeps what was found",
  source: "where lines come from",
  detection: "counts, learns and scores",
  alerts: "decides who is told of what",
  metrics: "looks at Prometheus",
  heartbeat: "tells others that all is well",
  pruning: "forgets what is too old",
};

const worst = (one: Part): number => ORDER.indexOf(one.state);

function means(name: string): string {
  if (name.startsWith("channel:")) return "tells people";
  return name.startsWith("output:") ? "tells other programs" : (MEANS[name] ?? "");
}

function summary(parts: readonly Part[]): string {
  const failing = parts.filter((one) => one.state !== "up").length;
  return failing ? `${failing} of ${plural(parts.length, "part")} not as they should be` : "all of them work";
}

/** Draws the table from `/api/v1/status`. */
export function drawParts(parts: readonly Part[]): void {
  const note = summary(parts);
  show(byId("parts-note"), note, () => note);
  drawTable(byId("parts"), {
    label: "Parts",
    usual: "state",
    parameter: "parts",
    items: [...parts].sort((a, b) => worst(a) - worst(b)),
    key: Math.floor(Date.now() / MINUTE),
    columns: [
      { id: "part", name: "Part", head: true, cell: (one) => visible(one.name, 100), by: (one) => one.name },
      {
        id: "state",
        name: "State",
        cell: (one) => [
          h("span", { class: `dot ${STATES[one.state][0]}`, "aria-hidden": "true" }),
          ` ${STATES[one.state][1]}`,
        ],
        by: worst,
      },
      {
        id: "since",
        name: "Since",
        cell: (one) => (one.since ? ago(Date.parse(one.since)) : "–"),
        by: (one) => one.since,
      },
      { id: "means", name: "What it does", cell: (one) => means(one.name) },
    ],
    below: (one) => (one.problem ? h("p", { class: "trouble" }, visible(one.problem, 600)) : null),
  });
}
