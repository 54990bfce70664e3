// The account of lines: what became of each that was read, and what to do about those that were dropped.

import type { Status } from "../api/shapes";
import { byId, type Children, h, show } from "../ui/dom";
import { exact, number } from "../ui/format";
import { drawTable } from "../ui/table";

type Tally = NonNullable<Status["tally"]>;

interface Known {
  readonly means: string;
  readonly advice: string;
}

const REASONS: Record<string, Known> = {
  empty: {
    means: "Nothing but white space, or a document without a message.",
    advice: "Nothing: such lines say nothing.",
  },
  binary: { means: "More control characters than text: not a log line.", advice: "Leave the file out of the path." },
  malformed: {
    means: "In a file of CRI, docker or Filebeat lines, one that is none: torn by a crash, or foreign.",
    advice: "A few are normal after a crash. Many mean a file of several forms: read them apart.",
  },
  no_time: {
    means: "Neither the runtime nor the line itself says when, with date and zone.",
    advice: "Give --timezone if the times only lack their zone.",
  },
  implausible_time: {
    means: "Before the year 2000, or more than a day ahead of the clock.",
    advice: "Set the clock of whoever wrote it.",
  },
  duplicate: {
    means: "A document that is there twice in Elasticsearch or Kafka.",
    advice: "Nothing: shippers send again what they don't know to have arrived, and it is counted once.",
  },
  too_large: {
    means: "A message in Kafka of more than 16 MiB. It goes to the dead-letter topic.",
    advice: "Find out who writes it: Filebeat's max_message_bytes is 1 MB.",
  },
  foreign: {
    means: "In Kafka, a line of a namespace that another partition owns. It goes to the dead-letter topic.",
    advice: "Write with the namespace as key.",
  },
  deleted: {
    means: "In Kafka, a message that was deleted before it was read.",
    advice: "Keep messages longer (retention.ms, retention.bytes), or start more workers.",
  },
};

const REMARKS: Record<string, string> = {
  truncated: "Longer than ingest.max_line_bytes: the beginning is counted, the rest left out.",
  undecodable: "Bytes that are no UTF-8 were replaced by U+FFFD.",
  unfinished: "The file ended within a line or a partial record; what was there is counted.",
  wrong_clock: "The time inside the line was too far from the runtime's: the runtime's is used.",
  late: "Came after its window was closed: in the history of counts, but no longer scored. From Elasticsearch the window is read and scored again.",
};

function percent(count: number, of: number): string {
  const share = (100 * count) / Math.max(of, 1);
  return share > 0 && share < 0.1 ? "< 0.1 %" : `${share.toFixed(share < 10 ? 1 : 0)} %`;
}

const sum = (counts: Record<string, number>): number => Object.values(counts).reduce((all, one) => all + one, 0);

function facts(tally: Tally): Children {
  const parts: [string, number, string][] = [
    ["Read", tally.read, "all lines since the first one"],
    ["Counted", tally.records, "records: a line, or several that belong together"],
    ["Joined", tally.joined, "to the record before: a partial line, a stack trace"],
    ["Pending", tally.pending, "of records that may still go on"],
    ["Dropped", sum(tally.dropped), "for a reason that is told below"],
  ];
  return h(
    "dl",
    { class: "facts" },
    parts.map(([name, count, title]) => h("div", { title }, h("dt", null, name), h("dd", null, exact(count)))),
  );
}

interface Counted {
  readonly name: string;
  readonly count: number;
}

const counted = (counts: Record<string, number>): Counted[] =>
  Object.entries(counts).map(([name, count]) => ({ name, count }));

function drawDropped(tally: Tally): void {
  const items = counted(tally.dropped);
  if (!items.length) {
    const said = tally.read ? "No line was dropped." : "No line was read yet: check that the source has some.";
    show(byId("dropped"), said, () => h("p", { class: "empty" }, said));
    return;
  }
  drawTable(byId("dropped"), {
    label: "Dropped lines by reason",
    usual: "-lines",
    parameter: "dropped",
    kind: "dropped",
    items,
    columns: [
      {
        id: "reason",
        name: "Dropped as",
        head: true,
        cell: (one) => h("code", null, one.name),
        by: (one) => one.name,
      },
      { id: "lines", name: "Lines", figure: true, cell: (one) => exact(one.count), by: (one) => one.count },
      { id: "share", name: "Of all", figure: true, cell: (one) => percent(one.count, tally.read) },
      { id: "means", name: "What it means", cell: (one) => REASONS[one.name]?.means ?? "" },
      { id: "advice", name: "What to do", cell: (one) => REASONS[one.name]?.advice ?? "" },
    ],
  });
}

function drawRemarks(tally: Tally): void {
  const items = counted(tally.remarks);
  byId("remarks").hidden = !items.length;
  if (!items.length) return;
  drawTable(byId("remarks"), {
    label: "What was noticed about lines that count",
    usual: "-lines",
    parameter: "remarks",
    kind: "dropped",
    items,
    columns: [
      {
        id: "remark",
        name: "Noticed, yet counted",
        head: true,
        cell: (one) => h("code", null, one.name),
        by: (one) => one.name,
      },
      { id: "lines", name: "Lines", figure: true, cell: (one) => exact(one.count), by: (one) => one.count },
      { id: "share", name: "Of all", figure: true, cell: (one) => percent(one.count, tally.read) },
      { id: "means", name: "What it means", cell: (one) => REMARKS[one.name] ?? "" },
    ],
  });
}

/** Draws the account from `/api/v1/status`. */
export function drawAccount(tally: Tally | null): void {
  if (!tally) return;
  const note = `${number(tally.read)} read = counted + joined + pending + dropped, always`;
  show(byId("lines-note"), note, () => note);
  show(byId("lines"), tally, () => facts(tally));
  drawDropped(tally);
  drawRemarks(tally);
}
