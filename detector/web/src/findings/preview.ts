// What a silence that is being made would do: which namespaces its pattern fits, and what it would keep quiet now.

import { h } from "../ui/dom";
import { plain } from "../ui/hostile";
import { fits } from "../ui/patterns";
import { keptQuiet, type Ongoing, ongoing, quietLine } from "./quiet";
import type { Wish } from "./silences";

const NAMED = 5;
const loads = new WeakMap<HTMLElement, Promise<Ongoing>>();
const wanted = new WeakMap<HTMLElement, readonly Wish[]>();

function pattern(name: string, known: readonly string[]): HTMLElement | null {
  if (!known.length || !name.includes("*")) return null;
  const fitting = known.filter((one) => fits(name, one));
  const names = fitting.slice(0, NAMED).map((one) => plain(one, 60));
  const more = fitting.length > NAMED ? ` and ${fitting.length - NAMED} more` : "";
  const said = fitting.length ? `: ${names.join(", ")}${more}` : "";
  return h("p", null, `Fits ${fitting.length} of ${known.length} namespaces${said}.`);
}

/** Draws it; what goes on is asked for once a dialogue. */
export async function preview(place: HTMLElement, wishes: readonly Wish[], known: readonly string[]): Promise<void> {
  wanted.set(place, wishes);
  const loading = loads.get(place) ?? ongoing();
  loads.set(place, loading);
  // Without an answer there is no preview; whether it can be silenced is said when it is tried.
  const found = await loading.catch(() => null);
  if (!found || wanted.get(place) !== wishes) return;
  const said = wishes.some((one) => one.namespace || one.template);
  const [first] = wishes;
  place.replaceChildren(
    ...[
      first && wishes.length === 1 ? pattern(first.namespace, known) : null,
      said
        ? quietLine(
            keptQuiet(wishes, found),
            "Keeps quiet right now:",
            "Of what goes on right now it is about nothing.",
          )
        : null,
    ].filter((one) => one !== null),
  );
}
