// The swim lanes with their names: which namespace misbehaves, and when.

import type { Lane, Lanes } from "../api/shapes";
import { drawLanes, QUIET } from "../charts/lanes";
import { erase } from "../charts/plot";
import { withRange } from "../time/range";
import { byId, type Children, h, show } from "../ui/dom";
import { duration, exact, period, plural, SECOND, timeOf, timeText } from "../ui/format";
import { plain } from "../ui/hostile";
import { legend } from "../ui/severity";
import { filter } from "./address";

export interface Doing {
  /** A cell was taken: milliseconds, and its score. */
  readonly open: (namespace: string, from: number, until: number, score: number) => void;
  readonly zoom: (from: number, until: number) => void;
  readonly more: () => void;
}

// As the style sheet has them. On a phone names stand above their lanes, which then have the whole width.
const phone = matchMedia("(max-width: 720px)");
const heights = (): { row: number; head: number } => (phone.matches ? { row: 44, head: 20 } : { row: 26, head: 0 });

const namespacePage = (name: string): string => withRange(`/namespaces/${encodeURIComponent(name)}`);

/** How far a namespace that is learning has come. */
const learned = (lane: Lane): string =>
  lane.learning_windows === null
    ? plural(lane.windows, "window")
    : `${exact(Math.min(lane.windows, lane.learning_windows))} of ${plural(lane.learning_windows, "window")}`;

/** What nobody knows yet: while a namespace is learning it isn't scored. */
const scores = (lane: Lane): readonly (number | null)[] =>
  lane.state === "learning" ? lane.scores.map(() => null) : lane.scores;

const chip = (text: string, title: string): HTMLElement => h("span", { class: `chip ${text}`, title }, text);

function state(lane: Lane): Children {
  if (lane.state === "learning") return chip("learning", "What is usual here is still being learned");
  if (lane.state !== "silent") return null;
  return chip("silent", lane.last_line ? `No line since ${timeText(Date.parse(lane.last_line))}` : "No line for long");
}

/** The worst score, once there is something to tell; as a figure and by the shape and colour of its band. */
const worst = (lane: Lane): Children =>
  lane.worst < QUIET
    ? null
    : h(
        "span",
        {
          class: `worst ${lane.severity}`,
          title: `The worst in this time: ${Math.floor(lane.worst)}, ${lane.severity}`,
        },
        String(Math.floor(lane.worst)),
        h("span", { class: "hidden" }, ` ${lane.severity}`),
      );

function nameRow(lane: Lane): HTMLElement {
  const name = plain(lane.namespace, 80);
  return h(
    "li",
    null,
    h(
      "a",
      { href: namespacePage(lane.namespace), id: `lane-${lane.namespace}`, title: plain(lane.namespace, 500) },
      name,
    ),
    lane.open ? chip("ongoing", `${plural(lane.open, "incident")} going on`) : null,
    state(lane),
    lane.muted ? chip("muted", "Its findings make no incident") : null,
    lane.silenced ? chip("silenced", "Nobody is told of its incidents for now") : null,
    worst(lane),
  );
}

function learning(lane: Lane, line: number): Children {
  if (lane.state !== "learning") return null;
  const until = lane.learning_until ? [", scores begin at ", timeOf(Date.parse(lane.learning_until))] : null;
  const note = h("p", { class: "learning-note" }, "learning: ", learned(lane), until);
  const { row, head } = heights();
  note.style.top = `${line * row + head}px`;
  return note;
}

const unknown = ({ state, learning_until: until }: Lane): string => {
  if (state !== "learning") return "nothing known";
  return until ? `learning until ${timeText(Date.parse(until))}` : "learning";
};

let frame: { names: HTMLElement; chart: HTMLElement; notes: HTMLElement; foot: HTMLElement; more: HTMLElement } | null =
  null;
let again = (): void => {};
phone.addEventListener("change", () => again());

function framed(panel: HTMLElement, doing: Doing): NonNullable<typeof frame> {
  if (frame) return frame;
  const more = h("button", { type: "button", class: "action", id: "lanes-more", onclick: () => doing.more() });
  const made = {
    names: h("ul", { class: "lanes-names", "aria-label": "Namespaces" }),
    chart: h("div", { class: "chart", id: "lanes-chart" }),
    notes: h("div", { class: "lanes-notes" }),
    foot: h("span", { class: "note", id: "lanes-span" }),
    more,
  };
  show(panel, "lanes", () => [
    h("div", { class: "lanes-grid" }, made.names, h("div", { class: "lanes-plot" }, made.chart, made.notes)),
    h("div", { class: "lanes-foot" }, legend(), made.foot, more),
  ]);
  frame = made;
  return made;
}

/** Says something instead of the lanes; `key` as for `show`. */
export function withoutLanes(key: unknown, make: () => Children): void {
  if (frame) erase(frame.chart);
  frame = null;
  again = () => {};
  show(byId("lanes"), [key], make);
  show(byId("lanes-note"), null, () => null);
}

const namesKey = (lane: Lane): unknown => {
  const { scores: _, incidents: __, windows, ...rest } = lane;
  return [rest, lane.state === "learning" ? windows : null];
};

const noted = ({ total, items }: Lanes): string =>
  `${total > items.length ? `${exact(items.length)} worst of ` : ""}${exact(total)}${filter() ? " with this name" : ""}`;

/** Draws, or draws anew what is there; `note` is said of how many there are until all of them are known. */
export function drawNamespaces(lanes: Lanes, doing: Doing, note?: string): void {
  const place = framed(byId("lanes"), doing);
  const start = Date.parse(lanes.since);
  const step = lanes.step_seconds * SECOND;
  const rows = [...lanes.items];
  show(place.names, [location.search, rows.map(namesKey)], () => rows.map(nameRow));
  const names = place.names.children;
  let at: Element | undefined;
  again = () => {
    show(place.notes, [phone.matches, rows.map((lane) => lane.state === "learning" && namesKey(lane))], () =>
      rows.map(learning),
    );
    drawLanes(place.chart, {
      lanes: rows.map((lane) => ({ name: lane.namespace, scores: scores(lane), unknown: unknown(lane) })),
      start,
      step,
      ...heights(),
      open: (lane, from, until, score) => doing.open(lane.name, from, until, score),
      zoom: doing.zoom,
      over: (row) => {
        at?.classList.remove("at");
        at = row === null ? undefined : names[row];
        at?.classList.add("at");
      },
    });
  };
  again();
  const end = Date.parse(lanes.until);
  show(place.foot, [start, end, step], () => [period(start, end), ` · ${duration(step)} a column`]);
  const rest = lanes.total - rows.length;
  place.more.hidden = rest <= 0 || note !== undefined;
  place.more.textContent = `Show more of the other ${exact(rest)}`;
  const count = note ? `${exact(rows.length)} ${note}` : noted(lanes);
  show(byId("lanes-note"), count, () => count);
}
