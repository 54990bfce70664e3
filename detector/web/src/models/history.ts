// All models that a namespace ever had, the newest first: when each was made of what and why, and which is at work.

import type { Version } from "../api/shapes";
import { may } from "../api/who";
import { type Children, h, svg } from "../ui/dom";
import { ago, exact, period, plural, timeOf } from "../ui/format";
import { plain, template, visible } from "../ui/hostile";
import { short, span, why } from "./words";

const WIDTH = 1000;
const DRIFTS = 5;
const LEFT_OUT = 4;

export interface Told {
  /** Texts of templates by id, as far as they are known. */
  readonly texts: ReadonlyMap<string, string>;
  readonly choose: (one: Version) => void;
  readonly compare: (old: Version, now: Version) => void;
}

const time = (text: string): number => Date.parse(text);

/** The time that it learned from, on the time of all of them; what it left out is a gap. */
function bar(one: Version, from: number, until: number): SVGElement {
  const at = (moment: number): number => ((moment - from) / Math.max(until - from, 1)) * WIDTH;
  const [begin, end] = [at(time(one.trained_from)), at(time(one.trained_until))];
  const gap = (left: { start: string; end: string }): SVGElement =>
    svg("rect", {
      class: "gap",
      x: at(time(left.start)),
      width: Math.max(at(time(left.end)) - at(time(left.start)), 2),
      height: 10,
    });
  return svg(
    "svg",
    { class: "learned", viewBox: `0 0 ${WIDTH} 10`, preserveAspectRatio: "none", "aria-hidden": "true" },
    svg("rect", { class: "rail", y: 4, width: WIDTH, height: 2 }),
    svg("rect", { class: "part", x: begin, width: Math.max(end - begin, 4), height: 10 }),
    one.left_out.map(gap),
  );
}

function drifted({ what, workload, statistic }: Version["drift"][number], texts: Told["texts"]): HTMLElement {
  const text = texts.get(what);
  const known = text ? template(text, 200) : what === "score" ? "the score" : visible(what, 100);
  const percent = Math.round(statistic * 100);
  return h(
    "li",
    null,
    svg(
      "svg",
      { class: "share", viewBox: "0 0 100 8", role: "img", "aria-label": `${percent} % away from what was learned` },
      svg("rect", { class: "rail", width: 100, height: 8, rx: 2 }),
      svg("rect", { class: "part", width: Math.max(2, percent), height: 8, rx: 2 }),
    ),
    h("span", { class: "percent" }, `${percent} %`),
    h(
      "span",
      { class: "series" },
      known,
      h("span", { class: "note" }, workload === what ? "all of its lines" : plain(workload, 80)),
    ),
  );
}

function drifts(one: Version, texts: Told["texts"]): Children {
  if (!one.drift.length) return null;
  const more = one.drift.length - DRIFTS;
  return h(
    "ul",
    { class: "drift", "aria-label": "What had drifted, the furthest first" },
    one.drift.slice(0, DRIFTS).map((drift) => drifted(drift, texts)),
    more > 0 ? h("li", { class: "note" }, `and ${more} more`) : null,
  );
}

function leftOut(one: Version): Children {
  if (!one.left_out.length) return null;
  const more = one.left_out.length - LEFT_OUT;
  return h(
    "p",
    { class: "note left-out" },
    "Left out, for they were odd: ",
    one.left_out
      .slice(0, LEFT_OUT)
      .map((left, place) => [place ? ", " : null, period(time(left.start), time(left.end))]),
    more > 0 ? ` and ${more} more` : null,
  );
}

function chosen(one: Version): Children {
  if (!one.chosen) return null;
  const { author, note, time: when } = one.chosen;
  return h(
    "p",
    { class: "saying" },
    h("b", null, "Chosen"),
    author ? h("span", null, "by ", visible(author, 60)) : null,
    h("span", null, "from ", timeOf(time(when)), " on"),
    note ? h("q", null, visible(note, 300)) : null,
  );
}

function buttons(one: Version, all: readonly Version[], told: Told): Children {
  const before = all[all.indexOf(one) + 1];
  const atWork = all.find((other) => other.at_work);
  const button = (id: string, text: string, act: () => void): Children =>
    h("button", { type: "button", class: "action small", id: `${id}-${one.version}`, onclick: act }, text);
  return h(
    "p",
    { class: "buttons" },
    before ? button("before", "What is new in it", () => told.compare(before, one)) : null,
    atWork && atWork !== one ? button("with", "Compare with the one at work", () => told.compare(one, atWork)) : null,
    one.chosen || (one.at_work && one === all[0]) || !may("admin")
      ? null
      : button("choose", "Put to work…", () => told.choose(one)),
  );
}

function entry(one: Version, all: readonly Version[], told: Told, from: number, until: number): HTMLElement {
  const learned = plural(one.windows, "window");
  return h(
    "li",
    { class: one.at_work ? "at-work" : null, id: `model-${one.version}` },
    h(
      "div",
      { class: "when" },
      timeOf(time(one.trained_until)),
      h("span", { class: "note" }, ago(time(one.trained_until))),
    ),
    h(
      "div",
      { class: "said" },
      h(
        "p",
        { class: "what-for" },
        why(one),
        one.at_work ? h("span", { class: "chip new" }, "at work") : null,
        one.chosen ? h("span", { class: "chip" }, "chosen") : null,
      ),
      bar(one, from, until),
      h(
        "p",
        { class: "meta" },
        h("code", null, short(one.version)),
        h("span", null, `learned from ${span(one)}: `, period(time(one.trained_from), time(one.trained_until))),
        h("span", { title: exact(one.windows) }, learned),
        h("span", null, plural(one.templates, "template")),
        one.feedback.length ? h("span", null, `went by ${plural(one.feedback.length, "word")} of feedback`) : null,
        h("a", { href: one.links.self }, "JSON"),
      ),
      drifts(one, told.texts),
      leftOut(one),
      chosen(one),
      buttons(one, all, told),
    ),
  );
}

/** The list; `all` are of one namespace. */
export function history(all: readonly Version[], told: Told): HTMLElement {
  const from = Math.min(...all.map((one) => time(one.trained_from)));
  const until = Math.max(...all.map((one) => time(one.trained_until)));
  return h(
    "ol",
    { class: "timeline" },
    all.map((one) => entry(one, all, told, from, until)),
  );
}

/** Ids of templates whose texts the list wants to know. */
export const wantedTexts = (all: readonly Version[]): string[] => [
  ...new Set(all.flatMap((one) => one.drift.slice(0, DRIFTS).map((drift) => drift.what))),
];
