// Which templates are listed and in which order: read from the address, and written to it.

import type { Templates } from "../api/shapes";
import { byId, type Children, h } from "../ui/dom";
import { DAY, exact, HOUR, iso, MINUTE, timeText } from "../ui/format";
import { plain } from "../ui/hostile";
import { asked, keep } from "../ui/query";

type Facets = Templates["facets"];

/** A moment that has a name, beside those that go with the clock. */
export interface Moment {
  /** As it stands in the address. */
  readonly key: string;
  readonly text: string;
  /** Milliseconds. */
  readonly time: number;
}

export const SORTS = [
  ["count", "most frequent"],
  ["last_seen", "last seen"],
  ["first_seen", "newest"],
  ["level", "worst level"],
  ["namespace", "namespace"],
  ["workload", "workload"],
  ["text", "text"],
] as const;
const PARAMETERS = ["q", "namespace", "workload", "level", "muted"] as const;
const SINCE = ["new_since", "gone_since"] as const;
const LENGTHS: readonly [string, string, number][] = [
  ["-1h", "1 hour ago", HOUR],
  ["-6h", "6 hours ago", 6 * HOUR],
  ["-24h", "24 hours ago", DAY],
  ["-7d", "7 days ago", 7 * DAY],
];
const MOMENT = /^[a-z]/;
const OWN = "own";
const TYPING = 200;

/** A time for an input, in the reader's zone. */
const local = (time: number): string =>
  new Date(time - new Date(time).getTimezoneOffset() * MINUTE).toISOString().slice(0, 16);

export interface Filtered {
  readonly moments: () => readonly Moment[];
  /** Where lengths of time end: the newest closed window. */
  readonly newest: () => number;
  readonly changed: () => unknown;
  /** Names to choose from, where several namespaces are listed; null where it is one. */
  readonly namespaces: (() => readonly string[]) | null;
}

export class TemplateFilters {
  private typing = 0;
  private readonly drawn = new WeakMap<HTMLElement, string>();

  constructor(
    place: HTMLElement,
    private readonly how: Filtered,
  ) {
    place.replaceChildren(...this.controls());
    this.draw();
  }

  get sort(): string {
    const wanted = asked("sort");
    return SORTS.some(([value]) => value === wanted) ? wanted : "count";
  }

  /** Whether anything is filtered out. */
  get isNarrow(): boolean {
    return [...PARAMETERS, ...SINCE].some((name) => asked(name));
  }

  /** Whether a moment that has a name is asked for and isn't known yet. */
  get isWaiting(): boolean {
    return SINCE.some((name) => MOMENT.test(asked(name)) && this.time(asked(name)) === null);
  }

  /** As the API wants it. */
  params(): Record<string, string> {
    const found: Record<string, string> = { sort: this.sort };
    for (const name of PARAMETERS) found[name] = asked(name).slice(0, 500);
    for (const name of SINCE) {
      const time = this.time(asked(name));
      found[name] = time === null ? "" : iso(time);
    }
    return found;
  }

  /** Takes another order, which the back button undoes. */
  order(sort: string): void {
    this.take({ sort: sort === "count" ? "" : sort }, true);
  }

  /** Lists everything again. */
  clear(): void {
    this.take(Object.fromEntries([...PARAMETERS, ...SINCE].map((name) => [name, ""])), true);
  }

  /** Brings the controls up to what the address says, and offers what occurs. */
  draw(facets?: Facets): void {
    const search = byId<HTMLInputElement>("search");
    if (search !== document.activeElement) search.value = asked("q");
    byId<HTMLSelectElement>("sort").value = this.sort;
    byId<HTMLSelectElement>("muted").value = asked("muted");
    for (const name of SINCE) this.drawSince(name);
    if (this.how.namespaces) {
      const names = this.how.namespaces();
      this.only(byId("namespace"), names, () => this.spaces(names));
    }
    if (!facets) return;
    this.only(byId("level"), facets.levels, () => this.levels(facets.levels));
    const workload = byId<HTMLSelectElement>("workload");
    this.only(workload, facets.workloads, () => this.workloads(facets.workloads));
  }

  /** Puts new children into a place where they changed. */
  private only(place: HTMLElement, key: unknown, make: () => HTMLElement[]): void {
    const seen = JSON.stringify([key, location.search]);
    if (this.drawn.get(place) === seen) return;
    this.drawn.set(place, seen);
    const focused = place.contains(document.activeElement) ? document.activeElement?.id : "";
    place.replaceChildren(...make());
    (place.closest<HTMLElement>(".field") ?? place).hidden = place.childElementCount < 2;
    if (place instanceof HTMLSelectElement) place.value = asked(place.id);
    if (focused) document.getElementById(focused)?.focus();
  }

  private take(values: Record<string, string>, isStep: boolean): void {
    keep(values, isStep);
    this.draw();
    this.how.changed();
  }

  private time(value: string): number | null {
    if (!value) return null;
    const length = LENGTHS.find(([key]) => key === value);
    if (length) return this.how.newest() - length[2];
    const named = this.how.moments().find(({ key }) => key === value);
    const time = named ? named.time : Date.parse(value);
    return Number.isNaN(time) ? null : time;
  }

  private controls(): HTMLElement[] {
    const typed = (event: Event): void => {
      const { value } = event.target as HTMLInputElement;
      clearTimeout(this.typing);
      this.typing = window.setTimeout(() => this.take({ q: value.trim() }, false), TYPING);
    };
    const field = (id: string, text: string, change: () => void, options: Children = null): HTMLElement =>
      h(
        "span",
        { class: `field of-${id}`, hidden: !options },
        h("label", { for: id }, text),
        h("select", { id, onchange: change }, options),
      );
    const select = (id: string, text: string, options: Children = null): HTMLElement =>
      field(id, text, () => this.take({ [id]: byId<HTMLSelectElement>(id).value }, true), options);
    const muted: Children = [
      ["", "shown"],
      ["true", "only"],
      ["false", "hidden"],
    ].map(([value, text]) => h("option", { value: value ?? "" }, text));
    const search = h("input", {
      type: "search",
      id: "search",
      placeholder: "Search text, example or workload",
      autocomplete: "off",
      spellcheck: "false",
      maxlength: 200,
      oninput: typed,
    });
    const sorts = SORTS.filter(([value]) => value !== "namespace" || this.how.namespaces).map(([value, text]) =>
      h("option", { value }, text),
    );
    return [
      h("label", { class: "search" }, h("span", { class: "hidden" }, "Search templates"), search),
      ...(this.how.namespaces ? [select("namespace", "Namespace")] : []),
      select("workload", "Workload"),
      this.since("new_since", "New since"),
      this.since("gone_since", "Gone since"),
      field("sort", "Sort by", () => this.order(byId<HTMLSelectElement>("sort").value), sorts),
      h("div", { id: "level", class: "toggles", role: "group", "aria-label": "Level", hidden: true }),
      select("muted", "Muted", muted),
    ];
  }

  private since(name: string, text: string): HTMLElement {
    const take = (): void => {
      const { value } = byId<HTMLSelectElement>(name);
      if (value !== OWN) {
        this.take({ [name]: value }, true);
        return;
      }
      const box = byId<HTMLInputElement>(`${name}-time`);
      box.value = local(this.how.newest() - HOUR);
      this.take({ [name]: iso(new Date(box.value).getTime()) }, true);
      box.focus();
    };
    const own = (event: Event): void => {
      const time = new Date((event.target as HTMLInputElement).value).getTime();
      if (!Number.isNaN(time)) this.take({ [name]: iso(time) }, true);
    };
    return h(
      "span",
      { class: "field since" },
      h("label", { for: name }, text),
      h("select", { id: name, onchange: take }),
      h("input", {
        id: `${name}-time`,
        type: "datetime-local",
        "aria-label": `${text}, time`,
        hidden: true,
        onchange: own,
      }),
    );
  }

  private drawSince(name: string): void {
    const value = asked(name);
    const moments = this.how.moments();
    const select = byId<HTMLSelectElement>(name);
    const known = [...moments.map(({ key }) => key), ...LENGTHS.map(([key]) => key)];
    const own = value !== "" && !known.includes(value) && !Number.isNaN(Date.parse(value));
    const key = moments.map(({ key, time }) => `${key} ${time}`).join();
    if (this.drawn.get(select) !== key) {
      this.drawn.set(select, key);
      select.replaceChildren(
        h("option", { value: "" }, "any time"),
        ...moments.map((one) => h("option", { value: one.key }, `${one.text}, ${timeText(one.time)}`)),
        ...LENGTHS.map(([length, text]) => h("option", { value: length }, text)),
        h("option", { value: OWN }, "another time…"),
      );
    }
    select.value = own ? OWN : known.includes(value) ? value : "";
    const box = byId<HTMLInputElement>(`${name}-time`);
    box.hidden = !own;
    if (own && box !== document.activeElement) box.value = local(Date.parse(value));
  }

  private levels(found: Facets["levels"]): HTMLElement[] {
    const chosen = asked("level");
    const names = Object.keys(found);
    if (chosen && !names.includes(chosen)) names.push(chosen);
    const button = (level: string, text: string, count: number): HTMLElement => {
      const isChosen = level === chosen;
      const take = (): void => this.take({ level: isChosen ? "" : level }, true);
      return h(
        "button",
        {
          type: "button",
          id: `level-${level || "all"}`,
          class: "toggle",
          "aria-pressed": String(isChosen),
          onclick: take,
        },
        level ? h("i", { class: `swatch level-${level}` }) : null,
        h("span", null, text),
        h("b", null, exact(count)),
      );
    };
    const all = Object.values(found).reduce((sum, count) => sum + count, 0);
    return [button("", "all levels", all), ...names.map((level) => button(level, plain(level, 20), found[level] ?? 0))];
  }

  private spaces(names: readonly string[]): HTMLElement[] {
    const chosen = asked("namespace");
    const all = chosen && !names.includes(chosen) ? [...names, chosen] : names;
    return [h("option", { value: "" }, "all"), ...all.map((name) => h("option", { value: name }, plain(name, 60)))];
  }

  private workloads(found: Facets["workloads"]): HTMLElement[] {
    const chosen = asked("workload");
    const names = Object.keys(found);
    if (chosen && !names.includes(chosen)) names.push(chosen);
    return [
      h("option", { value: "" }, "all"),
      ...names.map((name) => h("option", { value: name }, `${plain(name, 60)} (${exact(found[name] ?? 0)})`)),
    ];
  }
}
