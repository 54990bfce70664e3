// Two times of a namespace held against each other.

import { get, Problem } from "../api/client";
import type { Changed, Namespace, Namespaces } from "../api/shapes";
import { Chooser } from "../compare/chooser";
import { Result } from "../compare/result";
import { changeList, held } from "../compare/story";
import { type Two, two } from "../compare/stretches";
import { drawVolume } from "../compare/volume";
import { byId, type Children, h, show } from "../ui/dom";
import { iso } from "../ui/format";
import { plain } from "../ui/hostile";
import { live } from "../ui/live";
import { shell } from "../ui/shell";

const name = (): string => new URLSearchParams(location.search).get("namespace") ?? "";

/** What there is to read where nothing can be compared. */
const told = (key: unknown, make: () => Children): boolean => show(byId("told"), key, make);

function crumbs(): void {
  const own = name();
  const link = own ? h("a", { href: `/namespaces/${encodeURIComponent(own)}` }, plain(own, 80)) : null;
  show(byId("crumbs"), own, () => [h("a", { href: "/" }, "Overview"), " / ", link, link ? " / " : null, "compare"]);
  document.title = own ? `${plain(own, 60)}, two times · drainwatch` : "Compare · drainwatch";
}

function noneChosen(items: readonly Namespace[]): Children {
  if (!items.length) return h("p", { class: "empty" }, "No line was read yet: there is nothing to compare.");
  const link = ({ namespace }: Namespace): Children =>
    h("li", null, h("a", { href: `?${new URLSearchParams({ namespace })}` }, plain(namespace, 80)));
  return h(
    "div",
    { class: "empty" },
    h("p", null, name() ? "There is no such namespace." : "Whose logs? Choose a namespace."),
    h("ul", { class: "names" }, items.map(link)),
  );
}

function hide(): void {
  byId("volume-section").hidden = true;
  show(byId("story"), null, () => null);
  result.hide();
}

const result = new Result();

async function load(signal: AbortSignal): Promise<void> {
  crumbs();
  const { items, closed_until } = await get<Namespaces>("/api/v1/namespaces", {}, signal);
  chooser.namespaces(items, name());
  const namespace = items.find((one) => one.namespace === name());
  if (!namespace || !closed_until) {
    hide();
    show(byId("presets"), null, () => null);
    told([name(), items.map((one) => one.namespace)], () => noneChosen(items));
    return;
  }
  const known = { start: Date.parse(namespace.first_window ?? closed_until), end: Date.parse(closed_until) };
  const both = two(new URLSearchParams(location.search), known);
  byId("volume-section").hidden = false;
  chooser.draw({ namespace, both, known });
  await Promise.all([
    compare(namespace.namespace, both, signal),
    drawVolume(byId("volume"), namespace.namespace, both, known, chooser.dragged, signal),
  ]);
}

async function compare(namespace: string, { before, after }: Two, signal: AbortSignal): Promise<void> {
  const times = {
    since: iso(after.start),
    until: iso(after.end),
    before_since: iso(before.start),
    before_until: iso(before.end),
  };
  try {
    const found = await get<Changed>("/api/v1/compare", { namespace, ...times }, signal);
    told(null, () => null);
    show(byId("story"), { ...found, differences: [] }, () => [held(found), changeList(found)]);
    result.show(found);
  } catch (error) {
    if (!(error instanceof Problem) || error.status !== 422) throw error;
    show(byId("story"), null, () => null);
    result.hide();
    told(error.message, () => h("p", { class: "empty", id: "problem" }, error.message));
  }
}

shell();
const chooser: Chooser = new Chooser(() => refresh());
const refresh = live(load);
