// Chooses the time that is shown: lengths that go with the clock, a time of one's own, back, forth and wider.

import { byId, type Children, h } from "../ui/dom";
import { MINUTE, periodText, utc } from "../ui/format";
import { onKey } from "../ui/shell";
import { addressed, chosen, closer, LENGTHS, moved, type Range, range, type Wanted, wider } from "./range";

type Changed = () => unknown;

const local = (time: number): string =>
  new Date(time - new Date(time).getTimezoneOffset() * MINUTE).toISOString().slice(0, 16);

/** The one of the page. Draws itself into `#range`; the back button goes to the time before. */
export class Picker {
  private newest = Date.now();

  constructor(
    private readonly changed: Changed,
    private readonly names: readonly string[] = ["1h", "6h", "24h", "7d", "30d"],
  ) {
    addEventListener("popstate", () => this.again());
    addEventListener("click", (event) => this.leave(event));
    addEventListener("keydown", (event) => event.key === "Escape" && this.leave(event));
    onKey("h", "earlier", () => this.go(this.earlier()));
    onKey("l", "later", () => this.go(this.later()));
    onKey("z", "twice as much time", () => this.go(this.wider()));
    onKey("x", "half as much time", () => this.go(this.closer()));
    this.draw();
  }

  /** What is to be shown now. */
  get range(): Range {
    return range(new URLSearchParams(location.search), this.newest);
  }

  private readonly earlier = (): Wanted => moved(this.range, -0.5, this.newest);
  private readonly later = (): Wanted => moved(this.range, 0.5, this.newest);
  private readonly wider = (): Wanted => wider(this.range, this.newest);
  private readonly closer = (): Wanted => closer(this.range);

  /** Where relative ranges end: the newest closed window. */
  endsAt(newest: number): void {
    if (newest === this.newest) return;
    this.newest = newest;
    this.draw();
  }

  /** Shows another time: what was dragged over in a chart, say. */
  go(to: Wanted): void {
    const { relative, start, end } = this.range;
    if (to.relative === relative && to.start === start && to.end === end) return;
    history.pushState(null, "", addressed(new URLSearchParams(location.search), to));
    this.again();
  }

  zoom(start: number, end: number): void {
    this.go(chosen(start, end));
  }

  /** Closes the box with a time of one's own, at a click beside it or at Escape: while it is open nothing is drawn anew. */
  private leave(event: Event): void {
    const open = byId("range").querySelector<HTMLDetailsElement>("details[open]");
    const isKey = event.type === "keydown";
    if (!open || (!isKey && event.composedPath().includes(open))) return;
    open.open = false;
    if (isKey) byId("range-own").focus();
  }

  private again(): void {
    this.draw();
    this.changed();
  }

  private draw(): void {
    const place = byId("range");
    const focused = place.contains(document.activeElement) ? document.activeElement?.id : "";
    if (place.querySelector("details[open]")) return;
    place.replaceChildren(...[this.arrows(), this.lengths(), this.own()].flat().filter((one) => one !== null));
    if (focused) document.getElementById(focused)?.focus();
  }

  private arrows(): HTMLElement[] {
    const button = (id: string, sign: string, label: string, to: () => Wanted): HTMLElement =>
      h(
        "button",
        { type: "button", id, class: "step", "aria-label": label, title: label, onclick: () => this.go(to()) },
        sign,
      );
    return [
      button("range-earlier", "‹", "Earlier", this.earlier),
      button("range-later", "›", "Later", this.later),
      button("range-wider", "−", "Twice as much time", this.wider),
      button("range-closer", "+", "Half as much time", this.closer),
    ];
  }

  private lengths(): HTMLElement[] {
    const now = this.range;
    return this.names.map((name) => {
      const to = { relative: name, start: this.newest - (LENGTHS[name] ?? 0), end: this.newest };
      const href = addressed(new URLSearchParams(location.search), to);
      const take = (event: MouseEvent): void => {
        if (event.ctrlKey || event.metaKey || event.shiftKey) return;
        event.preventDefault();
        this.go(to);
      };
      const current = now.relative === name ? "true" : null;
      return h("a", { href, id: `range-${name}`, "aria-current": current, onclick: take }, name);
    });
  }

  /** A time of one's own, in the reader's zone. */
  private own(): HTMLElement {
    const now = this.range;
    const label = now.relative ? "custom" : periodText(now.start, now.end);
    const input = (id: string, text: string, value: number): Children =>
      h("label", null, text, h("input", { id, type: "datetime-local", value: local(value), required: true }));
    const problem = h("p", { class: "problem", role: "alert", hidden: true });
    const take = (event: Event): void => {
      event.preventDefault();
      const [from, to] = ["range-from", "range-to"].map((id) => new Date(byId<HTMLInputElement>(id).value).getTime());
      if (!(from! < to!)) {
        problem.textContent = "The end has to be later than the beginning.";
        problem.hidden = false;
        return;
      }
      details.open = false;
      this.go(chosen(from!, to!));
    };
    const details: HTMLDetailsElement = h(
      "details",
      { class: "own", ontoggle: () => details.open || this.draw() },
      h(
        "summary",
        {
          id: "range-own",
          "aria-current": now.relative ? null : "true",
          title: `${utc(now.start)} to ${utc(now.end)}`,
        },
        label,
      ),
      h(
        "form",
        { onsubmit: take },
        input("range-from", "From", now.start),
        input("range-to", "To", now.end),
        problem,
        h("button", { class: "action main" }, "Show"),
      ),
    );
    return details;
  }
}
