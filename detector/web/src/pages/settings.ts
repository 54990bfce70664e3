// The settings in force: by section, where each was said, and what it would be otherwise.

import { get, Problem } from "../api/client";
import type { Setting, Settings } from "../api/shapes";
import { byId, type Children, h, show } from "../ui/dom";
import { number } from "../ui/format";
import { visible } from "../ui/hostile";
import { live } from "../ui/live";
import { asked, keep } from "../ui/query";
import { shell } from "../ui/shell";
import { drawTable } from "../ui/table";

const SECTIONS: Record<string, string> = {
  ingest: "how lines are read",
  parsing: "how lines become templates",
  detection: "how counts become findings",
  elasticsearch: "a cluster to read from, write to, or both",
  kafka: "a topic to read from, topics to write to",
  prometheus: "a server that metrics are read from",
  store: "where results are kept",
  service: "the page and the API",
  access: "who may come in",
  alerts: "who is told, of what and how",
  kibana: "where dashboards are set up",
};
const PLACES: Record<Setting["from"], string> = {
  default: "default",
  file: "file",
  environment: "environment",
  flag: "flag",
};

let found: Settings | null = null;
const search = byId<HTMLInputElement>("search");
const changed = byId<HTMLInputElement>("changed");

const sectionOf = (one: Setting): string => one.name.split(".")[0] ?? "";
const isSet = (one: Setting): boolean => one.from !== "default";

/** As one would write it in the file. */
function written(value: Setting["value"]): string {
  if (value === null || value === "" || (Array.isArray(value) && !value.length)) return "none";
  if (Array.isArray(value) && value.every((one) => typeof one === "string")) return value.join(", ");
  if (typeof value !== "object") return String(value);
  return Object.keys(value).length ? JSON.stringify(value).replace(/([,:])(?=["[{\d])/g, "$1 ") : "none";
}

function held(one: Setting): Children {
  if (one.secret) return h("span", { class: "secret" }, one.set ? "set, not shown" : "none");
  const [value, usual] = [written(one.value), written(one.default)];
  if (value === "none") return h("span", { class: "none" }, "none");
  const beside =
    value === usual || usual === "none" ? null : h("p", { class: "usual" }, "default ", visible(usual, 300));
  return [h("bdi", { class: "value" }, visible(value, 600)), beside];
}

function wanted(one: Setting): boolean {
  if (changed.checked && !isSet(one)) return false;
  const value = one.secret ? "" : written(one.value);
  const text = `${one.name} ${value} ${one.description} ${one.from}`.toLowerCase();
  return search.value
    .toLowerCase()
    .split(/\s+/)
    .every((word) => text.includes(word));
}

const columns = [
  {
    id: "name",
    name: "Setting",
    head: true,
    cell: (one: Setting) => h("a", { href: `#${one.name}`, class: "name" }, one.name.split(".").slice(1).join(".")),
  },
  { id: "value", name: "Value", cell: held },
  {
    id: "from",
    name: "From",
    cell: (one: Setting) => h("span", { class: isSet(one) ? "chip new" : "usual" }, PLACES[one.from]),
  },
  { id: "meaning", name: "Meaning", cell: (one: Setting) => visible(one.description, 600) },
] as const;

const panel = (name: string): HTMLElement =>
  h(
    "section",
    { "aria-labelledby": `${name}-title` },
    h(
      "div",
      { class: "head" },
      h("h2", { id: `${name}-title` }, name),
      h("span", { class: "note" }, SECTIONS[name] ?? ""),
    ),
    h("div", { class: "panel", id: `in-${name}` }),
  );

const nothing = (): HTMLElement =>
  h(
    "p",
    { class: "empty panel" },
    search.value ? "No setting has these words." : "Nothing was set: all is as it comes.",
  );

function draw(): void {
  if (!found) return;
  const shown = found.items.filter(wanted);
  const sections = [...new Set(shown.map(sectionOf))];
  const set = found.items.filter(isSet).length;
  const file = found.file ? `file ${found.file}` : "no settings file";
  const some = shown.length < found.items.length ? `${number(shown.length)} of ` : "";
  const note = `${some}${number(found.items.length)} settings, ${number(set)} of them set; ${file}`;
  show(byId("settings-note"), note, () => visible(note, 300));
  show(byId("jumps"), sections, () => sections.map((name) => h("a", { href: `#${name}-title` }, name)));
  const items = (name: string): Setting[] => shown.filter((one) => sectionOf(one) === name);
  show(byId("settings"), [sections, search.value, changed.checked], () =>
    sections.length ? sections.map(panel) : nothing(),
  );
  for (const name of sections)
    drawTable(byId(`in-${name}`), {
      label: `Settings of ${name}`,
      columns,
      items: items(name),
      usual: "",
      kind: "settings",
      row: (one) => ({ id: one.name, class: isSet(one) ? "set" : null }),
    });
}

/** What the address names is drawn after the browser looked for it. */
function goToNamed(): void {
  const id = decodeURIComponent(location.hash.slice(1));
  const named = id ? document.getElementById(id) : null;
  if (!named) return;
  named.scrollIntoView({ block: "center" });
  // The browser's own mark needs the address to change.
  for (const one of document.querySelectorAll(".named")) one.classList.remove("named");
  named.classList.add("named");
}

async function load(signal: AbortSignal): Promise<void> {
  const first = found === null;
  try {
    found = await get<Settings>("/api/v1/settings", {}, signal);
  } catch (error) {
    if (!(error instanceof Problem) || error.status !== 404) throw error;
    show(byId("settings"), error.message, () => h("p", { class: "empty panel" }, error.message));
    return;
  }
  draw();
  if (first) goToNamed();
}

shell();
search.value = asked("q");
changed.checked = asked("changed") === "1";
const choose = (): void => {
  keep({ q: search.value.trim(), changed: changed.checked ? "1" : "" });
  draw();
};
search.addEventListener("input", choose);
changed.addEventListener("change", choose);
addEventListener("hashchange", goToNamed);
live(load);
