// Who may come in: tokens, made and taken back; and what was done by whom.

import { Audit } from "../access/audit";
import { askToken } from "../access/making";
import { drawTokens } from "../access/tokens";
import { get } from "../api/client";
import type { Items, Namespaces, Token } from "../api/shapes";
import { byId } from "../ui/dom";
import { live } from "../ui/live";
import { shell } from "../ui/shell";

let known: string[] = [];
const audit = new Audit(() => refresh());

async function load(signal: AbortSignal): Promise<void> {
  const [tokens, namespaces] = await Promise.all([
    get<Items<Token>>("/api/v1/tokens", {}, signal),
    get<Namespaces>("/api/v1/namespaces", {}, signal),
    audit.load(signal),
  ]);
  known = namespaces.items.map((one) => one.namespace);
  byId("make").hidden = false;
  drawTokens(tokens.items, refresh);
}

shell();
const refresh = live(load);
byId("make").addEventListener("click", () => askToken(known, refresh));
