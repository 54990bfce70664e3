// Makes text that strangers wrote visible as it is: control characters, escape sequences and marks that turn the
// writing direction are shown as names, long text is cut, and nothing in it can reach beyond its own box.

import { h } from "./dom.js";

const ODD = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb]/u;
const NAMES = { 0x1b: "ESC", 0x00: "NUL", 0x07: "BEL", 0x08: "BS", 0x0d: "CR", 0x7f: "DEL" };

function named(character) {
  const code = character.codePointAt(0);
  const name = NAMES[code] ?? `U+${code.toString(16).toUpperCase().padStart(4, "0")}`;
  return h("span", { class: "odd", title: "a character that can't be seen" }, name);
}

function pieces(text) {
  if (!ODD.test(text)) return [text];
  const found = [];
  let plain = "";
  for (const character of text) {
    if (!ODD.test(character)) {
      plain += character;
      continue;
    }
    if (plain) found.push(plain);
    plain = "";
    found.push(named(character));
  }
  return plain ? [...found, plain] : found;
}

/** Text nodes and names of odd characters, `limit` characters at most. */
export function visible(text, limit = 2000) {
  if (text.length <= limit) return pieces(text);
  return [...pieces(text.slice(0, limit)), h("span", { class: "cut" }, ` … ${text.length - limit} more characters`)];
}

const VARIABLE = /<(?:\*|[A-Z][A-Z0-9_-]{0,30})>/g;

/** The text of a template with its variables marked. */
export function template(text, limit = 600) {
  const shown = text.length > limit ? text.slice(0, limit) : text;
  const found = [];
  let end = 0;
  for (const match of shown.matchAll(VARIABLE)) {
    if (match.index > end) found.push(...pieces(shown.slice(end, match.index)));
    found.push(h("span", { class: "var" }, match[0].slice(1, -1)));
    end = match.index + match[0].length;
  }
  found.push(...pieces(shown.slice(end)));
  if (shown.length < text.length) found.push(h("span", { class: "cut" }, " …"));
  return h("bdi", { class: "template", dir: "ltr" }, found);
}

/** The same without elements, for tooltips and chart titles. */
export const plain = (text, limit = 160) => {
  const flat = [...text.slice(0, limit)].map((c) => (ODD.test(c) || c === "\n" ? " " : c)).join("");
  return text.length > limit ? `${flat}…` : flat;
};
