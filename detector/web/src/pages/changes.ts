// What changed: a namespace's logs since a roll-out (or any time) held against those before.

import { get, Problem } from "../api/client";
import type { Changed } from "../api/shapes";
import { timesOf } from "../compare/differences";
import { Result } from "../compare/result";
import { changeList, held } from "../compare/story";
import { addressed } from "../compare/stretches";
import { drawVolume } from "../compare/volume";
import { byId, type Children, h, show } from "../ui/dom";
import { DAY } from "../ui/format";
import { plain } from "../ui/hostile";
import { live } from "../ui/live";
import { shell } from "../ui/shell";

const SINCE = { "last-deploy": "last roll-out", "-1h": "1h", "-6h": "6h", "-24h": "24h" };
const asked = new URLSearchParams(location.search);
const name = asked.get("namespace") ?? "";
const since = asked.get("since") ?? "last-deploy";
const until = asked.get("until");

const namespaceLink = (): HTMLElement => h("a", { href: `/namespaces/${encodeURIComponent(name)}` }, plain(name, 80));
/** The same two times on the page on which they can be changed. */
const compareAddress = (found?: Changed): string => {
  const query = new URLSearchParams({ namespace: name });
  return `/compare${found ? addressed(query, timesOf(found)) : `?${query}`}`;
};

function chooser(found?: Changed): Children {
  const link = ([value, text]: [string, string]): Children => {
    const href = `/changes?${new URLSearchParams({ namespace: name, since: value })}`;
    return h("a", { href, "aria-current": value === since && !until ? "true" : null }, text);
  };
  return [...Object.entries(SINCE).map(link), h("a", { href: compareAddress(found) }, "two times…")];
}

const heading = (): HTMLElement => h("h1", null, "What changed in ", plain(name, 120));

const story = (found: Changed): Children =>
  h(
    "div",
    { class: "story" },
    heading(),
    held(found),
    changeList(found) ?? h("p", { class: "lead" }, "No change of a workload shows in its lines in this time."),
  );

/** No roll-out was seen, or nothing before: said with the way on. */
function without(problem: string): Children {
  const advice = h("p", { class: "lead" }, "Or ", h("a", { href: compareAddress() }, "compare two times of it"), ".");
  return h(
    "div",
    { class: "story" },
    heading(),
    h("p", { class: "lead", id: "problem" }, problem),
    name ? advice : null,
  );
}

const result = new Result();

async function load(signal: AbortSignal): Promise<void> {
  document.title = `What changed in ${plain(name, 60)} · drainwatch`;
  show(byId("crumbs"), name, () => [h("a", { href: "/" }, "Overview"), " / ", namespaceLink(), " / ", "changes"]);
  let found: Changed;
  try {
    found = await get<Changed>("/api/v1/changes", { namespace: name, since, until }, signal);
  } catch (error) {
    if (!(error instanceof Problem) || (error.status !== 404 && error.status !== 422)) throw error;
    show(byId("since"), null, () => chooser());
    show(byId("story"), error.message, () => without(error.message));
    byId("volume-section").hidden = true;
    result.hide();
    return;
  }
  show(byId("since"), timesOf(found), () => chooser(found));
  show(byId("story"), { ...found, differences: [] }, () => story(found));
  byId("volume-section").hidden = false;
  result.show(found);
  const both = timesOf(found);
  const known = { start: both.before.start - DAY, end: both.after.end };
  await drawVolume(byId("volume"), name, both, known, null, signal);
}

shell();
live(load);
