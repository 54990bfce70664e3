// The result of a comparison, as both pages show it: how many appeared, vanished, rose, fell; the table; a copy of it.

import type { Changed } from "../api/shapes";
import { copyButton } from "../ui/clipboard";
import { byId, type Children, h, show } from "../ui/dom";
import { exact, plural } from "../ui/format";
import { asked, keep } from "../ui/query";
import { csv, markdown } from "./copies";
import { counted, SORTS, seen, type View, viewOf, WAYS, type Way } from "./differences";
import { drawOverlay } from "./overlay";
import { table } from "./table";

const MOST = 100; // rows at first

/** Draws itself into `#differences` and `#differences-tools`. */
export class Result {
  private found: Changed | null = null;
  private version = 0; // another one whenever something else was found
  private all = false;

  constructor() {
    addEventListener("popstate", () => this.draw());
  }

  get view(): View {
    return viewOf(new URLSearchParams(location.search));
  }

  show(found: Changed): void {
    if (JSON.stringify(found) !== JSON.stringify(this.found)) {
      this.found = found;
      this.version += 1;
    }
    byId("differences-section").hidden = false;
    this.draw();
  }

  /** Nothing to compare: nothing to see. */
  hide(): void {
    this.found = null;
    byId("differences-section").hidden = true;
  }

  private draw(): void {
    const [found, view] = [this.found, this.view];
    if (!found) return;
    const { differences } = found;
    const counts = counted(differences);
    // A box that is open isn't drawn anew under the reader's hands, unless what it says has changed.
    show(byId("differences-tools"), [counts, view.ways, view.sort], () => this.tools(counts, view));
    const fresh = show(byId("differences"), [this.version, view, this.all], () => this.rows(found, view));
    const open = differences.find((one) => one.template_id === view.open);
    if (fresh && open && document.getElementById("overlay")) void this.overlay(found, view.open);
  }

  private async overlay(found: Changed, id: string | null): Promise<void> {
    const one = found.differences.find((other) => other.template_id === id);
    if (!one) return;
    try {
      await drawOverlay(found, one);
    } catch (error) {
      const place = document.getElementById("overlay");
      if (place) show(place, "failed", () => h("p", { class: "empty" }, (error as Error).message));
    }
  }

  private rows(found: Changed, view: View): Children {
    if (!found.differences.length)
      return h(
        "p",
        { class: "empty" },
        "Nothing that chance and load don't explain: the same templates, as often as before.",
      );
    if (!seen(found.differences, view).length)
      return h(
        "p",
        { class: "empty" },
        `None of the ${plural(found.differences.length, "template")} ${view.ways.join(" or ")}.`,
      );
    return this.listed(found, view);
  }

  /** The strongest evidence is what one reads: the others come when they are asked for. */
  private listed(found: Changed, view: View): Children {
    const rows = seen(found.differences, view);
    const isCut = !this.all && rows.length > MOST && !rows.slice(MOST).some((one) => one.template_id === view.open);
    const more = (): void => {
      this.all = true;
      this.draw();
    };
    return [
      table(found, isCut ? rows.slice(0, MOST) : rows, view.open, (id) => this.toggle(id)),
      isCut
        ? h("button", { type: "button", class: "more", id: "more", onclick: more }, `Show all ${exact(rows.length)}`)
        : null,
    ];
  }

  private toggle(id: string): void {
    keep({ template: asked("template") === id ? "" : id });
    this.draw();
  }

  private tools(counts: Record<Way, number>, view: View): Children {
    if (!Object.values(counts).some(Boolean)) return null;
    const copy = (make: typeof csv) => (): string => (this.found ? make(this.found, this.view) : "");
    const filter = (way: Way): HTMLElement =>
      h(
        "button",
        {
          type: "button",
          id: `way-${way}`,
          class: `filter ${way}`,
          title: WAYS[way].means,
          "aria-pressed": String(view.ways.includes(way)),
          disabled: counts[way] === 0 && !view.ways.includes(way),
          onclick: () => this.narrow(way),
        },
        h("i", { "aria-hidden": "true" }, WAYS[way].sign),
        h("b", null, String(counts[way])),
        ` ${way}`,
      );
    return [
      h(
        "div",
        { class: "filters", role: "group", "aria-label": "Only those that" },
        (Object.keys(WAYS) as Way[]).map(filter),
      ),
      h("label", { class: "sorting" }, "Sort by ", this.sorting(view)),
      h(
        "span",
        { class: "copies" },
        copyButton("Copy as Markdown", "the table as Markdown", copy(markdown), {
          id: "copy-markdown",
        }),
        copyButton("Copy as CSV", "the table as CSV", copy(csv), { id: "copy-csv" }),
      ),
    ];
  }

  private narrow(way: Way): void {
    const ways = this.view.ways.includes(way) ? this.view.ways.filter((one) => one !== way) : [...this.view.ways, way];
    keep({ way: ways.join(",") });
    this.draw();
  }

  private sorting(view: View): HTMLElement {
    const changed = (event: Event): void => {
      const sort = (event.target as HTMLSelectElement).value;
      keep({ sort: sort === "evidence" ? "" : sort });
      this.draw();
    };
    return h(
      "select",
      { id: "sort", onchange: changed },
      Object.entries(SORTS).map(([value, text]) => h("option", { value, selected: value === view.sort }, text)),
    );
  }
}
