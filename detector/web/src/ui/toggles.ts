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

/** Draws them into a place, or draws them anew; `take` gets the name of the one that was pressed. */
export function toggles(place: HTMLElement, all: readonly Toggle[], take: (name: string) => void): void {
  place.hidden = all.length === 0;
  show(place, all, () => all.map((one) => button(place.id, one, take)));
}

const button = (group: string, one: Toggle, take: (name: string) => void): Children =>
  h(
    "button",
    {
      type: "button",
      class: "toggle",
      id: `${group}-${one.name}`,
      title: one.title ?? null,
      "aria-pressed": String(one.isOn),
      onclick: () => take(one.name),
    },
    h("i", { class: `swatch ${one.swatch}`, "aria-hidden": "true" }),
    one.text,
    one.figure ? [" ", h("b", null, one.figure)] : null,
  );
