// One line: how many namespaces there are, and what is still learning until when. How fresh all is stands in the header.

import type { Status } from "../api/shapes";
import { withRange } from "../time/range";
import { byId, type Children, h, show } from "../ui/dom";
import { exact, plural, timeOf } from "../ui/format";
import { plain } from "../ui/hostile";
import type { Learning } from "./reading";

const NAMED = 3;

function learnersSaid(learning: Learning, count: number): Children {
  if (!count) return null;
  const last = Math.max(...learning.values(), 0);
  const until = (time: number): Children => (time ? [" until ", timeOf(time)] : null);
  if (learning.size !== count || count > NAMED)
    return h("span", null, plural(count, "namespace"), " still learning", until(last));
  const names = [...learning].sort(([, a], [, b]) => a - b);
  const link = (name: string): Children =>
    h("a", { href: withRange(`/namespaces/${encodeURIComponent(name)}`) }, plain(name, 60));
  return h(
    "span",
    null,
    "still learning: ",
    names.map(([name, end], at) => [at ? ", " : "", link(name), until(end)]),
  );
}

/** Draws it; `learning` are those of which that is known. */
export function summary(status: Status, learning: Learning): void {
  const { ready = 0, learning: count = 0, silent = 0 } = status.namespaces;
  const all = ready + count + silent;
  const key = [location.search, status.namespaces, [...learning]];
  show(byId("summary"), key, () => [
    all ? h("span", null, plural(all, "namespace")) : null,
    silent ? h("span", null, `${exact(silent)} silent`) : null,
    learnersSaid(learning, count),
  ]);
}
