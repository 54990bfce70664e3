// Chooses whose logs are compared, and which two times: by presets, by inputs, or by dragging on the chart.

import type { Namespace } from "../api/shapes";
import { byId, type Children, h, show } from "../ui/dom";
import { duration, MINUTE, timeText, utc } from "../ui/format";
import { plain } from "../ui/hostile";
import {
  addressed,
  type Part,
  PRESETS,
  type Preset,
  placedAt,
  presetOf,
  type Stretch,
  type Two,
  withPart,
  wrong,
} from "./stretches";

const PARTS: readonly Part[] = ["before", "after"];

const local = (time: number): string =>
  new Date(time - new Date(time).getTimezoneOffset() * MINUTE).toISOString().slice(0, 16);

const query = (): URLSearchParams => new URLSearchParams(location.search);

/** What the page compares now. */
export interface Chosen {
  readonly namespace: Namespace;
  readonly both: Two;
  /** What there is of it, up to the newest closed window. */
  readonly known: Stretch;
}

export const changesAddress = (namespace: string): string => `/changes?${new URLSearchParams({ namespace })}`;

/** Draws itself into `#namespace`, `#presets` and `#stretches`; `changed` is called when something was chosen. */
export class Chooser {
  private part: Part = "after";
  private now: Chosen | null = null;
  private isChosen = true; // by the reader, and not yet drawn

  constructor(private readonly changed: () => unknown) {
    addEventListener("popstate", () => this.again());
  }

  /** Goes to another address of this page; the back button comes back. */
  private go(to: string): void {
    history.pushState(null, "", to);
    this.again();
  }

  private again(): void {
    this.isChosen = true;
    this.changed();
  }

  /** The box with all namespaces; none is chosen where `name` is empty or unknown. */
  namespaces(all: readonly Namespace[], name: string): void {
    const names = all.map((one) => one.namespace).sort((a, b) => a.localeCompare(b));
    show(byId("namespace"), [names, name], () => {
      const take = (event: Event): void => {
        const to = query();
        to.delete("template");
        to.set("namespace", (event.target as HTMLSelectElement).value);
        this.go(`?${to}`);
      };
      const option = (one: string): Children => h("option", { value: one, selected: one === name }, plain(one, 80));
      const none = names.includes(name)
        ? null
        : h("option", { value: "", selected: true, disabled: true }, "choose one");
      return h("label", null, "Namespace ", h("select", { id: "whose", onchange: take }, none, names.map(option)));
    });
  }

  /** Everything else, for what is compared now. */
  draw(now: Chosen): void {
    this.now = now;
    this.presets(now);
    const place = byId("stretches");
    // Times that go with the clock don't overwrite those that are just being typed.
    if (this.isChosen || !place.contains(document.activeElement)) {
      show(place, [now.both, this.part, now.namespace.namespace], () => this.form(now.both));
    }
    this.isChosen = false;
  }

  /** What was dragged over is the part that dragging is for; after the time before, it is for the time after. */
  readonly dragged = (start: number, end: number): void => {
    const { now, part } = this;
    if (!now) return;
    const both = withPart(now.both, part, start, end);
    this.part = part === "before" ? "after" : part;
    this.now = { ...now, both };
    this.go(addressed(query(), both));
  };

  /** Those that the namespace is old enough for, and the one that is shown. */
  private presets({ namespace, known }: Chosen): void {
    const current = presetOf(query(), known);
    const all = current && !PRESETS.includes(current) ? [current, ...PRESETS] : PRESETS;
    const offered = all.filter((one) => one === current || placedAt(one, known.end).before.start >= known.start);
    show(byId("presets"), [location.search, offered], () => [
      ...offered.map((one) => this.preset(one, one === current)),
      h("a", { href: changesAddress(namespace.namespace), id: "preset-changes" }, "last roll-out"),
    ]);
  }

  private preset(one: Preset, isCurrent: boolean): HTMLElement {
    const take = (event: MouseEvent): void => {
      if (event.ctrlKey || event.metaKey || event.shiftKey) return;
      event.preventDefault();
      this.go(addressed(query(), one));
    };
    const named = { href: addressed(query(), one), title: one.title, "aria-label": one.title };
    const id = `preset-${one.range}${one.against}`;
    return h("a", { ...named, id, "aria-current": isCurrent ? "true" : null, onclick: take }, one.text);
  }

  private form(both: Two): Children {
    const problem = h("p", { class: "problem", role: "alert", hidden: true });
    const read = (id: string): number => new Date(byId<HTMLInputElement>(id).value).getTime();
    const take = (event: Event): void => {
      event.preventDefault();
      const stretch = (part: Part): Two[Part] => ({ start: read(`${part}-from`), end: read(`${part}-to`) });
      const to = { before: stretch("before"), after: stretch("after") };
      problem.textContent = wrong(to);
      problem.hidden = problem.textContent === "";
      if (problem.hidden) this.go(addressed(query(), to));
    };
    return h(
      "form",
      { onsubmit: take, "aria-label": "Two times" },
      PARTS.map((part) => this.fields(part, both[part])),
      h("button", { class: "action main", id: "compare", title: "These times, and no later ones" }, "Compare"),
      h("p", { class: "note" }, "Dragging on the chart chooses the one that is marked."),
      problem,
    );
  }

  private fields(part: Part, { start, end }: Two[Part]): HTMLElement {
    const name = part === "before" ? "Before" : "After";
    const input = (id: string, text: string, time: number): Children => {
      const label = h("span", { class: "hidden" }, text);
      const box = { id: `${part}-${id}`, type: "datetime-local", value: local(time), required: true, title: utc(time) };
      return h("label", null, label, h("input", box));
    };
    const drags = h("input", {
      type: "radio",
      name: "drags",
      id: `drags-${part}`,
      checked: part === this.part,
      onchange: () => {
        this.part = part;
      },
    });
    return h(
      "fieldset",
      { class: part, title: `${timeText(start)} to ${timeText(end)}` },
      h("legend", { class: "hidden" }, name),
      h(
        "label",
        { class: "drags", title: `Dragging on the chart chooses the time ${part}` },
        drags,
        h("b", null, name),
      ),
      input("from", `${name}, from`, start),
      h("span", { "aria-hidden": "true" }, "–"),
      input("to", `${name}, to`, end),
      h("span", { class: "note" }, duration(end - start)),
    );
  }
}
