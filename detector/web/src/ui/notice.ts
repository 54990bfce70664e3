// The line above the page that says what went wrong, until something goes right.

import { Problem } from "../api/client";
import { byId } from "./dom";

export function notice(text: string): void {
  byId("notice").textContent = text;
  byId("notice").hidden = false;
}

export function nothingAmiss(): void {
  byId("notice").hidden = true;
}

/** Says what was thrown: what isn't a `Problem` is a fault of the page, and goes to the console, too. */
export function tell(error: unknown): void {
  const known = error instanceof Problem;
  notice(known ? error.message : `The page failed: ${(error as Error).message}`);
  if (!known) console.error(error);
}
