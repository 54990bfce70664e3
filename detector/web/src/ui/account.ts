// Who is logged in, in the header: what they may, and the way out. Nothing where nobody has to log in.

import { send } from "../api/client";
import type { Me } from "../api/shapes";
import { may, me, whoIsKnown } from "../api/who";
import { byId, type Children, h } from "./dom";
import { timeOf } from "./format";
import { visible } from "./hostile";
import { tell } from "./notice";

const MAY: Record<Me["grants"][number]["rights"][number], string> = {
  read: "read",
  feedback: "read, mark and silence",
  admin: "do everything",
};

async function logOut(): Promise<void> {
  try {
    const { next } = await send<{ next: string }>("POST", "/auth/logout");
    location.assign(next);
  } catch (error) {
    tell(error);
  }
}

function grant({ namespaces, rights }: Me["grants"][number]): HTMLElement {
  const where = namespaces.includes("*")
    ? "everywhere"
    : ["in ", namespaces.map((one, at) => [at ? ", " : "", h("code", null, one)])];
  return h("li", null, `You may ${MAY[rights.at(-1) ?? "read"]} `, where as Children);
}

function menu(who: Me): HTMLElement {
  return h(
    "details",
    { class: "own", id: "account" },
    h("summary", { title: "Who is logged in" }, visible(who.name, 40)),
    h(
      "div",
      { class: "menu" },
      h("ul", null, who.grants.map(grant)),
      who.session_ends ? h("p", { class: "note" }, "Logged in until ", timeOf(Date.parse(who.session_ends))) : null,
      may("admin") ? h("p", null, h("a", { href: "/access" }, "Tokens and audit log")) : null,
      h("button", { type: "button", class: "action", id: "log-out", onclick: () => void logOut() }, "Log out"),
    ),
  );
}

/** A page that is an admin's, for anybody else: not its empty tables, and a button that would be refused. */
function closed(): void {
  for (const part of byId("main").children) (part as HTMLElement).hidden = true;
  byId("main").append(
    h(
      "div",
      { class: "empty" },
      h("h1", null, "For admins"),
      h("p", null, "What stands here is shown to those who have the right admin."),
      h("p", null, h("a", { href: "/" }, "Go to the overview")),
    ),
  );
}

/** Draws it once it is known; links to what only an admin sees go for others. */
export async function account(): Promise<void> {
  await whoIsKnown;
  const who = me();
  if (!who) return;
  if (!may("admin")) {
    for (const link of document.querySelectorAll('.sections [href="/settings"]')) link.remove();
    if (["/access", "/settings"].includes(location.pathname)) closed();
  }
  if (who.how === "session") byId("who").replaceChildren(menu(who));
  addEventListener("click", (event) => {
    const open = document.getElementById("account");
    if (open && !open.contains(event.target as Node)) open.removeAttribute("open");
  });
  addEventListener("keydown", (event) => {
    if (event.key === "Escape") document.getElementById("account")?.removeAttribute("open");
  });
}
