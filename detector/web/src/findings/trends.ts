// How the counts of templates went, as small charts: asked for together and drawn when they come into view.

import { get, namespacePath } from "../api/client";
import type { Trends as Answer } from "../api/shapes";
import { drawSpark } from "../charts/spark";
import { duration, number, plural } from "../ui/format";

const COLUMNS = 48;
const TOGETHER = 100; // templates in one request: a page of a list
const SOON = 40; // milliseconds in which more may come into view

export interface Subject {
  readonly id: string;
  readonly namespace: string;
}

export interface Span {
  readonly since: string;
  readonly until: string;
}

type Values = readonly (number | null)[];

/** What a small chart says to those who can't see it. */
function label(values: Values, step: number): string {
  const known = values.filter((value) => value !== null);
  if (!known.length) return "nothing known of this time";
  const sum = known.reduce((total, value) => total + value, 0);
  const inStep = step === 1 ? "in a second" : `in ${duration(step * 1000)}`;
  return sum ? `${plural(sum, "line")}, at most ${number(Math.max(...known))} ${inStep}` : "no line in this time";
}

/** Without the last column where it isn't over and would look like a fall. */
function whole({ closed_until: closed, since, step_seconds: step }: Answer, counts: Values): Values {
  const last = counts.findLastIndex((value) => value !== null);
  const isOver = closed !== null && Date.parse(since) + (last + 1) * step * 1000 <= Date.parse(closed);
  if (last < 1 || isOver || (counts[last] ?? 0) >= (counts[last - 1] ?? 0)) return counts;
  return counts.map((value, column) => (column === last ? null : value));
}

/** Those of one list. */
export class Trends {
  private readonly places = new Map<string, HTMLElement>();
  private readonly inView = new Set<string>();
  private asked = new Set<string>();
  private drawings = new Map<string, () => void>();
  private order: readonly Subject[] = [];
  private span: Span = { since: "", until: "" };
  private timer = 0;
  private readonly observer = new IntersectionObserver((entries) => this.seen(entries), { rootMargin: "160px" });

  /** A place in which the trend of a template is to be drawn. */
  add(id: string, place: HTMLElement): void {
    place.dataset.trend = id;
    this.places.set(id, place);
    this.observer.observe(place);
  }

  remove(id: string): void {
    const place = this.places.get(id);
    if (place) this.observer.unobserve(place);
    this.places.delete(id);
    this.inView.delete(id);
    this.asked.delete(id);
    this.drawings.delete(id);
  }

  /** What is listed now, in order, and over which time; what is in view is drawn anew where that changed. */
  show(order: readonly Subject[], span: Span): void {
    this.order = order;
    if (span.since !== this.span.since || span.until !== this.span.until) {
      this.span = span;
      this.asked = new Set();
      this.drawings = new Map();
    }
    this.soon();
  }

  private seen(entries: readonly IntersectionObserverEntry[]): void {
    for (const { target, isIntersecting } of entries) {
      const id = (target as HTMLElement).dataset.trend ?? "";
      if (isIntersecting) this.inView.add(id);
      else this.inView.delete(id);
      if (isIntersecting) this.draw(id);
    }
    this.soon();
  }

  private draw(id: string): void {
    this.drawings.get(id)?.();
    this.drawings.delete(id);
  }

  private soon(): void {
    clearTimeout(this.timer);
    this.timer = window.setTimeout(() => void this.ask(), SOON);
  }

  /** Asks for the pages of the list of which something is in view, each namespace by itself. */
  private async ask(): Promise<void> {
    const wanted = new Map<string, string[]>();
    for (let from = 0; from < this.order.length; from += TOGETHER) {
      const page = this.order.slice(from, from + TOGETHER);
      if (!page.some(({ id }) => this.inView.has(id))) continue;
      for (const { id, namespace } of page) {
        if (this.asked.has(id)) continue;
        this.asked.add(id);
        wanted.set(namespace, [...(wanted.get(namespace) ?? []), id]);
      }
    }
    await Promise.all([...wanted].map(([namespace, ids]) => this.load(namespace, ids)));
  }

  private async load(namespace: string, ids: readonly string[]): Promise<void> {
    const { since, until } = this.span;
    try {
      const query = { since, until, buckets: COLUMNS, template: ids };
      const found = await get<Answer>(`${namespacePath(namespace)}/trends`, query);
      if (since !== this.span.since || until !== this.span.until) return;
      for (const { template_id: id, counts } of found.items) {
        this.drawings.set(id, () => this.spark(id, whole(found, counts), found.step_seconds));
        if (this.inView.has(id)) this.draw(id);
      }
    } catch {
      // A list without its small charts is of use still; they are asked for again with the next window.
      for (const id of ids) this.asked.delete(id);
    }
  }

  private spark(id: string, values: Values, step: number): void {
    const place = this.places.get(id);
    if (place?.isConnected) drawSpark(place, { values, label: label(values, step), height: 28 });
  }
}
