// What was done by whom: the newest first, a page at a time, by name, kind and time.

import { get } from "../api/client";
import type { Act, Items } from "../api/shapes";
import { byId, type Children, h, show } from "../ui/dom";
import { number, timeOf } from "../ui/format";
import { visible } from "../ui/hostile";
import { asked, keep } from "../ui/query";
import { type Column, drawTable } from "../ui/table";

const AT_ONCE = 50;
const KINDS = [
  "log-in", "log-in-refused", "log-out", "denied", "token-made", "token-revoked", "model-chosen", "model-released",
  "feedback-given", "feedback-withdrawn", "silence-made", "silence-ended", "erased", "backed-up", "restored", "set-up",
] as const; // biome-ignore format: a word each would take a page
const BACK = [
  ["-24h", "the last day"],
  ["-7d", "the last 7 days"],
  ["-30d", "the last 30 days"],
  ["", "all of it"],
] as const;

const words = (what: string): string => what.replaceAll("-", " ");

const columns: Column<Act>[] = [
  { id: "time", name: "When", cell: (one) => timeOf(Date.parse(one.time)) },
  {
    id: "who",
    name: "Who",
    head: true,
    cell: (one) => [one.who ? visible(one.who, 60) : h("span", { class: "note" }, "nobody known"), how(one)],
  },
  {
    id: "what",
    name: "What",
    cell: (one) =>
      h("span", { class: one.what === "denied" || one.what.endsWith("refused") ? "trouble" : null }, words(one.what)),
  },
  {
    id: "subject",
    name: "Of",
    cell: (one) => [
      visible(one.subject, 200),
      one.namespace && one.namespace !== one.subject ? [" in ", visible(one.namespace, 80)] : null,
    ],
  },
  { id: "detail", name: "More", cell: (one) => visible(one.detail, 300) },
];

const how = (one: Act): Children =>
  h("span", { class: "note" }, ` ${one.how}${one.address ? ` from ${one.address}` : ""}`);

/** The log on the page, with what its reader asked for in the address. */
export class Audit {
  private acts: Act[] = [];
  private cursor: string | null = null;
  private pages = 1;
  private readonly who = byId<HTMLInputElement>("who-did");
  private readonly what = byId<HTMLSelectElement>("what-done");
  private readonly far = byId<HTMLSelectElement>("how-far");

  constructor(private readonly refresh: () => unknown) {
    this.who.value = asked("who");
    this.what.append(
      h("option", { value: "" }, "anything"),
      ...KINDS.map((one) => h("option", { value: one, selected: asked("what") === one }, words(one))),
    );
    this.far.append(
      ...BACK.map(([value, text]) =>
        h("option", { value, selected: (asked("since") || "-7d") === (value || "all") }, text),
      ),
    );
    for (const one of [this.who, this.what, this.far]) one.addEventListener("change", () => this.chosen());
  }

  private chosen(): void {
    this.pages = 1;
    const since = this.far.value || "all";
    keep({ who: this.who.value.trim(), what: this.what.value, since: since === "-7d" ? "" : since });
    this.refresh();
  }

  /** As many pages as the reader opened. */
  async load(signal: AbortSignal): Promise<void> {
    const found: Act[] = [];
    let cursor: string | null = null;
    for (let page = 0; page < this.pages && (page === 0 || cursor); page++) {
      const some: Items<Act> = await get(
        "/api/v1/audit",
        { who: this.who.value.trim(), what: this.what.value, since: this.far.value, cursor, limit: AT_ONCE },
        signal,
      );
      found.push(...some.items);
      cursor = some.next_cursor ?? null;
    }
    [this.acts, this.cursor] = [found, cursor];
    this.draw();
  }

  private draw(): void {
    const note = this.acts.length
      ? `${number(this.acts.length)}${this.cursor ? " and more" : ""}, the newest first`
      : "";
    show(byId("audit-note"), note, () => note);
    if (this.acts.length)
      drawTable(byId("audit"), { label: "Audit log", columns, items: this.acts, usual: "", kind: "audit" });
    else show(byId("audit"), "none", () => h("p", { class: "empty" }, "Nothing of the kind was done in that time."));
    const older = (): void => {
      this.pages += 1;
      this.refresh();
    };
    show(byId("older"), this.cursor !== null, () =>
      this.cursor === null
        ? null
        : h("button", { type: "button", class: "more", id: "show-older", onclick: older }, "Show older"),
    );
  }
}
