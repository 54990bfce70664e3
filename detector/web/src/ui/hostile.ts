// Makes text that strangers wrote visible as it is: control characters, escape sequences and marks that turn the
// writing direction are shown as names, long text is cut, and nothing in it can reach beyond its own box.

import { type Children, h } from "./dom";

const ODD =
  /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb]/u;
const NAMES: Record<number, string> = { 27: "ESC", 0: "NUL", 7: "BEL", 8: "BS", 13: "CR", 127: "DEL" };

function named(character: string): HTMLElement {
  const code = character.codePointAt(0) ?? 0;
  const name = NAMES[code] ?? `U+${code.toString(16).toUpperCase().padStart(4, "0")}`;
  return h("span", { class: "odd", title: "a character that can't be seen" }, name);
}

function pieces(text: string): Children[] {
  if (!ODD.test(text)) return [text];
  const found: Children[] = [];
  let calm = "";
  for (const character of text) {
    if (!ODD.test(character)) {
      calm += character;
      continue;
    }
    if (calm) found.push(calm);
    calm = "";
    found.push(named(character));
  }
  return calm ? [...found, calm] : found;
}

/** Text nodes and names of odd characters, `limit` characters at most. */
export function visible(text: string, limit = 2000): Children {
  if (text.length <= limit) return pieces(text);
  return [...pieces(text.slice(0, limit)), h("span", { class: "cut" }, ` … ${text.length - limit} more characters`)];
}

const VARIABLE = /<(?:\*|[A-Z][A-Z0-9_-]{0,30})>/g;

/** The text of a template with its variables marked. */
export function template(text: string, limit = 600): HTMLElement {
  const kept = text.length > limit ? text.slice(0, limit) : text;
  const found: Children[] = [];
  let end = 0;
  for (const match of kept.matchAll(VARIABLE)) {
    if (match.index > end) found.push(...pieces(kept.slice(end, match.index)));
    found.push(h("span", { class: "var" }, match[0].slice(1, -1)));
    end = match.index + match[0].length;
  }
  found.push(...pieces(kept.slice(end)));
  if (kept.length < text.length) found.push(h("span", { class: "cut" }, " …"));
  return h("bdi", { class: "template", dir: "ltr" }, found);
}

/** The same without elements, for labels, tooltips and titles. */
export function plain(text: string, limit = 160): string {
  const flat = [...text.slice(0, limit)].map((c) => (ODD.test(c) || c === "\n" ? " " : c)).join("");
  return text.length > limit ? `${flat}…` : flat;
}
