// The tokens that there are: what each may, who made it, when it was used last, and the way to take it back.

import type { Token } from "../api/shapes";
import { byId, type Children, h, show } from "../ui/dom";
import { ago, MINUTE, number, timeOf } from "../ui/format";
import { visible } from "../ui/hostile";
import { asked, keep } from "../ui/query";
import { type Column, drawTable } from "../ui/table";
import { askRevoke } from "./making";

const time = (text: string | null): number | null => (text ? Date.parse(text) : null);

const MAY: Record<Token["right"], string> = { read: "read", feedback: "read and give feedback", admin: "everything" };

function where({ right, namespaces }: Token): Children {
  if (right === "admin" || namespaces.includes("*")) return " everywhere";
  return [" in ", namespaces.map((one, at) => [at ? ", " : "", h("code", null, visible(one, 80))])];
}

function ends(one: Token): Children {
  if (one.revoked) return ["revoked ", timeOf(Date.parse(one.revoked))];
  if (!one.expires) return "never";
  return [one.active ? "" : "expired ", timeOf(Date.parse(one.expires))];
}

const columns = (done: () => unknown): Column<Token>[] => [
  { id: "name", name: "Name", head: true, by: (one) => one.name, cell: (one) => visible(one.name, 100) },
  { id: "may", name: "May", cell: (one) => [MAY[one.right], where(one)] },
  {
    id: "made",
    name: "Made",
    by: (one) => time(one.created),
    cell: (one) => [timeOf(Date.parse(one.created)), one.author ? [" by ", visible(one.author, 60)] : ""],
  },
  {
    id: "used",
    name: "Last used",
    by: (one) => time(one.used),
    cell: (one) => (one.used ? ago(Date.parse(one.used)) : "never"),
  },
  { id: "ends", name: "Ends", by: (one) => time(one.expires), cell: ends },
  {
    id: "act",
    name: "",
    cell: (one) =>
      one.active &&
      h(
        "button",
        {
          type: "button",
          class: "action small",
          id: `revoke-${one.id}`,
          title: `Revoke ${one.name}`,
          onclick: () => askRevoke(one, done),
        },
        "Revoke…",
      ),
  },
];

/** Those in force, and at a click those that are over. */
export function drawTokens(all: readonly Token[], done: () => unknown): void {
  const active = all.filter((one) => one.active);
  const over = all.length - active.length;
  const note = `${number(active.length)} in force${over ? `, ${number(over)} over` : ""}`;
  show(byId("tokens-note"), note, () => note);
  const items = asked("tokens") === "all" ? all : active;
  if (!items.length) {
    show(byId("tokens"), [over], () => [
      h(
        "p",
        { class: "empty" },
        "No token is in force. Who logs in with a password elsewhere needs none; programs do.",
      ),
      more(all, over, done),
    ]);
    return;
  }
  show(byId("tokens"), ["table", over, items.length === all.length], () => [
    h("div", { id: "tokens-table" }),
    items.length < all.length ? more(all, over, done) : null,
  ]);
  drawTable(byId("tokens-table"), {
    label: "Tokens",
    columns: columns(done),
    items,
    usual: "-made",
    row: (one) => ({ class: one.active ? null : "over" }),
    key: Math.floor(Date.now() / MINUTE),
  });
}

function more(all: readonly Token[], over: number, done: () => unknown): Children {
  const open = (): void => {
    keep({ tokens: "all" });
    drawTokens(all, done);
  };
  return over
    ? h("button", { type: "button", class: "more", onclick: open }, `Show ${number(over)} that are over`)
    : null;
}
