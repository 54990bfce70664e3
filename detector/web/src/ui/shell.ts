// What every page has: the way to a namespace, and keys. `?` tells of them.

import { may, type Right } from "../api/who";
import { withRange } from "../time/range";
import { account } from "./account";
import { byId, type Children, h } from "./dom";

const GO: Record<string, string> = { o: "/", a: "/alerts", t: "/templates", m: "/models", s: "/status" };

interface Key {
  readonly keys: string;
  readonly does: string;
  readonly act?: (event: KeyboardEvent) => void;
  readonly right?: Right;
}

const keys: Key[] = [
  { keys: "/", does: "search, or go to a namespace" },
  { keys: "j", does: "next finding", act: () => step(1) },
  { keys: "k", does: "finding before", act: () => step(-1) },
  { keys: "g o", does: "overview" },
  { keys: "g a", does: "alerts and silences" },
  { keys: "g t", does: "templates" },
  { keys: "g m", does: "models" },
  { keys: "g s", does: "status" },
  { keys: "?", does: "these keys" },
];

/** A key of this page's own: a single letter, which `?` lists, for those who have the right somewhere. */
export function onKey(key: string, does: string, act: (event: KeyboardEvent) => void, right: Right = "read"): void {
  keys.unshift({ keys: key, does, act, right });
}

function step(by: number): void {
  const links = [...document.querySelectorAll<HTMLElement>(".findings [id^=finding-], .reasons [data-pick]")];
  const at = links.indexOf(document.activeElement as HTMLElement);
  links[at < 0 ? (by > 0 ? 0 : links.length - 1) : Math.min(Math.max(at + by, 0), links.length - 1)]?.focus();
}

function search(): void {
  const own = document.querySelector<HTMLInputElement>("main input[type=search]");
  (own ?? byId("jump")).focus();
}

function help(): void {
  if (document.querySelector("dialog[open]")) return;
  const row = (key: Key): Children => [h("dt", null, h("kbd", null, key.keys)), h("dd", null, key.does)];
  const dialog = h(
    "dialog",
    { class: "say keys", "aria-labelledby": "keys-title" },
    h("h2", { id: "keys-title" }, "Keys"),
    h("dl", null, keys.filter((key) => !key.right || may(key.right)).map(row)),
    h("form", { method: "dialog", class: "buttons" }, h("button", { class: "action main" }, "Close")),
  );
  dialog.addEventListener("close", () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
}

const isTyping = (target: EventTarget | null): boolean =>
  target instanceof HTMLElement && (target.isContentEditable || /^(INPUT|SELECT|TEXTAREA)$/.test(target.tagName));

function keyboard(): void {
  let going = false;
  addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
    if (document.querySelector("dialog[open]")) return;
    const goes = going ? GO[event.key] : undefined;
    going = event.key === "g" && !going;
    if (goes) location.href = goes;
    else if (event.key === "?") help();
    else if (event.key === "/") {
      event.preventDefault();
      search();
    } else keys.find((key) => key.keys === event.key)?.act?.(event);
  });
}

/** Lets the box in the header know the namespaces: it goes to the one that is named, or the first that fits. */
export function namespacesKnown(names: readonly string[]): void {
  const known = byId<HTMLDataListElement>("jump-names");
  if (known.childElementCount === names.length) return;
  known.replaceChildren(...names.map((name) => h("option", { value: name })));
}

function jump(): void {
  const box = byId<HTMLInputElement>("jump");
  const options = (): string[] => [...byId<HTMLDataListElement>("jump-names").options].map((one) => one.value);
  const open = (name: string): void => location.assign(withRange(`/namespaces/${encodeURIComponent(name)}`));
  byId("jump-form").addEventListener("submit", (event) => {
    event.preventDefault();
    const wanted = box.value.trim();
    if (wanted)
      open(options().find((name) => name === wanted) ?? options().find((name) => name.includes(wanted)) ?? wanted);
  });
  box.addEventListener("focus", () => {
    // Without an answer the box takes any name, and asks again when it is next gone to.
    if (!options().length) loadNames().catch(() => {});
  });
  box.addEventListener("change", () => options().includes(box.value) && open(box.value));
}

async function loadNames(): Promise<void> {
  const { get } = await import("../api/client");
  const { items } = await get<{ items: { namespace: string }[] }>("/api/v1/namespaces");
  namespacesKnown(items.map((one) => one.namespace));
}

/** To be called once by every page. */
export function shell(): void {
  keyboard();
  jump();
  byId("keys").addEventListener("click", help);
  void account();
}
