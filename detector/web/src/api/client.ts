// Reads the public API, and writes what people say to it. What comes back is text of strangers: shown, never run.

import { whoIsKnown } from "./who";

/** A sentence for the reader; `status` is 0 where nothing answered. */
export class Problem extends Error {
  constructor(
    detail: string,
    readonly status: number,
  ) {
    super(detail);
  }
}

export type Params = Record<string, string | number | boolean | readonly string[] | null | undefined>;

/** The address with these parameters; those that are null or empty are left out, lists are repeated. */
export function address(path: string, params: Params = {}): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(params)) {
    if (value === null || value === undefined || value === "") continue;
    if (Array.isArray(value)) for (const one of value) query.append(name, one);
    else query.set(name, String(value));
  }
  return query.size ? `${path}?${query}` : path;
}

/** GET an API path. Throws `Problem`. */
export async function get<T>(path: string, params: Params = {}, signal?: AbortSignal): Promise<T> {
  return answer<T>(
    await asked(address(path, params), { signal: signal ?? null, headers: { Accept: "application/json" } }),
  );
}

/** Writes: `POST` with a body, or `DELETE`. Throws `Problem`. */
export async function send<T>(method: "POST" | "DELETE", path: string, body?: unknown): Promise<T> {
  const headers: Record<string, string> = { Accept: "application/json" };
  if (body === undefined) return answer<T>(await asked(path, { method, headers }));
  headers["Content-Type"] = "application/json";
  return answer<T>(await asked(path, { method, headers, body: JSON.stringify(body) }));
}

async function asked(where: string, how: RequestInit): Promise<Response> {
  try {
    return await fetch(where, how);
  } catch (error) {
    if ((error as Error).name === "AbortError") throw error;
    throw new Problem("drainwatch doesn't answer. Is it still running? What you see may be old.", 0);
  }
}

async function answer<T>(response: Response): Promise<T> {
  const body = (await response.json().catch(() => null)) as (T & { detail?: string }) | null;
  await whoIsKnown; // whoever gets an answer draws it, and the buttons beside it
  if (response.status === 401)
    throw new Problem("You are logged out. Log in in another tab, and try again: nothing is lost.", 401);
  if (!response.ok || body === null) {
    const without = `The answer was ${response.status}. See the service's own log.`;
    throw new Problem(body?.detail ?? without, response.status);
  }
  return body;
}

interface Page<T> {
  items: T[];
  next_cursor: string | null;
}

/** All pages of a list, `most` items at most; says whether there were more. */
export async function list<T>(
  path: string,
  params: Params = {},
  most = 1000,
  signal?: AbortSignal,
): Promise<{ items: T[]; more: boolean }> {
  const items: T[] = [];
  let cursor: string | null = null;
  do {
    const limit = Math.min(1000, most - items.length);
    const page: Page<T> = await get(path, { ...params, cursor, limit }, signal);
    items.push(...page.items);
    cursor = page.next_cursor;
  } while (cursor && items.length < most);
  return { items, more: Boolean(cursor) };
}

export const namespacePath = (name: string): string => `/api/v1/namespaces/${encodeURIComponent(name)}`;
