// Makes a token: asked in a dialogue, which then shows it, once.

import { send } from "../api/client";
import type { Token, TokenMade } from "../api/shapes";
import { copyButton } from "../ui/clipboard";
import { type Children, h } from "../ui/dom";
import { timeOf } from "../ui/format";
import { visible } from "../ui/hostile";

const RIGHTS = [
  ["read", "read"],
  ["feedback", "read, mark, mute and silence"],
  ["admin", "everything, everywhere"],
] as const;
const LENGTHS = [
  ["7d", "7 days"],
  ["30d", "30 days"],
  ["90d", "90 days"],
  ["365d", "a year"],
  ["", "for ever"],
] as const;

function open(title: string, children: Children, done: () => unknown): HTMLDialogElement {
  const dialog = h(
    "dialog",
    { class: "say", "aria-labelledby": "token-title" },
    h("h2", { id: "token-title" }, title),
    children,
  );
  dialog.addEventListener("close", () => {
    dialog.remove();
    done();
  });
  document.body.append(dialog);
  dialog.showModal();
  return dialog;
}

const options = (all: readonly (readonly [string, string])[], chosen: string): Children =>
  all.map(([value, text]) => h("option", { value, selected: value === chosen }, text));

/** What its maker has to take now: it is shown nowhere else, and never again. */
function made(token: TokenMade, done: () => unknown): void {
  const close = (): void => dialog.close();
  const box = h("input", { id: "token-made", readonly: true, spellcheck: "false", value: token.token });
  const dialog: HTMLDialogElement = open(
    "Take it now",
    h(
      "form",
      { method: "dialog" },
      h(
        "p",
        { class: "about" },
        "This is the token of ",
        h("b", null, visible(token.name, 100)),
        ". It isn't shown again.",
      ),
      h("label", null, "Token", box),
      h(
        "div",
        { class: "buttons" },
        copyButton("Copy", "the token", () => token.token, { class: "action main", id: "token-copy" }),
        h("button", { type: "button", class: "action", id: "token-taken", onclick: close }, "I have it"),
      ),
    ),
    done,
  );
  // A key pressed by accident would lose it.
  dialog.addEventListener("cancel", (event) => event.preventDefault());
  box.select();
}

/** Asks for what, where and how long; `done` is called when it is over. */
export function askToken(known: readonly string[], done: () => unknown): void {
  const problem = h("p", { class: "problem", role: "alert", hidden: true });
  const name = h("input", { id: "token-name", maxlength: 100, autocomplete: "off", placeholder: "grafana" });
  const where = h("input", {
    id: "token-where",
    autocomplete: "off",
    spellcheck: "false",
    list: "token-known",
    placeholder: "payments, pay* or * for all; several with commas",
  });
  const right = h("select", { id: "token-right", onchange: () => show() }, options(RIGHTS, "read"));
  const length = h("select", { id: "token-length" }, options(LENGTHS, "90d"));
  const names = h(
    "datalist",
    { id: "token-known" },
    known.map((one) => h("option", { value: one })),
  );
  const place = h("label", null, "Namespaces", where, names);
  const save = h("button", { type: "submit", class: "action main" }, "Make it");
  const show = (): void => {
    place.hidden = right.value === "admin";
  };
  const submit = async (event: Event): Promise<void> => {
    event.preventDefault();
    save.disabled = true;
    const namespaces = where.value.split(/[\s,]+/).filter(Boolean);
    const body = {
      name: name.value,
      right: right.value,
      namespaces: right.value === "admin" ? [] : namespaces,
      ...(length.value ? { for: length.value } : { never: true }),
    };
    try {
      const token = await send<TokenMade>("POST", "/api/v1/tokens", body);
      dialog.close();
      made(token, done);
    } catch (error) {
      problem.textContent = (error as Error).message;
      problem.hidden = false;
      save.disabled = false;
    }
  };
  const cancel = (): void => dialog.close();
  const dialog: HTMLDialogElement = open(
    "New token",
    h(
      "form",
      { onsubmit: submit },
      h("label", null, "What it is for", name),
      h("label", null, "It may", right),
      place,
      h("label", null, "It holds", length),
      problem,
      h("div", { class: "buttons" }, h("button", { type: "button", class: "action", onclick: cancel }, "Cancel"), save),
    ),
    () => {},
  );
  name.focus();
}

/** Asks whether it is meant. */
export function askRevoke(token: Token, done: () => unknown): void {
  const problem = h("p", { class: "problem", role: "alert", hidden: true });
  const revoke = async (event: Event): Promise<void> => {
    event.preventDefault();
    try {
      await send("DELETE", `/api/v1/tokens/${encodeURIComponent(token.id)}`);
      dialog.close();
    } catch (error) {
      problem.textContent = (error as Error).message;
      problem.hidden = false;
    }
  };
  const used = token.used ? ["It was used last ", timeOf(Date.parse(token.used)), "."] : "It was never used.";
  const cancel = (): void => dialog.close();
  const dialog: HTMLDialogElement = open(
    "Revoke this token",
    h(
      "form",
      { onsubmit: revoke },
      h(
        "p",
        { class: "about" },
        h("b", null, visible(token.name, 100)),
        " opens nothing from then on, for good. ",
        used,
      ),
      problem,
      h(
        "div",
        { class: "buttons" },
        h("button", { type: "button", class: "action", onclick: cancel }, "Cancel"),
        h("button", { type: "submit", class: "action main", id: "revoke-it" }, "Revoke"),
      ),
    ),
    done,
  );
}
