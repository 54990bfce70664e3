// Builds elements. Strings become text nodes, so markup in a log line stays a string.

const SVG = "http://www.w3.org/2000/svg";

function fillIn(element, properties, children) {
  for (const [name, value] of Object.entries(properties ?? {})) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.flat(3).filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

export const h = (tag, properties, ...children) => fillIn(document.createElement(tag), properties, children);

export const svg = (tag, properties, ...children) => fillIn(document.createElementNS(SVG, tag), properties, children);

/** Replaces what a place shows, but only where `key` says that it changed: no flicker, no lost focus. */
export function show(place, key, make) {
  const seen = JSON.stringify(key);
  place.removeAttribute("aria-busy");
  if (place.shown === seen) return false;
  place.shown = seen;
  const focused = place.contains(document.activeElement) ? document.activeElement.id : "";
  place.replaceChildren(...[make()].flat(3).filter(Boolean));
  if (focused) document.getElementById(focused)?.focus({ preventScroll: true });
  return true;
}

export const byId = (id) => document.getElementById(id);
