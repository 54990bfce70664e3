// Reads the public API, and writes feedback to it. Everything that comes back is text written by strangers: it is shown, never run.

export class Problem extends Error {
  constructor(detail, status) {
    super(detail);
    this.status = status;
  }
}

/** GET an API path; values of `params` that are null are left out. Throws `Problem` with a sentence for the reader. */
export async function get(path, params = {}, signal = undefined) {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(params)) {
    if (value !== null && value !== undefined && value !== "") query.set(name, value);
  }
  const address = query.size ? `${path}?${query}` : path;
  return answer(await asked(address, { signal, headers: { Accept: "application/json" } }));
}

/** Writes: `POST` with a body, or `DELETE`. Throws `Problem` as `get` does. */
export async function send(method, path, body = undefined) {
  const headers = body === undefined ? { Accept: "application/json" } : { Accept: "application/json", "Content-Type": "application/json" };
  return answer(await asked(path, { method, headers, body: body === undefined ? undefined : JSON.stringify(body) }));
}

async function asked(address, how) {
  try {
    return await fetch(address, how);
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Problem("drainwatch doesn't answer. Is it still running? What you see may be old.", 0);
  }
}

async function answer(response) {
  const body = await response.json().catch(() => null);
  if (!response.ok) throw new Problem(body?.detail ?? `The answer was ${response.status}. See the service's own log.`, response.status);
  return body;
}

/** All pages of a list, `most` items at most; says whether there were more. */
export async function list(path, params = {}, most = 1000, signal = undefined) {
  const items = [];
  let cursor = null;
  do {
    const page = await get(path, { ...params, cursor, limit: Math.min(1000, most - items.length) }, signal);
    items.push(...page.items);
    cursor = page.next_cursor;
  } while (cursor && items.length < most);
  return { items, more: Boolean(cursor) };
}

export const namespacePath = (name) => `/api/v1/namespaces/${encodeURIComponent(name)}`;

/** Calls `load` now and every `seconds`, not while the tab is hidden; problems go to the notice line. */
export function keepFresh(load, seconds = 5) {
  const notice = document.getElementById("notice");
  let timer = 0;
  let running = null;
  async function once() {
    clearTimeout(timer);
    running?.abort();
    const mine = (running = new AbortController());
    try {
      await load(mine.signal);
      notice.hidden = true;
    } catch (error) {
      if (error.name === "AbortError" || mine !== running) return;
      notice.textContent = error instanceof Problem ? error.message : `The page failed: ${error.message}`;
      notice.hidden = false;
      if (!(error instanceof Problem)) console.error(error);
    }
    if (mine === running) timer = setTimeout(once, document.hidden ? 60_000 : seconds * 1000);
  }
  document.addEventListener("visibilitychange", () => document.hidden || once());
  once();
  return once;
}
