"""The tables that people read, one function a kind of finding, and the columns of its CSV."""

from __future__ import annotations

from collections.abc import Sequence
from shlex import quote

from rich import box
from rich.console import Group
from rich.table import Table
from rich.text import Text

from detector.cli.output import Row, cell, plain_span, plain_time, severity_cell, whole
from detector.findings import ReasonKind

INCIDENT_COLUMNS = (
    "id", "namespace", "start", "end", "score", "severity", "open", "anomalies", "summary",
    "template", "workload", "kind", "observed", "expected_low", "expected_high", "reasons", "source",
)  # fmt: skip
ANOMALY_COLUMNS = (
    "id", "namespace", "start", "end", "score", "severity", "incident", "suppressed_by", "model",
    "template", "workload", "kind", "observed", "expected_low", "expected_high", "reasons",
)  # fmt: skip
TEMPLATE_COLUMNS = (
    "id", "namespace", "workload", "level", "count", "first_seen", "last_seen", "text", "example", "muted", "muted_by",
)  # fmt: skip
FEEDBACK_COLUMNS = (
    "id", "kind", "namespace", "incident", "template", "workload", "subject", "since", "until", "author", "note",
    "created", "withdrawn", "active",
)  # fmt: skip
SUGGESTION_COLUMNS = (
    "kind", "namespace", "template", "workload", "alert_budget", "subject", "marked", "before", "after",
)  # fmt: skip

_WEIGHTIEST = ("template", "workload", "kind", "observed", "expected_low", "expected_high")
REASONS_SHOWN = 3


def flat(row: Row) -> Row:
    """For CSV: a finding together with what its weightiest reason says."""
    reasons = row["reasons"]
    first = reasons[0] if reasons else {}
    return {**row, **{name: first.get(name) for name in _WEIGHTIEST}}


def incident_table(rows: Sequence[Row]) -> Table:
    """When, where, how bad, and why."""
    table = plain_table(f"{counted(len(rows), 'incident')}, times in UTC")
    for heading in ("when", "namespace", "score"):
        table.add_column(heading, no_wrap=heading != "namespace", overflow="fold")
    table.add_column("what happened", ratio=1, overflow="fold")
    for row in rows:
        table.add_row(
            Text.assemble(plain_span(row["start"], row["end"]), "\n", cell(row["id"], "dim")),
            cell(row["namespace"]),
            severity_cell(row),
            Group(cell(row["summary"]), *_reasons(row)),
        )
    return table


def anomaly_table(rows: Sequence[Row]) -> Table:
    """Windows, newest first, with what stood out in them."""
    table = plain_table(f"{counted(len(rows), 'anomalous window')}, times in UTC")
    for heading in ("window", "namespace", "score"):
        table.add_column(heading, no_wrap=heading != "namespace", overflow="fold")
    table.add_column("what stood out", ratio=1, overflow="fold")
    for row in rows:
        quiet = row.get("suppressed_by")
        told = [cell(f"kept quiet by feedback {quiet}", "dim"), *_reasons(row)] if quiet else _reasons(row)
        score = cell(f"{whole(row['score'])} {row['severity']}", "dim") if quiet else severity_cell(row)
        table.add_row(plain_time(row["start"]), cell(row["namespace"]), score, Group(*told))
    return table


def template_table(rows: Sequence[Row]) -> Table:
    """Templates with how often and when they were last seen."""
    table = plain_table(f"{counted(len(rows), 'template')}, times in UTC")
    table.add_column("lines", justify="right", no_wrap=True)
    table.add_column("last seen", no_wrap=True)
    for heading in ("namespace", "workload"):
        table.add_column(heading, overflow="fold")
    table.add_column("level", no_wrap=True)
    table.add_column("template", ratio=1, overflow="fold")
    for row in rows:
        muted = Text(" (muted)", "dim") if row["muted"] else Text()
        table.add_row(
            f"{row['count']:,}",
            plain_time(row["last_seen"]),
            cell(row["namespace"]),
            cell(row["workload"]),
            cell(row["level"]),
            cell(row["text"]) + muted + Text("  ") + cell(row["id"], "dim"),
        )
    return table


def feedback_table(rows: Sequence[Row]) -> Table:
    """Who said what of what, why, and until when."""
    table = plain_table(f"{counted(len(rows), 'word')} of feedback, times in UTC")
    for heading in ("id", "said", "until"):
        table.add_column(heading, no_wrap=True)
    for heading in ("by", "namespace"):
        table.add_column(heading, overflow="fold")
    table.add_column("what", ratio=1, overflow="fold")
    for row in rows:
        style = "" if row["active"] else "dim"
        note = Text.assemble("\n", cell(row["note"], "italic")) if row["note"] else Text()
        table.add_row(
            cell(row["id"], style),
            cell(plain_time(row["created"]), style),
            cell(_ending(row), style),
            cell(row["author"], style),
            cell(row["namespace"], style),
            Text.assemble((f"{row['kind']} ", "bold"), cell(row["subject"], style), note),
        )
    return table


def suggestion_table(rows: Sequence[Row]) -> Table:
    """What to do, what it would have changed, and the command that does it."""
    table = plain_table(f"{counted(len(rows), 'suggestion')}, the greatest relief first")
    table.add_column("alerts a day", no_wrap=True)
    table.add_column("found", no_wrap=True)
    table.add_column("marked", justify="right", no_wrap=True)
    table.add_column("namespace", overflow="fold")
    table.add_column("what", ratio=1, overflow="fold")
    for row in rows:
        before, after = row["before"], row["after"]
        table.add_row(
            f"{before['alerts_a_day']:.2f} → {after['alerts_a_day']:.2f}",
            f"{after['found']} of {after['known']}",
            f"{row['marked']} {'real' if row['alert_budget'] else 'expected'}",
            cell(row["namespace"] or "all"),
            Text.assemble(cell(row["subject"]), "\n", cell(_command(row), "dim")),
        )
    return table


def _command(row: Row) -> str:
    if row["alert_budget"]:
        return f"set detection.alert_budget = {row['alert_budget']:g} in drainwatch.toml"
    if row["template"]:
        return f"drainwatch mute {row['template']}"
    return f"drainwatch mute --workload {quote(row['workload'])} --namespace {quote(row['namespace'])}"


def _ending(row: Row) -> str:
    if row["withdrawn"]:
        return f"taken back {plain_time(row['withdrawn'])}"
    if row["until"] is None:
        return "for ever"
    return plain_time(row["until"]) if row["active"] else f"expired {plain_time(row['until'])}"


def _reasons(row: Row) -> list[Text]:
    reasons = row["reasons"]
    shown = [_reason(reason) for reason in reasons[:REASONS_SHOWN]]
    more = len(reasons) - REASONS_SHOWN
    return [*shown, Text(f"and {counted(more, 'more reason')}", "dim")] if more > 0 else shown


def _reason(reason: Row) -> Text:
    low, high = _amount(reason["expected_low"]), _amount(reason["expected_high"])
    expected = f"{low if low == high else f'{low} to {high}'} expected"
    if reason["kind"] == ReasonKind.RULE:
        expected = "always told"
    return Text.assemble(
        (f"{reason['kind']:<5} ", "bold"),
        (f"{reason['observed']:,} seen, {expected}  ", "dim"),
        cell(": ".join(filter(None, (reason["workload"], reason["template"])))),
    )


def _amount(count: float) -> str:
    return f"{count:,.0f}" if count >= 10 or count == round(count) else f"{count:.1f}"


def plain_table(title: str) -> Table:
    """A table as all of them look."""
    return Table(title=title, title_justify="left", box=box.SIMPLE_HEAD, expand=False, pad_edge=False)


def counted(count: int, thing: str) -> str:
    """`1 incident`, `1,200 incidents`."""
    return f"{count:,} {thing}" if count == 1 else f"{count:,} {thing}s"
