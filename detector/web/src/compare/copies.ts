// A comparison to paste elsewhere: as Markdown into a chat or a ticket, as CSV into a table. What lines say stays text.

import type { Changed, Difference } from "../api/shapes";
import { exact, utc } from "../ui/format";
import { plain } from "../ui/hostile";
import { chance, seen, times, timesOf, type View, wayOf } from "./differences";

const MOST = 300; // characters of a line

/** A template as code in a cell: fenced by more backticks than it holds, with no bar that would end the cell. */
function code(text: string): string {
  // A bar is escaped in code, too, and by an odd number of backslashes (GitHub Flavored Markdown, 4.10).
  const flat = plain(text, MOST).replaceAll(
    /(\\*)\|/g,
    (_, before: string) => `${before}${before.length % 2 ? "\\\\" : "\\"}|`,
  );
  const longest = Math.max(0, ...[...flat.matchAll(/`+/g)].map(([run]) => run.length));
  const fence = "`".repeat(longest + 1);
  return longest ? `${fence} ${flat} ${fence}` : `${fence}${flat}${fence}`;
}

const cell = (text: string): string => plain(text, MOST).replaceAll(/[\\|`*_<>[\]]/g, "\\$&");

const line = (one: Difference): string =>
  `| ${wayOf(one)} | ${code(one.template)} | ${cell(one.workload)} | ${cell(one.level)} | ${exact(one.before)} | ${exact(one.after)} | ${times(one)} | ${chance(one)} |`;

/** What the view lets through, as a table with a head that says what was compared, and where to see it. */
export function markdown(found: Changed, view: View): string {
  const { before, after } = timesOf(found);
  return [
    `**${cell(found.namespace)}**, ${utc(after.start)} to ${utc(after.end)}, held against ${utc(before.start)} to ${utc(before.end)}`,
    "",
    ...found.release.map((change) => `- ${utc(Date.parse(change.time))}: ${cell(change.summary)}`),
    ...(found.release.length ? [""] : []),
    "| | Template | Workload | Level | Before | After | Times expected | |",
    "| --- | --- | --- | --- | ---: | ---: | ---: | --- |",
    ...seen(found.differences, view).map(line),
    "",
    `<${location.href}>`,
    "",
  ].join("\n");
}

/** A field: quoted, and without a beginning that a spreadsheet would take for a formula (OWASP, CSV Injection). */
function field(value: string | number | boolean | null): string {
  if (typeof value !== "string") return value === null ? "" : String(value);
  const text = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
  return `"${text.replaceAll('"', '""')}"`;
}

const COLUMNS = [
  "kind",
  "template_id",
  "template",
  "workload",
  "level",
  "before",
  "after",
  "windows_before",
  "windows_after",
  "expected",
  "lift",
  "chance",
  "certain",
  "first_seen",
  "example",
] as const satisfies readonly (keyof Difference)[];

/** What the view lets through, with the names that the API has (RFC 4180). */
export const csv = (found: Changed, view: View): string =>
  [
    ["change", ...COLUMNS].join(","),
    ...seen(found.differences, view).map((one) =>
      [field(wayOf(one)), ...COLUMNS.map((name) => field(one[name]))].join(","),
    ),
  ]
    .map((row) => `${row}\r\n`)
    .join("");
