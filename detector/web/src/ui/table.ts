// A table that its reader sorts by the buttons in its head; how it is sorted stands in the address.

import { type Children, h, type Properties, show } from "./dom";
import { asked, keep } from "./query";

export interface Column<T> {
  /** In the address: `sort=lines`, or `sort=-lines` for the most first. */
  readonly id: string;
  readonly name: string;
  readonly cell: (item: T) => Children;
  /** What it is sorted by, where it can be; what has none (null) comes last. */
  readonly by?: (item: T) => number | string | null;
  /** Numbers: to the right, and the most first. */
  readonly figure?: boolean;
  /** What a row is about: it heads it, for screen readers. */
  readonly head?: boolean;
}

export interface Table<T> {
  /** What it shows, for screen readers. */
  readonly label: string;
  readonly columns: readonly Column<T>[];
  readonly items: readonly T[];
  /** How it is sorted where the address doesn't say: `name`, `-lines`. */
  readonly usual: string;
  /** The parameter of the address; of several tables on a page each has its own. */
  readonly parameter?: string;
  /** A name for its style. */
  readonly kind?: string;
  /** Attributes of a row. */
  readonly row?: (item: T) => Properties;
  /** What else a redraw depends on: the minute, where cells say how long ago something was. */
  readonly key?: unknown;
  /** What is said below a row, as wide as the table. */
  readonly below?: (item: T) => Children;
}

interface Order {
  readonly id: string;
  readonly down: boolean;
}

const order = (text: string): Order => ({ id: text.replace(/^-/, ""), down: text.startsWith("-") });

const collator = new Intl.Collator([], { numeric: true, sensitivity: "base" });

function compare(a: number | string | null, b: number | string | null, down: boolean): number {
  if (a === null || b === null) return Number(a === null) - Number(b === null);
  const found = typeof a === "number" && typeof b === "number" ? a - b : collator.compare(String(a), String(b));
  return down ? -found : found;
}

/** How a table is sorted now. */
function orderOf<T>({ columns, usual, parameter = "sort" }: Table<T>): Order {
  const wanted = order(asked(parameter));
  return columns.some((one) => one.id === wanted.id && one.by) ? wanted : order(usual);
}

/** The items in the order that the address asks for; equal ones stay as they come. */
export function sorted<T>(table: Table<T>): T[] {
  const { id, down } = orderOf(table);
  const by = table.columns.find((one) => one.id === id)?.by;
  return by ? [...table.items].sort((a, b) => compare(by(a), by(b), down)) : [...table.items];
}

function head<T>(place: HTMLElement, table: Table<T>, column: Column<T>): HTMLElement {
  const { id, down } = orderOf(table);
  const is = column.id === id;
  const className = column.figure ? "figure" : null;
  if (!column.by) return h("th", { scope: "col", role: "columnheader", class: className }, column.name);
  const take = (): void => {
    const next = is ? !down : Boolean(column.figure);
    const wanted = `${next ? "-" : ""}${column.id}`;
    keep({ [table.parameter ?? "sort"]: wanted === table.usual ? "" : wanted });
    drawTable(place, table);
  };
  return h(
    "th",
    {
      scope: "col",
      role: "columnheader",
      class: className,
      "aria-sort": is ? (down ? "descending" : "ascending") : null,
    },
    h(
      "button",
      { type: "button", id: `${place.id}-by-${column.id}`, onclick: take },
      column.name,
      h("span", { class: "arrow", "aria-hidden": "true" }, is ? (down ? "↓" : "↑") : ""),
    ),
  );
}

function row<T>(table: Table<T>, item: T): HTMLElement[] {
  const cells = table.columns.map((column) => {
    const properties = { class: column.figure ? "figure" : `is-${column.id}`, "data-name": column.name };
    return column.head
      ? h("th", { ...properties, scope: "row", role: "rowheader" }, column.cell(item))
      : h("td", { ...properties, role: "cell" }, h("div", null, column.cell(item)));
  });
  const made = h("tr", { role: "row", ...table.row?.(item) }, cells);
  const below = table.below?.(item);
  if (!below) return [made];
  const wide = h("td", { role: "cell", colspan: table.columns.length }, below);
  return [made, h("tr", { role: "row", class: "below" }, wide)];
}

/** Draws it into a place that has an id, or draws it anew where something changed. The roles are named because
 * browsers forget them where a telephone shows rows as cards. */
export function drawTable<T>(place: HTMLElement, table: Table<T>): void {
  const items = sorted(table);
  show(place, [items, orderOf(table), table.key], () =>
    h(
      "table",
      { class: `sortable ${table.kind ?? ""}`, role: "table", "aria-label": table.label },
      h(
        "thead",
        { role: "rowgroup" },
        h(
          "tr",
          { role: "row" },
          table.columns.map((column) => head(place, table, column)),
        ),
      ),
      h(
        "tbody",
        { role: "rowgroup" },
        items.flatMap((item) => row(table, item)),
      ),
    ),
  );
}
