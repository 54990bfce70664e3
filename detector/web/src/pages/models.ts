// The models: how old each namespace's is and what it was made of; its history, two compared, and a choice of another.

import { get, Problem, send } from "../api/client";
import type { Compared, Items, Namespace, Namespaces, Template, Version } from "../api/shapes";
import { may } from "../api/who";
import { drawCompared } from "../models/compared";
import { history, wantedTexts } from "../models/history";
import { short, span } from "../models/words";
import { dialogue } from "../ui/dialogue";
import { byId, type Children, h, show } from "../ui/dom";
import { ago, exact, MINUTE, number, period, plural } from "../ui/format";
import { plain } from "../ui/hostile";
import { live } from "../ui/live";
import { asked, keep } from "../ui/query";
import { shell } from "../ui/shell";
import { drawTable } from "../ui/table";

const search = byId<HTMLInputElement>("search");
let namespaces: Namespace[] = [];
let versions: Version[] = [];
const texts = new Map<string, string>();

/** Whose history is shown: the one that was chosen, or the only one that there is. */
function chosen(): string {
  const withModel = namespaces.filter((one) => one.model);
  return asked("namespace") || (withModel.length === 1 ? (withModel[0]?.namespace ?? "") : "");
}

function select(event: MouseEvent, name: string): void {
  if (event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  keep({ namespace: name, old: "", new: "" }, true);
  versions = [];
  void refresh().then(() => byId("history-title").focus());
}

function link(one: Namespace): Children {
  const name = one.namespace;
  if (!one.model) return h("a", { href: `/namespaces/${encodeURIComponent(name)}` }, plain(name, 80));
  const current = name === chosen() ? "true" : null;
  const href = `?namespace=${encodeURIComponent(name)}`;
  return h(
    "a",
    { href, "aria-current": current, onclick: (event: MouseEvent) => select(event, name) },
    plain(name, 80),
  );
}

function learning(one: Namespace): Children {
  if (one.learning_windows === null) return "still learning";
  return `still learning: ${exact(one.windows)} of ${exact(one.learning_windows)} windows`;
}

function drawNamespaces(): void {
  const words = search.value.toLowerCase().split(/\s+/);
  const items = namespaces.filter((one) => words.every((word) => one.namespace.toLowerCase().includes(word)));
  const without = namespaces.filter((one) => !one.model).length;
  const made = `${plural(namespaces.length - without, "namespace")} with a model`;
  const note = `${made}${without ? `, ${number(without)} still learning` : ""}`;
  show(byId("models-note"), note, () => note);
  if (!items.length) {
    const said = search.value
      ? "No namespace has these words."
      : "No namespace has logged yet. A model is made of the first hour of each (detection.learn).";
    show(byId("models"), said, () => h("p", { class: "empty" }, said));
    return;
  }
  drawTable(byId("models"), {
    label: "Models at work",
    usual: "namespace",
    kind: "at-work",
    items,
    key: [chosen(), Math.floor(Date.now() / MINUTE)],
    row: (one) => ({ class: one.namespace === chosen() ? "picked" : null }),
    columns: [
      { id: "namespace", name: "Namespace", head: true, cell: link, by: (one) => one.namespace },
      {
        id: "learned",
        name: "Learned until",
        cell: (one) => (one.model ? ago(Date.parse(one.model.trained_until)) : learning(one)),
        by: (one) => one.model?.trained_until ?? null,
      },
      {
        id: "from",
        name: "Made of",
        cell: ({ model }) =>
          model
            ? h(
                "span",
                { title: period(Date.parse(model.trained_from), Date.parse(model.trained_until)).textContent },
                span(model),
              )
            : "",
        by: ({ model }) => (model ? Date.parse(model.trained_until) - Date.parse(model.trained_from) : null),
      },
      {
        id: "windows",
        name: "Windows",
        figure: true,
        cell: ({ model }) => (model ? exact(model.windows) : ""),
        by: ({ model }) => model?.windows ?? null,
      },
      {
        id: "templates",
        name: "Templates",
        figure: true,
        cell: ({ model }) => (model ? exact(model.templates) : ""),
        by: ({ model }) => model?.templates ?? null,
      },
      {
        id: "model",
        name: "Model",
        cell: ({ model }) => (model ? h("code", { title: model.version }, short(model.version)) : ""),
      },
    ],
  });
}

const about = (one: Version): Children =>
  `Model ${short(one.version)} scores ${plain(one.namespace, 80)} from the next window on, until it is released. It is ` +
  "made again from the counts that it learned from, so they have to be there still.";

function askChoice(one: Version): void {
  dialogue({
    title: "Put this model to work",
    about: about(one),
    action: "Put to work",
    write: (_, said) =>
      send("POST", "/api/v1/models/choice", { namespace: one.namespace, version: one.version, ...said }),
    done: refresh,
  });
}

function askRelease(namespace: string): void {
  dialogue({
    title: "Let training choose again",
    about: `The newest model of ${plain(namespace, 80)} scores from the next window on, and new ones follow as ever.`,
    action: "Let training choose",
    write: (_, said) => send("POST", "/api/v1/models/choice", { namespace, version: "", ...said }),
    done: refresh,
  });
}

function drawHistory(namespace: string): void {
  byId("history-section").hidden = !namespace;
  if (!namespace) return;
  show(byId("history-title"), namespace, () => [
    "History of ",
    h("a", { href: `/namespaces/${encodeURIComponent(namespace)}` }, plain(namespace, 80)),
  ]);
  const note = versions.length ? `${plural(versions.length, "model")}, the newest first` : "";
  show(byId("history-note"), note, () => note);
  const isChosen = versions.some((one) => one.chosen);
  const release = (): Children =>
    h(
      "button",
      { type: "button", class: "action", id: "let-choose", onclick: () => askRelease(namespace) },
      "Let training choose again…",
    );
  show(byId("release"), [isChosen, namespace], () => (isChosen && may("admin") ? release() : null));
  const told = { texts, choose: askChoice, compare };
  show(byId("history"), [versions, [...texts], Math.floor(Date.now() / MINUTE)], () =>
    versions.length
      ? history(versions, told)
      : h("p", { class: "empty" }, "It has no model yet: it is still learning."),
  );
}

function compare(old: Version, now: Version): void {
  const [first, second] = Date.parse(old.trained_until) <= Date.parse(now.trained_until) ? [old, now] : [now, old];
  keep({ old: first.version, new: second.version }, true);
  void loadCompared().then(() => byId("compared-title").focus());
}

/** Both are made again for it, which takes seconds where much was learned: asked for once, not at every news. */
async function loadCompared(): Promise<void> {
  const [old, now] = [asked("old"), asked("new")];
  const section = byId("compared-section");
  section.hidden = !old || !now;
  if (section.hidden) return;
  const note = `${short(old)} and ${short(now)}`;
  show(byId("compared-note"), note, () => note);
  const place = byId("compared");
  show(place, [old, now], () => h("p", { class: "empty" }, "Both models are made again from the counts; a moment…"));
  section.scrollIntoView({ block: "nearest" });
  try {
    const found = await get<Compared>("/api/v1/models/compare", { old, new: now });
    if (old === asked("old") && now === asked("new")) drawCompared(found);
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    show(place, error.message, () => h("p", { class: "empty" }, error.message));
  }
}

/** Texts of what drifted; a template that is gone stays an id. */
async function loadTexts(signal: AbortSignal): Promise<void> {
  const wanted = wantedTexts(versions).filter((id) => /^[0-9a-f]{16,}$/.test(id) && !texts.has(id));
  await Promise.all(
    wanted.slice(0, 40).map(async (id) => {
      const found = await get<Template>(`/api/v1/templates/${id}`, {}, signal).catch((error: Error) => {
        if (!(error instanceof Problem)) throw error;
        return null;
      });
      texts.set(id, found?.text ?? "");
    }),
  );
}

async function load(signal: AbortSignal): Promise<void> {
  namespaces = (await get<Namespaces>("/api/v1/namespaces", {}, signal)).items;
  const namespace = chosen();
  drawNamespaces();
  if (namespace) {
    try {
      versions = (await get<Items<Version>>("/api/v1/models", { namespace }, signal)).items;
    } catch (error) {
      if (!(error instanceof Problem) || error.status !== 404) throw error;
      versions = [];
    }
    await loadTexts(signal);
  }
  drawHistory(namespace);
}

shell();
search.value = asked("q");
search.addEventListener("input", () => {
  keep({ q: search.value.trim() });
  drawNamespaces();
});
byId("compared-close").addEventListener("click", () => {
  keep({ old: "", new: "" });
  void loadCompared();
});
addEventListener("popstate", () => {
  search.value = asked("q");
  void refresh();
  void loadCompared();
});
const refresh = live(load);
void loadCompared();
