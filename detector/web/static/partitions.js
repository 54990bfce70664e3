// Which partitions of a Kafka topic this worker reads, and how far each is.

import { byId, h, show } from "./dom.js";
import { exact, plural, timeOf } from "./format.js";

const unknown = (why) => h("span", { title: why }, "?");
const figure = (value) => h("td", { class: "figure" }, value === null ? unknown("not known yet") : exact(value));

function rows({ partition, position, lag, closed_until, error, problem }) {
  const row = h("tr", null,
    h("th", { scope: "row" }, partition),
    figure(lag),
    figure(position),
    h("td", { class: "when" }, closed_until ? timeOf(Date.parse(closed_until)) : unknown("no window is closed yet")));
  const told = [error, problem].filter(Boolean);
  return [row, ...told.map((text) => h("tr", { class: "trouble" }, h("td", { colspan: 4 }, text)))];
}

function table(partitions) {
  return h("table", { class: "partitions" },
    h("thead", null, h("tr", null,
      h("th", { scope: "col" }, "Partition"),
      h("th", { scope: "col", class: "figure" }, "Behind"),
      h("th", { scope: "col", class: "figure" }, "Next offset"),
      h("th", { scope: "col" }, "Scored to"))),
    h("tbody", null, partitions.flatMap(rows)));
}

/** How far behind all of them are, in a few words. */
function sum(partitions) {
  const known = partitions.filter(({ lag }) => lag !== null);
  const behind = known.reduce((messages, { lag }) => messages + lag, 0);
  const failing = partitions.filter(({ error }) => error).length;
  return [
    `${partitions.length} read by this worker`,
    known.length ? (behind ? `${plural(behind, "message")} behind` : "read to the end") : null,
    failing ? `${failing} failing` : null,
  ].filter(Boolean).join(", ");
}

/** Draws the table from `/api/v1/status`; nothing where lines don't come from Kafka. Those furthest behind come first. */
export function partitions({ partitions: found }) {
  byId("partitions").hidden = !found.length;
  const worst = [...found].sort((a, b) => Boolean(b.error) - Boolean(a.error) || (b.lag ?? -1) - (a.lag ?? -1));
  show(byId("partitions-note"), found.length && sum(found), () => sum(found));
  show(byId("partitions-table"), worst, () => table(worst));
}
