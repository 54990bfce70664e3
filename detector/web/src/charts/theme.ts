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

/** Calls `again` when the system turns light or dark, until what it gives is called. */
export function onTurn(again: () => void): () => void {
  dark.addEventListener("change", again);
  return () => dark.removeEventListener("change", again);
}

export const font = (): string => `11px ${getComputedStyle(document.body).fontFamily}`;
