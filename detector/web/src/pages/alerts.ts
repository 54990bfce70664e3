// What people were told of: open alerts first, who was told when, why somebody wasn't; and what is silenced.

import { get, list } from "../api/client";
import type { Alert, Items, Namespaces, Silence } from "../api/shapes";
import { may } from "../api/who";
import { alertList, worstFirst } from "../findings/alerts";
import { askSilence, lasts, silenceKey, silenceList } from "../findings/silences";
import { byId, type Children, h, show } from "../ui/dom";
import { MINUTE, plural } from "../ui/format";
import { live } from "../ui/live";
import { shell } from "../ui/shell";

const MOST = 200;
const OVER = 50; // silences

let known: string[] = [];
const minute = (): number => Math.floor(Date.now() / MINUTE);

function drawSilences(silences: readonly Silence[]): void {
  const active = silences.filter(lasts).sort((a, b) => Number(a.coming) - Number(b.coming));
  const over = silences.filter((one) => !lasts(one)).slice(0, OVER);
  const ended = (): Children =>
    h(
      "details",
      { id: "silences-over" },
      h("summary", null, `${plural(over.length, "silence")} that ${over.length === 1 ? "is" : "are"} over`),
      silenceList(over, refresh),
    );
  show(byId("silences"), [silences, minute()], () => [
    active.length ? silenceList(active, refresh) : h("p", { class: "empty" }, "Nothing is silenced."),
    over.length ? ended() : null,
  ]);
}

const none = (): Children =>
  h(
    "p",
    { class: "empty" },
    "Nothing that people would be told of. Channels are named under ",
    h("code", null, "alerts.channels"),
    " in the settings; ",
    h("code", null, "drainwatch alert test"),
    " tries one.",
  );

async function load(signal: AbortSignal): Promise<void> {
  const [open, newest, silences, namespaces] = await Promise.all([
    get<Items<Alert>>("/api/v1/alerts", { open: true }, signal),
    list<Alert>("/api/v1/alerts", {}, MOST, signal),
    get<Items<Silence>>("/api/v1/silences", {}, signal),
    get<Namespaces>("/api/v1/namespaces", {}, signal),
  ]);
  known = namespaces.items.map((one) => one.namespace);
  const ids = new Set(open.items.map((one) => one.id));
  const over = newest.items.filter((one) => !ids.has(one.id) && !one.open);
  const shown = [...worstFirst(open.items), ...over];
  document.title = `${open.items.length ? `${open.items.length} open · ` : ""}Alerts · drainwatch`;
  const more = newest.more ? " and more" : "";
  const count = shown.length ? `${open.items.length} open, ${over.length}${more} over; open ones first` : "";
  show(byId("alerts-note"), count, () => count);
  show(byId("alerts"), [shown, minute()], () => (shown.length ? alertList(shown) : none()));
  byId("silence").hidden = !may("feedback");
  drawSilences(silences.items);
}

shell();
const refresh = live(load);
const silence = (): void => {
  if (may("feedback")) askSilence([], refresh, known);
};
byId("silence").addEventListener("click", silence);
silenceKey(silence);
