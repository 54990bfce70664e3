// Two models of a namespace side by side: what each would flag, and the templates in which they differ.

import type { Compared } from "../api/shapes";
import { byId, type Children, h, show } from "../ui/dom";
import { exact, period, timeOf } from "../ui/format";
import { template, visible } from "../ui/hostile";
import { type Column, drawTable } from "../ui/table";
import { amount, short, span, why } from "./words";

type Moved = Compared["moved"][number];
type Model = Compared["old"];

const percent = (part: number, of: number): string => (of ? ` (${((100 * part) / of).toFixed(1)} %)` : "");

function side(name: string, one: Model, flags: number, windows: number): Children {
  return h(
    "div",
    null,
    h("h3", null, name, " ", h("code", null, short(one.version))),
    h(
      "dl",
      { class: "facts" },
      h("div", null, h("dt", null, "Learned until"), h("dd", null, timeOf(Date.parse(one.trained_until)))),
      h("div", null, h("dt", null, "From"), h("dd", null, span(one))),
      h("div", null, h("dt", null, "Templates"), h("dd", null, exact(one.templates))),
      h("div", null, h("dt", null, "Flags"), h("dd", null, `${exact(flags)}${percent(flags, windows)}`)),
    ),
    h("p", { class: "note" }, why(one)),
  );
}

function verdict({ flagged, since, until }: Compared): Children {
  return h(
    "p",
    { class: "flagged" },
    `Of the ${exact(flagged.windows)} windows of the last day (`,
    period(Date.parse(since), Date.parse(until)),
    `), the older would flag ${exact(flagged.old)}, the newer ${exact(flagged.new)}, both of them ${exact(flagged.both)}.`,
  );
}

const columns: readonly Column<Moved>[] = [
  {
    id: "template",
    name: "Template",
    head: true,
    cell: (one) => template(one.template, 300),
    by: (one) => one.template,
  },
  { id: "workload", name: "Workload", cell: (one) => visible(one.workload, 80), by: (one) => one.workload },
  {
    id: "level",
    name: "Level",
    cell: (one) => h("span", { class: `level ${one.level}` }, one.level || "none"),
    by: (one) => one.level,
  },
  { id: "before", name: "Older", figure: true, cell: (one) => amount(one.before), by: (one) => one.before },
  { id: "after", name: "Newer", figure: true, cell: (one) => amount(one.after), by: (one) => one.after },
];

const KINDS = [
  ["only_new", "known to the newer only"],
  ["only_old", "known to the older only"],
  ["moved", "expected in other numbers, the furthest first"],
] as const;

/** Draws it into `#compared`. */
export function drawCompared(found: Compared): void {
  const kinds = KINDS.filter(([kind]) => found[kind].length);
  show(byId("compared"), found, () => [
    h(
      "div",
      { class: "sides" },
      side("Older", found.old, found.flagged.old, found.flagged.windows),
      side("Newer", found.new, found.flagged.new, found.flagged.windows),
      verdict(found),
    ),
    kinds.length ? null : h("p", { class: "empty" }, "Both know the same templates, in about the same numbers."),
    kinds.map(([kind, text]) => [
      h(
        "h3",
        { class: "kind-title" },
        `${exact(found[kind].length)} ${text}`,
        h("span", { class: "note" }, "lines in a usual window"),
      ),
      h("div", { id: `differs-${kind}` }),
    ]),
  ]);
  for (const [kind, text] of kinds)
    drawTable(byId(`differs-${kind}`), {
      label: `Templates ${text}`,
      usual: "",
      parameter: kind,
      kind: "moved",
      items: found[kind],
      columns,
    });
}
