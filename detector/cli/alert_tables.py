"""The tables of alerts and silences, and the columns of their CSV."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Group
from rich.table import Table
from rich.text import Text

from detector.cli.output import Row, cell, plain_time, severity_cell
from detector.cli.tables import counted, plain_table

ALERT_COLUMNS = (
    "id", "kind", "namespaces", "start", "end", "score", "severity", "open", "opened", "resolved", "summary", "told",
    "quiet", "incidents",
)  # fmt: skip
SILENCE_COLUMNS = (
    "id", "namespace", "workload", "template", "subject", "since", "until", "author", "note", "created", "withdrawn",
    "active", "coming",
)  # fmt: skip
_NAMED = 4
"""Namespaces of an alert that are named; an outage of a node takes them all."""


def alert_table(rows: Sequence[Row]) -> Table:
    """When, how bad, what, and who was told of it or why not."""
    table = plain_table(f"{counted(len(rows), 'alert')}, times in UTC")
    for heading in ("opened", "score", "state"):
        table.add_column(heading, no_wrap=True)
    table.add_column("namespaces", overflow="fold", max_width=28)
    table.add_column("what, and who was told", ratio=1, overflow="fold")
    for row in rows:
        table.add_row(
            Text.assemble(_to_the_minute(row["opened"]), "\n", cell(row["id"], "dim")),
            severity_cell(row),
            _state(row),
            _namespaces(row),
            Group(cell(row["summary"]), *_told(row)),
        )
    return table


def silence_table(rows: Sequence[Row]) -> Table:
    """What is silenced until when, by whom and why."""
    table = plain_table(f"{counted(len(rows), 'silence')}, times in UTC")
    for heading in ("id", "since", "until"):
        table.add_column(heading, no_wrap=True)
    table.add_column("by", overflow="fold")
    table.add_column("what, and why", ratio=1, overflow="fold")
    for row in rows:
        style = "" if row["active"] or row["coming"] else "dim"
        note = Text.assemble("\n", cell(row["note"], "italic")) if row["note"] else Text()
        table.add_row(
            cell(row["id"], style),
            cell(_to_the_minute(row["since"]), style),
            cell(_ending(row), style),
            cell(row["author"], style),
            Text.assemble(cell(row["subject"], style), note),
        )
    return table


def _state(row: Row) -> Text:
    if row["open"]:
        return Text("open", "bold")
    return Text(f"over {_beside(row['resolved'], row)}", "dim")


def _namespaces(row: Row) -> Text:
    names = row["namespaces"]
    shown = cell(", ".join(names[:_NAMED])) if names else Text("drainwatch itself", "dim")
    return shown + Text(f" and {len(names) - _NAMED} more", "dim") if len(names) > _NAMED else shown


def _told(row: Row) -> list[Text]:
    """A line a channel, oldest first, and why nobody, or not everybody, was told last."""
    lines = [
        Text.assemble(
            (f"{_beside(one['at'], row)} ", "dim"), cell(one["channel"], "green"), (f" {one['event']}", "dim")
        )
        for one in sorted(row["told"], key=lambda one: str(one["at"]))
    ]
    if row["quiet"]:
        lines.append(cell(row["quiet"], "yellow"))
    return lines or [Text("nobody was told", "yellow")]


def _ending(row: Row) -> str:
    if row["withdrawn"]:
        return f"ended {_to_the_minute(row['withdrawn'])}"
    return _to_the_minute(row["until"]) if row["active"] or row["coming"] else f"over {_to_the_minute(row['until'])}"


def _beside(time: str, row: Row) -> str:
    """A time of an alert, with the day only where it is another one than that of its opening."""
    return _to_the_minute(time)[11:] if time[:10] == row["opened"][:10] else _to_the_minute(time)


def _to_the_minute(time: str) -> str:
    """Alerts come at any second of it, and nobody needs to know which."""
    return plain_time(time)[:16]
