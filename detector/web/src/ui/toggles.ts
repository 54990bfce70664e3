// What a chart draws, as buttons that switch it on and off: they are its legend, too.

import { type Children, h, show } from "./dom";

export interface Toggle {
  readonly name: string;
  readonly text: string;
  /** What it is, on hover. */
  readonly title?: string;
  /** A figure beside it. */
  readonly figure?: string;
  /** The class of its swatch. */
  readonly swatch: string;
  readonly isOn: boolean;
}

const taken = new WeakMap<HTMLElement, (name: string) => void>();

/** Draws them into a place, or draws them anew; the newest `take` gets the name of the one that was pressed. */
export function toggles(place: HTMLElement, all: readonly Toggle[], take: (name: string) => void): void {
  place.hidden = all.length === 0;
  // Buttons that look as before stay; what they draw isn't what was shown when they were made.
  taken.set(place, take);
  show(place, all, () => all.map((one) => button(place, one)));
}

const button = (place: HTMLElement, one: Toggle): Children =>
  h(
    "button",
    {
      type: "button",
      class: "toggle",
      id: `${place.id}-${one.name}`,
      title: one.title ?? null,
      "aria-pressed": String(one.isOn),
      onclick: () => taken.get(place)?.(one.name),
    },
    h("i", { class: `swatch ${one.swatch}`, "aria-hidden": "true" }),
    one.text,
    one.figure ? [" ", h("b", null, one.figure)] : null,
  );
