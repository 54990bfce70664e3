// What the overview says where there is nothing to show: why, and what to do next.

import type { Lanes, Status } from "../api/shapes";
import { type Children, h } from "../ui/dom";
import { number, timeOf } from "../ui/format";
import type { Severity } from "../ui/severity";
import { severity } from "./address";
import type { Otherwise } from "./incidents";

// What a reader can do about lines that don't count; the other reasons need a look at the files.
const REMEDIES: Record<string, Children> = {
  no_time: [
    "Nothing says when they were written, with date and zone. If only the zone is missing, name it: ",
    h("code", null, "drainwatch run --timezone UTC"),
  ],
};

const state = (title: string, ...text: Children[]): HTMLElement =>
  h(
    "div",
    { class: "empty" },
    h("h3", null, title),
    text.map((one) => one && h("p", null, one)),
  );

type Tally = NonNullable<Status["tally"]>;

function uncounted({ read, dropped }: Tally): HTMLElement {
  const reasons = Object.entries(dropped).sort(([, a], [, b]) => b - a);
  const why = reasons.map(([reason, count]) => `${reason} (${number(count)})`).join(", ");
  return state(
    "No line could be counted",
    `${number(read)} lines read, dropped as ${why}.`,
    REMEDIES[reasons[0]?.[0] ?? ""] ?? ["What each reason means, and what to do, is in the reference; ", statusLink()],
  );
}

const statusLink = (): HTMLElement => h("a", { href: "/status" }, "the status page has the account of all lines.");

function reading({ phase, source }: Status, tally: Tally): HTMLElement {
  const share = phase === "catching up" && source?.total ? source.done / source.total : null;
  return state(
    "Reading the first lines",
    `${number(tally.read)} lines read; namespaces appear here when their first window closes, within two minutes.`,
    share === null
      ? null
      : h("progress", { max: 1, value: share, "aria-label": "Read so far" }, `${Math.floor(share * 100)} %`),
  );
}

/** To who may see some namespaces only, which may be none of those that there are. */
const nothingOfYours = (): HTMLElement =>
  state(
    "Nothing here for you yet",
    "None of the namespaces that you may see has logged anything. Your name, above, says which those are.",
  );

/** There is no namespace yet. */
export function nothingYet(status: Status): HTMLElement {
  if (!status.tally) return nothingOfYours();
  const { records, dropped, read } = status.tally;
  if (status.error) {
    return state("The last pass failed", status.error, ["It is tried again by itself; ", statusLink()]);
  }
  if (!records && Object.keys(dropped).length) return uncounted(status.tally);
  if (read) return reading(status, status.tally);
  return state("No log lines yet", [
    "Point drainwatch at container logs: ",
    h("code", null, "drainwatch run /var/log/containers"),
    ". Or look at the demo: ",
    h("code", null, "drainwatch demo"),
    ".",
  ]);
}

/** No name has these words. */
export const unmatched = (words: string, clear: () => void): HTMLElement =>
  h(
    "div",
    { class: "empty" },
    h("h3", null, "No namespace has this in its name"),
    h("p", null, `“${words}” was looked for. A namespace appears with its first line.`),
    h("p", { class: "buttons" }, h("button", { type: "button", class: "action", onclick: clear }, "Show all")),
  );

/** What the API couldn't answer. */
export const unread = (problem: string): HTMLElement =>
  state("This can't be shown now", problem, ["The page tries again by itself; ", statusLink()]);

/** No incident in this time. */
export function quiet(lanes: Lanes): Otherwise {
  const least = severity();
  const learning = lanes.items.filter((lane) => lane.state === "learning");
  const all = learning.length > 0 && learning.length === lanes.total;
  const until = Math.max(...learning.map((lane) => (lane.learning_until ? Date.parse(lane.learning_until) : 0)), 0);
  return { key: [least, all, until], make: () => calm(least, all ? until : null) };
}

/** `learning` is until when all of them learn, 0 where that isn't known; null where some don't. */
function calm(least: Severity | null, learning: number | null): HTMLElement {
  if (learning !== null) {
    const until = learning ? [" until ", timeOf(learning)] : null;
    return h("p", { class: "empty" }, "Still learning what is usual", until, ". Findings appear after that.");
  }
  if (least) {
    const which = least === "critical" ? least : `${least} or worse`;
    return state(`No incident is ${which}`, "Choose all severities, or a longer time, to see more.");
  }
  return state(
    "Nothing unusual",
    "Nothing to tell in this time. All that was logged is as usual; a longer range may show more.",
  );
}
