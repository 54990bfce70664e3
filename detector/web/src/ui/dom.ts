// Builds elements. Strings become text nodes, so markup in a log line stays a string.

export type Child = Node | string | null | undefined | false;
export type Children = Child | readonly Children[];
type Value = string | number | boolean | null | undefined | ((event: never) => unknown);
export type Properties = Record<string, Value> | null;

const SVG = "http://www.w3.org/2000/svg";

function flat(children: Children): (Node | string)[] {
  if (Array.isArray(children)) return children.flatMap(flat);
  const child = children as Child;
  return child === null || child === undefined || child === false ? [] : [child];
}

function fillIn<E extends Element>(element: E, properties: Properties | undefined, children: Children): E {
  for (const [name, value] of Object.entries(properties ?? {})) {
    if (value === null || value === undefined || value === false) continue;
    if (typeof value === "function") element.addEventListener(name.slice(2), value as EventListener);
    else element.setAttribute(name, value === true ? "" : String(value));
  }
  element.append(...flat(children));
  return element;
}

/** An element with attributes, listeners (`onclick: …`) and children; what is null or false is left out. */
export const h = <K extends keyof HTMLElementTagNameMap>(
  tag: K,
  properties?: Properties,
  ...children: Children[]
): HTMLElementTagNameMap[K] => fillIn(document.createElement(tag), properties, children);

export const svg = <K extends keyof SVGElementTagNameMap>(
  tag: K,
  properties?: Properties,
  ...children: Children[]
): SVGElementTagNameMap[K] => fillIn(document.createElementNS(SVG, tag), properties, children);

export function byId<E extends HTMLElement = HTMLElement>(id: string): E {
  const found = document.getElementById(id);
  if (!found) throw new Error(`The page has no ${id}.`);
  return found as E;
}

/** Finds what has the focus once more when a place was drawn anew: by its id, else as the one of those that are alike. */
function focusIn(place: HTMLElement): () => HTMLElement | null {
  const focused = document.activeElement;
  if (!focused || focused === place || !place.contains(focused)) return () => null;
  const { id, tagName, textContent } = focused;
  if (id) return () => document.getElementById(id);
  const href = focused.getAttribute("href");
  const alike = (): HTMLElement[] =>
    [...place.querySelectorAll<HTMLElement>(tagName)].filter(
      (one) => one.textContent === textContent && one.getAttribute("href") === href,
    );
  const at = alike().indexOf(focused as HTMLElement);
  return () => alike()[at] ?? null;
}

const shown = new WeakMap<Element, string>();

/** Replaces what a place shows, but only where `key` says that it changed: no flicker, no lost focus. */
export function show(place: HTMLElement, key: unknown, make: () => Children): boolean {
  const seen = JSON.stringify(key) ?? "";
  place.removeAttribute("aria-busy");
  if (shown.get(place) === seen) return false;
  shown.set(place, seen);
  const focused = focusIn(place);
  const open = [...place.querySelectorAll<HTMLDetailsElement>("details[open][id]")].map((one) => one.id);
  place.replaceChildren(...flat(make()));
  for (const id of open) document.getElementById(id)?.setAttribute("open", "");
  focused()?.focus({ preventScroll: true });
  return true;
}
