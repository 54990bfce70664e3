// What people were told of: open alerts first, who was told when, why somebody wasn't; and what is silenced.

import { get, keepFresh, list } from "./api.js";
import { byId, h, show } from "./dom.js";
import { alertList, worstFirst } from "./alertlist.js";
import { plural } from "./format.js";
import { freshness } from "./freshness.js";
import { askSilence, silenceList } from "./silences.js";

const MOST = 200;

function drawSilences(silences) {
  const active = silences.filter((one) => one.active);
  const over = silences.filter((one) => !one.active).slice(0, 50);
  show(byId("silences"), [silences, Math.floor(Date.now() / 60_000)], () => [
    active.length ? silenceList(active, refresh) : h("p", { class: "empty" }, "Nothing is silenced."),
    over.length ? h("details", null, h("summary", null, `${plural(over.length, "silence")} that ${over.length === 1 ? "is" : "are"} over`), silenceList(over, refresh)) : null,
  ]);
}

async function load(signal) {
  const [status, open, newest, silences, namespaces] = await Promise.all([
    get("/api/v1/status", {}, signal),
    get("/api/v1/alerts", { open: true }, signal),
    list("/api/v1/alerts", {}, MOST, signal),
    get("/api/v1/silences", {}, signal),
    get("/api/v1/namespaces", {}, signal),
  ]);
  freshness(status);
  const ids = new Set(open.items.map((one) => one.id));
  const over = newest.items.filter((one) => !ids.has(one.id) && !one.open);
  const shown = [...worstFirst(open.items), ...over];
  document.title = `${open.items.length ? `${open.items.length} open · ` : ""}Alerts · drainwatch`;
  const count = shown.length ? `${open.items.length} open, ${over.length}${newest.more ? " and more" : ""} over; open ones first` : "";
  show(byId("alerts-note"), count, () => count);
  show(byId("alerts"), [shown, Math.floor(Date.now() / 60_000)], () =>
    shown.length ? alertList(shown) : h("p", { class: "empty" }, "Nothing that people would be told of. Channels are named under ", h("code", null, "alerts.channels"), " in the settings; ", h("code", null, "drainwatch alert test"), " tries one."));
  drawSilences(silences.items);
  known = namespaces.items.map((one) => one.namespace);
}

let known = [];
byId("silence").addEventListener("click", () => askSilence([], refresh, known));
const refresh = keepFresh(load, 5);
