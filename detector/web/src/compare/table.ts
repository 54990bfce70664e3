// The table of differences: how each came to be one, before and after on one scale, how surely.

import type { Changed, Difference } from "../api/shapes";
import { type Children, h } from "../ui/dom";
import { template, visible } from "../ui/hostile";
import { chance, type Pace, paceOf, rate, times, timesOf, type Unit, unitOf, WAYS, wayOf } from "./differences";
import { gauge, ruler, type Scale, scaleOf } from "./gauge";
import { opened } from "./overlay";

const COLUMNS = 4;

interface Drawing {
  readonly found: Changed;
  readonly unit: Unit;
  readonly scale: Scale;
  readonly open: string | null;
  readonly toggle: (id: string) => void;
}

function way(one: Difference): Children {
  const name = wayOf(one);
  const { sign, means } = WAYS[name];
  return h("span", { class: `way ${name}`, title: means }, h("i", { "aria-hidden": "true" }, sign), name);
}

/** What the load makes another than before is said: else "times" wouldn't fit what is seen. */
const isElsewhere = ({ before, expected }: Pace): boolean =>
  Math.abs(expected - before) > 0.2 * Math.max(before, expected);

function pace(one: Difference, { found, unit, scale }: Drawing): Children {
  const now = paceOf(one, timesOf(found), unit);
  return [
    gauge(now, wayOf(one), scale, unit),
    h(
      "p",
      { class: "meta" },
      h("span", null, `${rate(now.before)} → `, h("b", null, rate(now.after)), ` ${unit.a}`),
      isElsewhere(now) ? h("span", { title: "at the load of the time after" }, `${rate(now.expected)} expected`) : null,
    ),
  ];
}

function cells(one: Difference, drawing: Drawing, button: HTMLElement): HTMLElement[] {
  const odds = "how likely so much difference is by chance, among so many templates";
  return [
    h(
      "td",
      { class: "kind" },
      way(one),
      one.kind === "new" ? h("span", { class: "chip new" }, "never seen before") : null,
    ),
    h(
      "td",
      { class: "what" },
      button,
      h(
        "p",
        { class: "meta" },
        h("span", null, visible(one.workload, 80)),
        one.level ? h("span", { class: `level ${one.level}` }, one.level) : null,
        h("span", { class: "example", dir: "ltr" }, visible(one.example, 300)),
      ),
    ),
    h("td", { class: "pace" }, pace(one, drawing)),
    h(
      "td",
      { class: "times" },
      h("b", { title: "lines after, measured by what was expected" }, times(one)),
      h("p", { class: "meta", title: odds }, chance(one)),
    ),
  ];
}

function made(one: Difference, drawing: Drawing): HTMLTableRowElement[] {
  const isOpen = one.template_id === drawing.open;
  const id = `difference-${one.template_id}`;
  const toggle = (): void => drawing.toggle(one.template_id);
  // A click anywhere on it does what its button does, unless text is being marked.
  const clicked = (event: Event): void => {
    if (!(event.target as Element).closest("button") && !String(getSelection())) toggle();
  };
  const controls = { "aria-expanded": String(isOpen), "aria-controls": isOpen ? `${id}-open` : null };
  const button = h(
    "button",
    { type: "button", id, "data-pick": true, ...controls, onclick: toggle },
    template(one.template),
  );
  const first = h(
    "tr",
    { class: `difference${isOpen ? " picked" : ""}`, onclick: clicked },
    cells(one, drawing, button),
  );
  if (!isOpen) return [first];
  const below = h("td", { colspan: COLUMNS }, opened(drawing.found, one));
  return [first, h("tr", { class: "opened", id: `${id}-open` }, below)];
}

const known = new WeakMap<Difference, { readonly key: string; readonly rows: HTMLTableRowElement[] }>();

/** The row of one, and what it opens to; made anew only where it would be another. */
function rowsOf(one: Difference, drawing: Drawing): HTMLTableRowElement[] {
  const key = JSON.stringify([drawing.scale, drawing.unit, one.template_id === drawing.open]);
  const there = known.get(one);
  if (there?.key === key) return there.rows;
  const rows = made(one, drawing);
  known.set(one, { key, rows });
  return rows;
}

/** `rows` are those of what was found that are shown, in order; `open` is the id of the one that is open. */
export function table(
  found: Changed,
  rows: readonly Difference[],
  open: string | null,
  toggle: (id: string) => void,
): HTMLElement {
  const unit = unitOf(found);
  const scale = scaleOf(found.differences.map((one) => paceOf(one, timesOf(found), unit)));
  const drawing = { found, unit, scale, open, toggle };
  return h(
    "table",
    { class: "differences reasons" },
    h(
      "thead",
      null,
      h(
        "tr",
        null,
        h("th", { scope: "col" }, "Change"),
        h("th", { scope: "col" }, "Template, a line of it"),
        h("th", { scope: "col" }, ruler(scale, unit)),
        h("th", { scope: "col" }, "Times expected"),
      ),
    ),
    h(
      "tbody",
      null,
      rows.map((one) => rowsOf(one, drawing)),
    ),
  );
}
