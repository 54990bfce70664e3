// The templates of all namespaces: what all logs consist of, what of it is new, and what isn't logged any more.

import { get } from "../api/client";
import type { Feedback, Items, Namespaces } from "../api/shapes";
import { TemplateList } from "../findings/templatelist";
import { Picker } from "../time/picker";
import { byId, h, show } from "../ui/dom";
import { plain } from "../ui/hostile";
import { live } from "../ui/live";
import { asked } from "../ui/query";
import { namespacesKnown, shell } from "../ui/shell";

let newest = Date.now();
let names: readonly string[] = [];

const picker = new Picker(() => refresh());
const templates = new TemplateList({
  place: byId("templates"),
  note: byId("templates-note"),
  path: "/api/v1/templates",
  range: () => picker.range,
  newest: () => newest,
  namespaces: () => names,
  changed: () => refresh(),
});

/** The way to the page of the one that is chosen. */
function ways(): void {
  const name = asked("namespace");
  document.title = name ? `Templates of ${plain(name, 60)} · drainwatch` : "Templates · drainwatch";
  const query = new URLSearchParams({ namespace: name });
  show(byId("ways"), name, () =>
    name
      ? [
          h("a", { href: `/namespaces/${encodeURIComponent(name)}` }, "its page"),
          h("a", { href: `/changes?${query}` }, "what changed"),
          h("a", { href: `/compare?${query}` }, "compare two times"),
        ]
      : null,
  );
}

async function load(signal: AbortSignal): Promise<void> {
  const [spaces, said] = await Promise.all([
    get<Namespaces>("/api/v1/namespaces", {}, signal),
    get<Items<Feedback>>("/api/v1/feedback", { active: true }, signal),
  ]);
  names = spaces.items.map((one) => one.namespace).sort((a, b) => a.localeCompare(b));
  namespacesKnown(names);
  newest = spaces.closed_until ? Date.parse(spaces.closed_until) : Date.now();
  picker.endsAt(newest);
  templates.tell(said.items, []);
  ways();
  await templates.load(signal);
}

// The box of namespaces is in the list, which has written the address by the time that this hears of it.
byId("templates").addEventListener("change", ways);
shell();
const refresh = live(load);
