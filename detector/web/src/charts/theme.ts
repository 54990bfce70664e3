// The colours of the style sheet for canvases: light and dark are one rule there.

const dark = matchMedia("(prefers-color-scheme: dark)");
let known = new Map<string, string>();

dark.addEventListener("change", () => {
  known = new Map();
});

/** A colour by its name in the style sheet (`accent` for `--accent`), as `#rrggbb`. */
export function colour(name: string): string {
  let value = known.get(name);
  if (value === undefined) {
    value = getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
    known.set(name, value);
  }
  return value;
}

/** The same, let through by so much (0 to 1). */
export const faded = (name: string, alpha: number): string =>
  colour(name) +
  Math.round(alpha * 255)
    .toString(16)
    .padStart(2, "0");

/** Calls `again` when the system turns light or dark, until `place` has left the page. */
export function onTurn(place: Element, again: () => void): void {
  const turn = (): void => (place.isConnected ? again() : dark.removeEventListener("change", turn));
  dark.addEventListener("change", turn);
}

export const font = (): string => `11px ${getComputedStyle(document.body).fontFamily}`;
