// The line above the page that says what went wrong, until something goes right.

import { Problem } from "../api/client";
import { byId, h } from "./dom";

export function notice(text: string): void {
  byId("notice").textContent = text;
  byId("notice").hidden = false;
}

export function nothingAmiss(): void {
  byId("notice").hidden = true;
  byId("left").hidden = true;
}

/** The session is over: what is shown stays, and the way back leads to the same address. */
function loggedOut(): void {
  const bar = byId("left");
  if (!bar.hidden) return;
  const back = encodeURIComponent(`${location.pathname}${location.search}`);
  bar.replaceChildren(
    "You were logged out. What you see stays as it was. ",
    h("a", { href: `/login?next=${back}` }, "Log in again"),
  );
  bar.hidden = false;
}

/** Says what was thrown: what isn't a `Problem` is a fault of the page, and goes to the console, too. */
export function tell(error: unknown): void {
  const known = error instanceof Problem;
  if (known && error.status === 401) {
    loggedOut();
    return;
  }
  notice(known ? error.message : `The page failed: ${(error as Error).message}`);
  if (!known) console.error(error);
}
