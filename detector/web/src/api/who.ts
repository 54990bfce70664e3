// Who asks, and what they may: buttons that would be refused aren't shown. What is refused the service decides.

import { fits } from "../ui/patterns";
import type { Me } from "./shapes";

export type Right = "read" | "feedback" | "admin";

let known: Me | null = null;

async function ask(): Promise<void> {
  try {
    const response = await fetch("/api/v1/me", { headers: { Accept: "application/json" } });
    if (response.ok) known = (await response.json()) as Me;
  } catch {
    // Whatever else is asked says so.
  }
}

/** Resolves once it is known; nothing is drawn before. */
export const whoIsKnown: Promise<void> = ask();

/** Who it is; null while it isn't known, or can't be. */
export const me = (): Me | null => known;

/** What feedback and silences are put down to; null where nobody has to log in, and one says it oneself. */
export const ownName = (): string | null => (known && known.how !== "open" ? known.name : null);

/** Whether they have a right in a namespace, or in all that a pattern stands for; without one: anywhere. */
export function may(right: Right, pattern?: string): boolean {
  if (!known) return true;
  return known.grants.some(
    (grant) =>
      grant.rights.includes(right) &&
      (pattern === undefined || grant.namespaces.some((own) => fits(own, pattern.replaceAll("*", "\0")))),
  );
}
