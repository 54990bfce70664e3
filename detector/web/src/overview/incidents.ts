// The incidents beside the lanes: those that go on, the worst first, then the others of the time that is shown.

import type { Feedback, Incident } from "../api/shapes";
import { incidentPath, worstFirst } from "../findings/incidents";
import { withRange } from "../time/range";
import { byId, type Children, h, show } from "../ui/dom";
import { ago, duration, exact, iso, MINUTE, period, timeText, told, utc } from "../ui/format";
import { plain } from "../ui/hostile";
import { BANDS, plate } from "../ui/severity";
import { severity } from "./address";

export interface Found {
  readonly items: readonly Incident[];
  /** Whether the store has more of this time. */
  readonly more: boolean;
}

/** What is said where there are none; `key` as for `show`. */
export interface Otherwise {
  readonly key: unknown;
  readonly make: () => Children;
}

const verdicts = (incident: Incident, said: readonly Feedback[]): string[] => [
  ...new Set(said.filter((word) => word.active && word.incident === incident.id).map((word) => word.kind)),
];

/** The sentence without the name of the namespace, which stands above it. */
function sentence({ namespace, summary }: Incident): string {
  const text = summary.startsWith(`${namespace}: `) ? summary.slice(namespace.length + 2) : summary;
  return plain(told(text), 400);
}

const goingOn = (start: number): HTMLElement =>
  h(
    "time",
    { datetime: iso(start), title: `since ${timeText(start)}, ${utc(start)}` },
    `for ${duration(Date.now() - start)}`,
  );

function card(incident: Incident, said: readonly Feedback[]): HTMLElement {
  const marked = verdicts(incident, said);
  const [start, end] = [Date.parse(incident.start), Date.parse(incident.end)];
  const space = h(
    "a",
    { href: withRange(`/namespaces/${encodeURIComponent(incident.namespace)}`), class: "space" },
    plain(incident.namespace, 80),
  );
  return h(
    "li",
    { class: marked.includes("expected") ? "over" : null },
    h(
      "p",
      { class: "meta" },
      plate(incident.score, incident.severity),
      space,
      incident.open ? goingOn(start) : ago(end),
    ),
    h("a", { href: incidentPath(incident.id), id: `finding-${incident.id}`, class: "sentence" }, sentence(incident)),
    h(
      "p",
      { class: "meta" },
      period(start, end),
      h("span", null, duration(end - start)),
      incident.source === "metrics" ? h("span", { class: "chip" }, "metrics") : null,
      marked.map((kind) => h("span", { class: `chip ${kind}` }, kind)),
    ),
  );
}

function group(name: string, note: string, incidents: readonly Incident[], said: readonly Feedback[]): Children {
  if (!incidents.length) return null;
  const id = `incidents-${name.toLowerCase()}`;
  return [
    h("h3", { class: "group", id }, name, h("span", { class: "note" }, note)),
    h(
      "ol",
      { class: "findings cards", "aria-labelledby": id },
      incidents.map((one) => card(one, said)),
    ),
  ];
}

const newestFirst = (incidents: readonly Incident[]): Incident[] =>
  [...incidents].sort((a, b) => Date.parse(b.start) - Date.parse(a.start));

/** Draws the list; `none` is said where it is empty, `older` is called for more of them. */
export function drawIncidents(
  { items, more }: Found,
  said: readonly Feedback[],
  none: Otherwise,
  older: () => void,
): void {
  const open = worstFirst(items.filter((one) => one.open));
  const over = newestFirst(items.filter((one) => !one.open));
  // A minute is the finest that is told of how long ago something was.
  const key = [location.search, items, said, more, items.length ? Math.floor(Date.now() / MINUTE) : none.key];
  show(byId("incidents"), key, () => [
    group("Ongoing", `${exact(open.length)}, worst first`, open, said),
    group("Over", `${exact(over.length)}${more ? " and more" : ""}, newest first`, over, said),
    items.length ? null : none.make(),
    more
      ? h("button", { type: "button", class: "action", id: "incidents-more", onclick: older }, "Show older ones")
      : null,
  ]);
  const count = items.length ? `${exact(items.length)}${more ? " and more" : ""}` : "";
  show(byId("incidents-note"), count, () => count);
}

/** Fills the choice of severities; `changed` is called with what is chosen. */
export function severities(changed: (least: string | null) => void): () => void {
  const choice = byId<HTMLSelectElement>("incidents-severity");
  const least = [...BANDS].slice(1);
  choice.replaceChildren(
    h("option", { value: "" }, "all severities"),
    ...least.map((band, at) =>
      h("option", { value: band.name }, at < least.length - 1 ? `${band.name} and worse` : `${band.name} only`),
    ),
  );
  choice.addEventListener("change", () => changed(choice.value || null));
  const draw = (): void => {
    choice.value = severity() ?? "";
  };
  draw();
  return draw;
}
