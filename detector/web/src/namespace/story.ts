// The head of the page of a namespace: how it is doing, what its model knows, what is wrong with its logs.

import type { Feedback, Namespace, Silence } from "../api/shapes";
import { mutesAll } from "../findings/feedback";
import { withRange } from "../time/range";
import { type Children, h } from "../ui/dom";
import { duration, exact, number, plural, timeOf } from "../ui/format";
import { plain, visible } from "../ui/hostile";
import { plate } from "../ui/severity";

const USUAL = 10; // windows below this are not kept as anomalies

export interface Told {
  readonly space: Namespace;
  readonly said: readonly Feedback[];
  readonly silences: readonly Silence[];
  /** The last roll-out: when (milliseconds), and in words. */
  readonly release: { readonly time: number; readonly said: string } | null;
}

const fact = (term: string, value: Children, title: string | null = null): HTMLElement =>
  h("div", null, h("dt", null, term), h("dd", { title }, value));

const page = (path: string, name: string): string => `${path}?${new URLSearchParams({ namespace: name })}`;

/** How far one that is learning has come. */
function learned({ windows, learning_windows: all }: Namespace): string {
  return all ? `${exact(Math.min(windows, all))} of ${plural(all, "window")}` : plural(windows, "window");
}

function lead(space: Namespace): Children {
  if (space.state === "learning") {
    if (!space.learning_until) return h("p", { class: "lead" }, "Still learning what is usual.");
    const known = ["Still learning what is usual: ", learned(space), ", scores begin at "];
    const bar = { max: space.learning_windows, value: space.windows, "aria-label": "learned" };
    return h("div", { class: "lead" }, known, timeOf(Date.parse(space.learning_until)), ".", h("progress", bar));
  }
  if (space.state !== "silent") return null;
  const advice = ". If it was not taken down, look at its pods and at the log shipper.";
  return h("p", { class: "lead" }, "No line since ", timeOf(Date.parse(space.last_line ?? space.last_window)), advice);
}

function model({ namespace, model: card }: Namespace): Children {
  if (!card) return null;
  const length = duration(Date.parse(card.trained_until) - Date.parse(card.trained_from));
  const said = `${duration(card.age_seconds * 1000)} old, learned from ${plural(card.windows, "window")}`;
  const link = h("a", { href: page("/models", namespace) }, said);
  return fact("Model", link, `${card.version}: ${length}, ${plural(card.templates, "template")}`);
}

function facts({ space, release }: Told): HTMLElement {
  return h(
    "dl",
    { class: "facts" },
    space.state === "learning" || space.state === "silent"
      ? null
      : fact("Score now", space.last_score < USUAL ? "as usual" : plate(space.last_score, space.severity)),
    fact("Lines", number(space.lines), exact(space.lines)),
    fact("Templates", h("a", { href: "#templates-title" }, number(space.templates))),
    fact("First line", timeOf(Date.parse(space.first_window))),
    release ? fact("Last roll-out", timeOf(release.time), plain(release.said, 200)) : null,
    model(space),
  );
}

/** Said in full; what holds of feedback and silences in a word. */
export function story(told: Told): HTMLElement {
  const { space, said, silences } = told;
  const chip = (kind: string, text = kind): Children => [" ", h("span", { class: `chip ${kind}` }, text)];
  const name = space.namespace;
  return h(
    "div",
    { class: "story" },
    h(
      "h1",
      null,
      plain(name, 120),
      chip(space.state),
      said.some(mutesAll) ? chip("muted") : null,
      silences.some((one) => !one.workload && !one.template) ? chip("muted", "silenced") : null,
    ),
    h(
      "p",
      { class: "meta big" },
      h("a", { href: page("/changes", name) }, "What changed since the last roll-out?"),
      h("a", { href: withRange(page("/compare", name)) }, "Compare two times"),
      h("a", { href: space.links.self }, "JSON"),
    ),
    lead(space),
    facts(told),
    space.unwell.map((advice) => h("p", { class: "advice" }, visible(advice, 600))),
  );
}
