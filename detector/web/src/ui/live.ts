// Keeps a page as fresh as the store: the service says when something is new (server-sent events), the page asks anew.

import { get, Problem } from "../api/client";
import type { Status } from "../api/shapes";
import { byId } from "./dom";
import { freshness } from "./freshness";

/** What `/api/v1/events` tells. */
interface Told {
  version: string;
  phase: string;
  error: string | null;
}

const TOGETHER = 1_000; // what comes within this time is loaded once
const WITHOUT_EVENTS = 10_000;

type Load = (signal: AbortSignal, status: Promise<Status>) => Promise<unknown>;

/** Says what went wrong in the notice line. */
export function tell(error: unknown): void {
  const notice = byId("notice");
  const known = error instanceof Problem;
  notice.textContent = known ? error.message : `The page failed: ${(error as Error).message}`;
  notice.hidden = false;
  if (!known) console.error(error);
}

class Live {
  private running: AbortController | null = null;
  private stream: EventSource | null = null;
  private timer = 0;
  private version: string | null = null;

  constructor(private readonly load: Load) {
    document.addEventListener("visibilitychange", () => this.listen());
    addEventListener("pagehide", () => this.stream?.close());
    // From the browser's cache of pages: what it shows is as old as when it was left.
    addEventListener("pageshow", (event) => event.persisted && this.listen());
    this.listen();
  }

  /** Loads now; a load that is still going on is given up. */
  readonly refresh = async (): Promise<void> => {
    clearTimeout(this.timer);
    this.running?.abort();
    const mine = new AbortController();
    this.running = mine;
    try {
      const status = get<Status>("/api/v1/status", {}, mine.signal);
      await Promise.all([this.load(mine.signal, status), status.then(freshness)]);
      if (mine === this.running) byId("notice").hidden = true;
    } catch (error) {
      if ((error as Error).name === "AbortError" || mine !== this.running) return;
      tell(error);
    }
    if (mine === this.running && this.stream?.readyState !== EventSource.OPEN) this.soon(WITHOUT_EVENTS);
  };

  /** A hidden tab holds no stream: a browser has few connections for one host. */
  private listen(): void {
    this.stream?.close();
    this.stream = null;
    if (document.hidden) return void clearTimeout(this.timer);
    this.stream = new EventSource("/api/v1/events");
    this.stream.addEventListener("status", (event) => this.heard(JSON.parse(event.data) as Told));
    // It is tried again by itself; whether the service answers at all is told by asking it.
    this.stream.addEventListener("error", () => this.soon(TOGETHER));
    void this.refresh();
  }

  private heard(told: Told): void {
    const first = this.version === null;
    // That a pass failed is nothing new in the store, but in the line that says how fresh all is.
    const version = JSON.stringify([told.version, told.phase, told.error]);
    if (this.version === version) return;
    this.version = version;
    if (!first) this.soon(TOGETHER);
  }

  private soon(wait: number): void {
    clearTimeout(this.timer);
    this.timer = window.setTimeout(this.refresh, wait);
  }
}

/** Calls `load` now and whenever the store has something new; what goes wrong is told in the notice line.
 *
 * It is given the status of the service, too, which is asked for anyway.
 * Gives a function that loads at once: for what the reader chose.
 */
export const live = (load: Load): (() => Promise<void>) => new Live(load).refresh;
