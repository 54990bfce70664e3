// Which partitions of a Kafka topic this worker reads, and how far each is.

import type { Status } from "../api/shapes";
import { byId, type Children, h, show } from "../ui/dom";
import { exact, plural, timeOf } from "../ui/format";
import { visible } from "../ui/hostile";
import { drawTable } from "../ui/table";

type Partition = Status["partitions"][number];

const unknown = (why: string): Children => h("span", { title: why }, "?");
const figure = (value: number | null): Children => (value === null ? unknown("not known yet") : exact(value));
const scored = (one: Partition): Children =>
  one.closed_until ? timeOf(Date.parse(one.closed_until)) : unknown("no window is closed yet");

/** How far behind all of them are, in a few words. */
function summary(partitions: readonly Partition[]): string {
  const known = partitions.filter((one) => one.lag !== null);
  const behind = known.reduce((messages, one) => messages + (one.lag ?? 0), 0);
  const failing = partitions.filter((one) => one.error).length;
  const read = behind ? `${plural(behind, "message")} behind` : "read to the end";
  const parts = [
    `${partitions.length} read by this worker`,
    known.length ? read : "",
    failing ? `${failing} failing` : "",
  ];
  return parts.filter(Boolean).join(", ");
}

const worstFirst = (found: readonly Partition[]): Partition[] =>
  [...found].sort((a, b) => Number(Boolean(b.error)) - Number(Boolean(a.error)) || (b.lag ?? -1) - (a.lag ?? -1));

/** Draws the table from `/api/v1/status`; nothing where lines don't come from Kafka. Those furthest behind come first. */
export function drawPartitions(partitions: readonly Partition[]): void {
  byId("partitions").hidden = !partitions.length;
  if (!partitions.length) return;
  const note = summary(partitions);
  show(byId("partitions-note"), note, () => note);
  drawTable(byId("partitions-table"), {
    label: "Partitions",
    usual: "worst",
    parameter: "partitions",
    items: worstFirst(partitions),
    columns: [
      {
        id: "partition",
        name: "Partition",
        head: true,
        cell: (one) => h("code", null, one.partition),
        by: (one) => one.partition,
      },
      { id: "lag", name: "Behind", figure: true, cell: (one) => figure(one.lag), by: (one) => one.lag },
      { id: "next", name: "Next offset", figure: true, cell: (one) => figure(one.position), by: (one) => one.position },
      { id: "scored", name: "Scored to", cell: scored, by: (one) => one.closed_until },
    ],
    below: (one) => {
      const told = [one.error, one.problem].filter((text) => text !== null);
      return told.length ? told.map((text) => h("p", { class: "trouble" }, visible(text, 400))) : null;
    },
  });
}
