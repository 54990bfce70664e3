// The table of differences: how each came to be one, before and after on one scale, how surely.

import type { Changed, Difference } from "../api/shapes";
import { type Children, h } from "../ui/dom";
import { template, visible } from "../ui/hostile";
import {
  chance,
  type Pace,
  paceOf,
  rate,
  seen,
  times,
  timesOf,
  type Unit,
  unitOf,
  type View,
  WAYS,
  wayOf,
} from "./differences";
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
      h("span", null, `${rate(now.before)} → `, h("b", null, rate(now.after)), ` a ${unit.name}`),
      isElsewhere(now) ? h("span", { title: "at the load of the time after" }, `${rate(now.expected)} expected`) : null,
    ),
  ];
}

function row(one: Difference, drawing: Drawing): Children {
  const isOpen = one.template_id === drawing.open;
  const id = `difference-${one.template_id}`;
  const toggle = (): void => drawing.toggle(one.template_id);
  // A click anywhere on it does what its button does, unless text is being marked.
  const clicked = (event: Event): void => {
    if (!(event.target as Element).closest("button") && getSelection()?.isCollapsed !== false) toggle();
  };
  return [
    h(
      "tr",
      { class: `difference${isOpen ? " picked" : ""}`, onclick: clicked },
      h(
        "td",
        { class: "kind" },
        way(one),
        one.kind === "new" ? h("span", { class: "chip new" }, "never seen before") : null,
      ),
      h(
        "td",
        { class: "what" },
        h(
          "button",
          {
            type: "button",
            id,
            "data-pick": true,
            "aria-expanded": String(isOpen),
            "aria-controls": isOpen ? `${id}-open` : null,
            onclick: toggle,
          },
          template(one.template),
        ),
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
        h(
          "p",
          { class: "meta", title: "how likely so much difference is by chance, among so many templates" },
          chance(one),
        ),
      ),
    ),
    isOpen
      ? h("tr", { class: "opened", id: `${id}-open` }, h("td", { colspan: COLUMNS }, opened(drawing.found, one)))
      : null,
  ];
}

/** All of them that the view lets through. */
export function table(found: Changed, view: View, toggle: (id: string) => void): HTMLElement {
  const unit = unitOf(found);
  const scale = scaleOf(found.differences.map((one) => paceOf(one, timesOf(found), unit)));
  const drawing = { found, unit, scale, open: view.open, toggle };
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
      seen(found.differences, view).map((one) => row(one, drawing)),
    ),
  );
}
