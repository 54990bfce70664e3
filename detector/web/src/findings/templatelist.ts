// A list of templates, searched, filtered and sorted by the API and drawn a page at a time, with how each one went.

import { get } from "../api/client";
import type { Feedback, Template, Templates } from "../api/shapes";
import { erase } from "../charts/plot";
import type { Range } from "../time/range";
import { type Children, h, show } from "../ui/dom";
import { exact, plural } from "../ui/format";
import { asked, keep } from "../ui/query";
import { type Moment, TemplateFilters } from "./templatefilters";
import { type Marks, type Shown, TemplateRow } from "./templaterow";
import { Trends } from "./trends";

const PAGE = 100;
const MOST = 1000; // that the API gives at once

/** What was loaded last. */
interface Loaded {
  readonly items: readonly Template[];
  readonly isMore: boolean;
  readonly total: number;
}

export interface Listing {
  /** Where the list is drawn, and where it says how many there are. */
  readonly place: HTMLElement;
  readonly note: HTMLElement;
  /** Of the API: where templates are listed. */
  readonly path: string;
  /** The time over which trends are drawn; relative filters end with it. */
  readonly range: () => Range;
  /** Up to where windows are closed, milliseconds. */
  readonly newest: () => number;
  /** Names of namespaces to choose from, where several are listed. */
  readonly namespaces?: () => readonly string[];
  /** Something was said of a template: what is shown has to be loaded anew. */
  readonly changed: () => unknown;
}

const ASCENDING = new Set<string | null>(["text", "workload", "namespace"]);
const HEADS: readonly [string, string, string | null][] = [
  ["", "Level", "level"],
  ["what", "Template, an example", "text"],
  ["of", "Namespace", "namespace"],
  ["of", "Workload", "workload"],
  ["trend-cell", "Trend", null],
  ["figure", "Lines", "count"],
  ["when", "Last seen", "last_seen"],
  ["when", "First seen", "first_seen"],
];

/** Loads and draws what the address asks for. */
export class TemplateList {
  /** Those first seen later (milliseconds) are marked as new. */
  newSince: number | null = null;
  private said: readonly Feedback[] = [];
  /** Moments that can be chosen as “new since” and “gone since”. */
  private moments: readonly Moment[] = [];
  private marks: Marks = {};
  private pages = 1;
  private turn = 0;
  /** Whether nothing was searched or filtered since the page was opened. */
  private isAsLinked = true;
  private loaded: Loaded = { items: [], isMore: false, total: 0 };
  private rows = new Map<string, TemplateRow>();
  private readonly trends = new Trends();
  private readonly filters: TemplateFilters;
  private readonly body = h("tbody");
  private readonly head = h("tr");
  private readonly below = h("div", { "aria-busy": "true" });
  private readonly table: HTMLTableElement;

  constructor(private readonly how: Listing) {
    const tools = h("div", { class: "tools" });
    this.table = h("table", { class: "templates", hidden: true }, h("thead", null, this.head), this.body);
    how.place.replaceChildren(tools, this.table, this.below);
    this.filters = new TemplateFilters(tools, {
      moments: () => this.moments,
      newest: how.newest,
      changed: () => this.restart(),
      namespaces: how.namespaces ?? null,
    });
  }

  private restart(): void {
    this.pages = 1;
    this.isAsLinked = false;
    this.load().catch((error: Error) => this.fail(error));
  }

  private fail(error: Error): void {
    this.say(h("p", { class: "empty", role: "alert" }, error.message));
  }

  /** Draws anew with what became known of feedback and of moments. */
  tell(said: readonly Feedback[], moments: readonly Moment[]): void {
    this.said = said;
    this.moments = moments;
    this.filters.draw();
    if (this.rows.size) this.draw();
  }

  /** What is marked in the counts of the one that is open. */
  mark(marks: Marks): void {
    this.marks = marks;
    if (this.rows.size) this.drawOpened().catch((error: Error) => this.fail(error));
  }

  /** Whether the address asks for a moment that isn't known yet. */
  get isWaiting(): boolean {
    return this.filters.isWaiting;
  }

  /** Loads what the address asks for. */
  async load(signal?: AbortSignal): Promise<void> {
    this.turn += 1;
    const mine = this.turn;
    this.filters.draw();
    const query = { ...this.filters.params(), limit: Math.min(PAGE * this.pages, MOST) };
    const found = await get<Templates>(this.how.path, query, signal);
    const items = [...found.items];
    let cursor = found.next_cursor ?? null;
    while (cursor && items.length < PAGE * this.pages) {
      const next: Templates = await get<Templates>(this.how.path, { ...query, cursor }, signal);
      items.push(...next.items);
      cursor = next.next_cursor ?? null;
    }
    const opened = await this.opened(items, signal);
    if (mine !== this.turn) return;
    this.filters.draw(found.facets);
    this.loaded = { items: opened, isMore: cursor !== null, total: found.total };
    this.draw();
    await this.drawOpened();
  }

  private async drawOpened(): Promise<void> {
    await this.rows.get(asked("template"))?.draw(this.how.range(), this.marks);
  }

  /** With the one that is open first where the list doesn't hold it: a link leads to it. A search closes it. */
  private async opened(items: Template[], signal?: AbortSignal): Promise<Template[]> {
    const open = asked("template");
    if (!open || items.some(({ id }) => id === open)) return items;
    if (!this.isAsLinked) {
      keep({ template: "" });
      return items;
    }
    const one = await get<Template>(`/api/v1/templates/${encodeURIComponent(open)}`, {}, signal).catch(() => null);
    return one ? [one, ...items] : items;
  }

  private get shown(): Shown {
    const { newSince, said } = this;
    const { namespaces, changed } = this.how;
    return { newSince, said, withNamespace: namespaces !== undefined, changed };
  }

  private draw(): void {
    const { items, isMore, total } = this.loaded;
    const { shown } = this;
    const open = asked("template");
    const kept = new Map<string, TemplateRow>();
    for (const item of items) {
      const known = this.rows.get(item.id);
      const row = known ?? new TemplateRow(item, (id) => this.toggle(id));
      row.update(item, shown, item.id === open);
      if (!known) this.trends.add(item.id, row.trend);
      kept.set(item.id, row);
    }
    for (const [id, row] of this.rows) if (!kept.has(id)) this.drop(id, row);
    this.rows = kept;
    this.place([...kept.values()].flatMap((row) => row.rows));
    this.heads();
    this.table.hidden = !items.length;
    this.say(items.length ? this.more(isMore) : this.nothing());
    const said = isMore ? `${exact(items.length)} of ${plural(total, "template")}` : plural(total, "template");
    show(this.how.note, said, () => said);
    this.trends.show([...kept.values()], this.how.range());
  }

  private drop(id: string, row: TemplateRow): void {
    this.trends.remove(id);
    erase(row.trend);
  }

  /** Puts rows where they belong; those that are there stay untouched, and the focus with them. */
  private place(rows: readonly HTMLTableRowElement[]): void {
    const wanted = new Set(rows);
    for (const row of [...this.body.rows]) if (!wanted.has(row)) row.remove();
    rows.forEach((row, at) => {
      const there = this.body.rows[at] ?? null;
      if (there === row) return;
      const focused = row.contains(document.activeElement) ? document.activeElement?.id : "";
      this.body.insertBefore(row, there);
      if (focused) document.getElementById(focused)?.focus({ preventScroll: true });
    });
  }

  private heads(): void {
    const sort = this.filters.sort;
    show(this.head as HTMLElement, sort, () =>
      HEADS.filter(([, , order]) => order !== "namespace" || this.how.namespaces).map(([name, text, order]) => {
        const way = ASCENDING.has(order) ? "ascending" : "descending";
        const ordered = order === null ? null : order === sort ? way : "none";
        const button = (): HTMLElement =>
          h("button", { type: "button", id: `by-${order}`, onclick: () => this.filters.order(order ?? "count") }, text);
        return h("th", { class: name || null, scope: "col", "aria-sort": ordered }, order ? button() : text);
      }),
    );
  }

  /** Opens a template, or closes it; the address says which one is open. */
  private toggle(id: string): void {
    const before = asked("template");
    keep({ template: before === id ? "" : id });
    for (const one of new Set([before, id])) this.rows.get(one)?.turn(this.shown, one === asked("template"));
    this.drawOpened().catch((error: Error) => this.fail(error));
  }

  private say(children: Children): void {
    this.below.removeAttribute("aria-busy");
    this.below.replaceChildren(...[children].flat().filter((one) => one instanceof Node));
  }

  private more(isMore: boolean): Children {
    if (!isMore) return null;
    const click = async (): Promise<void> => {
      const last = this.body.rows.length;
      this.pages += 1;
      await this.load().catch((error: Error) => this.fail(error));
      this.body.rows[last]?.querySelector("button")?.focus();
    };
    return h("button", { type: "button", class: "more", id: "more", onclick: click }, `Show ${PAGE} more`);
  }

  private nothing(): Children {
    if (!this.filters.isNarrow)
      return h("p", { class: "empty" }, "No templates yet: they appear when the first window closes.");
    const all = h(
      "button",
      { type: "button", class: "action", id: "all", onclick: () => this.filters.clear() },
      "Show all",
    );
    const advice = "No template matches. Search looks at text, example and workload; try fewer words, or another time.";
    return h("div", { class: "empty" }, h("p", null, advice), h("p", { class: "buttons" }, all));
  }
}
