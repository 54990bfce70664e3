// The templates of a namespace: searched and sorted by the API, a page at a time.

import { byId, h, show } from "./dom.js";
import { askMuteTemplate, undo } from "./feedback.js";
import { get, namespacePath } from "./api.js";
import { exact, number, plural, timeOf } from "./format.js";
import { template, visible } from "./hostile.js";

export const SORTS = { count: "most frequent", last_seen: "last seen", first_seen: "newest", text: "text" };
const PAGE = 100;

/** Whether it is muted, and the way to change that. */
function quieting(item, said, changed) {
  if (!item.muted) return h("button", { type: "button", class: "action small", id: `mute-${item.id}`, onclick: () => askMuteTemplate(item.id, item.text, changed) }, "Mute…");
  const word = said.find((one) => one.id === item.muted_by);
  const until = word?.until ? ["muted until ", timeOf(Date.parse(word.until))] : "muted";
  return [h("span", { class: "chip", title: word?.note || null }, until), word?.template ? undo(word, changed, "Unmute") : null];
}

function row(item, newSince, said, changed) {
  const first = Date.parse(item.first_seen);
  const isNew = newSince !== null && first > newSince;
  return h("tr", null,
    h("td", { class: "level-cell" }, h("span", { class: `level ${item.level}` }, item.level || "–")),
    h("td", { class: "what" }, template(item.text),
      h("p", { class: "meta" }, h("span", null, visible(item.workload, 80)), isNew ? h("span", { class: "chip new" }, "new") : null, quieting(item, said, changed),
        h("span", { class: "example", dir: "ltr" }, visible(item.example, 300)))),
    h("td", { class: "figure", title: exact(item.count) }, number(item.count)),
    h("td", { class: "when" }, timeOf(Date.parse(item.last_seen))),
    h("td", { class: "when" }, timeOf(first)));
}

const table = (items, newSince, said, changed) =>
  h("table", { class: "templates" },
    h("thead", null, h("tr", null, h("th", null, "Level"), h("th", null, "Template, an example"), h("th", { class: "figure" }, "Lines"), h("th", null, "Last seen"), h("th", null, "First seen"))),
    h("tbody", null, items.map((item) => row(item, newSince, said, changed))));

function nothing(query) {
  return h("p", { class: "empty" }, query ? "No template matches. Search looks at text, example and workload; try fewer words." : "No templates yet: they appear when the first window closes.");
}

/** Loads and draws what search and sort ask for. Templates first seen after `newSince` (milliseconds) are marked. */
export class TemplateList {
  constructor(namespace) {
    this.namespace = namespace;
    this.newSince = null;
    this.said = [];
    this.changed = () => {};
    this.pages = 1;
    byId("sort").append(...Object.entries(SORTS).map(([value, text]) => h("option", { value }, text)));
    byId("sort").addEventListener("change", () => this.restart());
    byId("search").addEventListener("input", () => {
      clearTimeout(this.typing);
      this.typing = setTimeout(() => this.restart(), 200);
    });
  }

  restart() {
    this.pages = 1;
    this.load().catch((error) => show(byId("templates"), error.message, () => h("p", { class: "empty" }, error.message)));
  }

  async load(signal) {
    const asked = (this.asked = (this.asked ?? 0) + 1);
    const [query, sort] = [byId("search").value.trim(), byId("sort").value];
    const items = [];
    let cursor = null;
    for (let page = 0; page < this.pages && (page === 0 || cursor); page += 1) {
      const found = await get(`${namespacePath(this.namespace)}/templates`, { q: query, sort, cursor, limit: PAGE }, signal);
      items.push(...found.items);
      cursor = found.next_cursor;
    }
    if (asked !== this.asked) return;
    this.draw(items, cursor, query);
  }

  draw(items, cursor, query) {
    const more = () => ((this.pages += 1), this.load());
    show(byId("templates"), [items, cursor, query, this.newSince, this.said], () => [
      items.length ? table(items, this.newSince, this.said, this.changed) : nothing(query),
      cursor ? h("button", { type: "button", class: "more", id: "more", onclick: more }, "Show more") : null,
    ]);
    const said = items.length ? `${plural(items.length, "template")}${cursor ? " shown, there are more" : ""}` : "";
    show(byId("templates-note"), said, () => said);
  }
}
