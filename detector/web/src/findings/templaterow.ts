// A template in a list: one row, which opens to a line of it, its counts over time, and what can be done with it.

import { get, namespacePath } from "../api/client";
import type { Feedback, Template, Trends } from "../api/shapes";
import { may } from "../api/who";
import { drawTime, type Edge, type Strip } from "../charts/time";
import { columns, type Range } from "../time/range";
import { type Children, h } from "../ui/dom";
import { exact, number, plural, timeOf } from "../ui/format";
import { plain, template, visible } from "../ui/hostile";
import { askMuteTemplate, undo } from "./feedback";

/** What rows are shown with. */
export interface Shown {
  /** Templates first seen after this (milliseconds) are marked as new; null marks none. */
  readonly newSince: number | null;
  readonly said: readonly Feedback[];
  readonly withNamespace: boolean;
  /** Something was said of one: what is shown has to be loaded anew. */
  readonly changed: () => unknown;
}

/** What the counts of one are shown with. */
export interface Marks {
  readonly strips?: readonly Strip[];
  readonly edges?: readonly Edge[];
}

/** Whether it is muted, and the way to change that. */
function quieting(item: Template, { said, changed }: Shown): Children {
  if (!item.muted) {
    if (!may("feedback", item.namespace)) return null;
    const ask = (): void => askMuteTemplate(item.id, item.text, changed);
    const label = `Mute ${plain(item.text, 60)}`;
    return h(
      "button",
      { type: "button", class: "action small", id: `mute-${item.id}`, title: label, onclick: ask },
      "Mute…",
    );
  }
  const word = said.find((one) => one.id === item.muted_by);
  const until = word?.until ? ["muted until ", timeOf(Date.parse(word.until))] : "muted";
  return [
    h("span", { class: "chip", title: word?.note || null }, until),
    word?.template ? undo(word, changed, "Unmute") : null,
  ];
}

export class TemplateRow {
  readonly row: HTMLTableRowElement;
  readonly trend = h("div", { class: "chart spark" });
  private opened: HTMLTableRowElement | null = null;
  private readonly counts = h("div", { class: "chart", "aria-busy": "true" });
  private seen = "";
  private asked = 0; // how often its counts were
  private item: Template;

  constructor(
    item: Template,
    private readonly toggle: (id: string) => void,
  ) {
    this.item = item;
    this.row = h("tr", {
      id: `template-${item.id}`,
      class: "openable",
      onclick: (event: Event) => this.clicked(event),
    });
  }

  get id(): string {
    return this.item.id;
  }

  get namespace(): string {
    return this.item.namespace;
  }

  /** The rows of the table that it takes. */
  get rows(): HTMLTableRowElement[] {
    return this.opened ? [this.row, this.opened] : [this.row];
  }

  /** Draws it anew where something of it changed. */
  update(item: Template, shown: Shown, isOpen: boolean): void {
    this.item = item;
    const word = shown.said.find((one) => one.id === item.muted_by);
    const seen = JSON.stringify([item, word, shown.newSince, isOpen]);
    if (seen === this.seen) return;
    this.seen = seen;
    const focused = this.row.contains(document.activeElement) ? document.activeElement?.id : "";
    this.row.replaceChildren(...this.cells(shown, isOpen));
    this.row.classList.toggle("picked", isOpen);
    if (isOpen) this.open(shown);
    else this.opened = null;
    if (focused) document.getElementById(focused)?.focus({ preventScroll: true });
  }

  /** Opens it where it stands, or closes it. */
  turn(shown: Shown, isOpen: boolean): void {
    this.opened?.remove();
    this.update(this.item, shown, isOpen);
    if (this.opened) this.row.after(this.opened);
  }

  private cells({ newSince, withNamespace }: Shown, isOpen: boolean): HTMLElement[] {
    const { item } = this;
    const first = Date.parse(item.first_seen);
    const space = `/namespaces/${encodeURIComponent(item.namespace)}`;
    const button = h(
      "button",
      { type: "button", id: `open-${item.id}`, "aria-expanded": String(isOpen), onclick: () => this.toggle(item.id) },
      template(item.text),
    );
    return [
      h("td", { class: "level-cell" }, h("span", { class: `level ${item.level}` }, item.level || "–")),
      h(
        "td",
        { class: "what" },
        button,
        h(
          "p",
          { class: "meta" },
          newSince !== null && first > newSince ? h("span", { class: "chip new" }, "new") : null,
          item.muted ? h("span", { class: "chip mute" }, "muted") : null,
          isOpen ? null : h("span", { class: "example", dir: "ltr" }, visible(item.example, 300)),
        ),
      ),
      ...(withNamespace ? [h("td", { class: "of" }, h("a", { href: space }, plain(item.namespace, 80)))] : []),
      h("td", { class: "of" }, visible(item.workload, 80)),
      h("td", { class: "trend-cell" }, this.trend),
      h("td", { class: "figure", title: exact(item.count) }, number(item.count)),
      h("td", { class: "when" }, timeOf(Date.parse(item.last_seen))),
      h("td", { class: "when" }, timeOf(first)),
    ];
  }

  /** A click on the row opens it, unless it is on something of its own, or ends a selection. */
  private clicked(event: Event): void {
    if ((event.target as Element).closest("a, button") || String(getSelection())) return;
    this.toggle(this.item.id);
  }

  private open(shown: Shown): void {
    const { item } = this;
    const fact = (term: string, ...value: Children[]): HTMLElement =>
      h("div", null, h("dt", null, term), h("dd", null, value));
    const facts = h(
      "dl",
      { class: "facts" },
      fact("Lines ever", exact(item.count)),
      fact("First seen", timeOf(Date.parse(item.first_seen))),
      fact("Last seen", timeOf(Date.parse(item.last_seen))),
      fact("Id", h("code", null, plain(item.id, 60))),
    );
    const below = h("div", { class: "below" }, facts, h("div", { class: "quieting" }, quieting(item, shown)));
    const line = h("pre", { dir: "ltr", tabindex: "0", "aria-label": "A line of it" }, visible(item.example, 4000));
    const place = h("td", { colspan: this.row.cells.length }, this.counts, line, below);
    if (this.opened) this.opened.replaceChildren(place);
    else this.opened = h("tr", { class: "opened", id: `opened-${item.id}` }, place);
  }

  /** Its counts over this time, where it is open. */
  async draw(range: Range, { strips = [], edges = [] }: Marks): Promise<void> {
    if (!this.opened) return;
    this.asked += 1;
    const mine = this.asked;
    const { since, until } = range;
    const query = { since, until, buckets: columns(this.counts.clientWidth), template: [this.item.id] };
    const found = await get<Trends>(`${namespacePath(this.item.namespace)}/trends`, query);
    // A slow answer is not to replace that of a time that was chosen later.
    if (mine !== this.asked || !this.opened?.isConnected) return;
    const values = found.items[0]?.counts ?? [];
    const sum = values.reduce<number>((total, value) => total + (value ?? 0), 0);
    drawTime(this.counts, {
      label: `Lines of this template over time, ${plural(sum, "line")}`,
      height: 130,
      start: Date.parse(found.since),
      step: found.step_seconds * 1000,
      from: range.start,
      until: range.end,
      series: [{ name: "lines", values, kind: "steps", colour: "accent" }],
      strips,
      edges,
    });
  }
}
