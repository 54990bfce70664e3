// Keeps a page as fresh as the store: the service says when something is new (server-sent events), the page asks anew.

import { get } from "../api/client";
import type { Status } from "../api/shapes";
import { freshness } from "./freshness";
import { nothingAmiss, tell } from "./notice";

/** What `/api/v1/events` tells. */
interface Told {
  version: string;
  phase: string;
  error: string | null;
}

const TOGETHER = 1_000; // what comes within this time is loaded once
const WITHOUT_EVENTS = 10_000;
const PATIENCE = 30_000; // how long news wait for what is being loaded

type Load = (signal: AbortSignal, status: Promise<Status>) => Promise<unknown>;

class Live {
  private running: AbortController | null = null;
  private stream: EventSource | null = null;
  private begun = 0;
  private isLate = false; // there is something new since what is being loaded was asked for
  private timer = 0;
  private due = Number.POSITIVE_INFINITY;
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
    this.wait();
    this.running?.abort();
    const mine = new AbortController();
    [this.running, this.begun, this.isLate] = [mine, performance.now(), false];
    try {
      const status = get<Status>("/api/v1/status", {}, mine.signal);
      await Promise.all([this.load(mine.signal, status), status.then(freshness)]);
      if (mine === this.running) nothingAmiss();
    } catch (error) {
      if (mine === this.running && (error as Error).name !== "AbortError") tell(error);
    }
    if (mine !== this.running) return;
    this.running = null;
    if (this.isLate) this.soon(TOGETHER);
    else if (this.stream?.readyState !== EventSource.OPEN) this.soon(WITHOUT_EVENTS);
    if (this.stream?.readyState === EventSource.CLOSED) this.follow();
  };

  /** Loads what is new. Where news come faster than a load ends, giving that up each time would never show anything. */
  private readonly catchUp = (): void => {
    this.wait();
    if (this.running && performance.now() - this.begun < PATIENCE) this.isLate = true;
    else void this.refresh();
  };

  /** A hidden tab holds no stream: a browser has few connections for one host. */
  private listen(): void {
    this.stream?.close();
    this.stream = null;
    if (document.hidden) {
      this.wait();
      return;
    }
    this.follow();
    void this.refresh();
  }

  private follow(): void {
    const stream = new EventSource("/api/v1/events");
    this.stream = stream;
    stream.addEventListener("status", (event) => this.heard(JSON.parse(event.data) as Told));
    // A stream that broke is tried again by itself, one that was refused isn't; whether the service answers at all is
    // told by asking it.
    stream.addEventListener("error", () =>
      this.soon(stream.readyState === EventSource.CLOSED ? WITHOUT_EVENTS : TOGETHER),
    );
  }

  private heard(told: Told): void {
    const first = this.version === null;
    // That a pass failed is nothing new in the store, but in the line that says how fresh all is.
    const version = JSON.stringify([told.version, told.phase, told.error]);
    if (this.version === version) return;
    this.version = version;
    if (!first) this.soon(TOGETHER);
  }

  /** Nothing is to come by itself. */
  private wait(): void {
    clearTimeout(this.timer);
    this.due = Number.POSITIVE_INFINITY;
  }

  /** What is due earlier stays so: else news that never end would put it off for ever. */
  private soon(wait: number): void {
    const due = performance.now() + wait;
    if (document.hidden || this.due <= due) return;
    clearTimeout(this.timer);
    this.due = due;
    this.timer = window.setTimeout(this.catchUp, wait);
  }
}

/** Calls `load` now and whenever the store has something new; what goes wrong is told in the notice line.
 *
 * It is given the status of the service, too, which is asked for anyway.
 * Gives a function that loads at once: for what the reader chose.
 */
export const live = (load: Load): (() => Promise<void>) => new Live(load).refresh;
