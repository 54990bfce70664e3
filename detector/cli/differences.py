"""How “what changed” is drawn in a terminal."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Group
from rich.table import Table
from rich.text import Text

from detector.cli.output import Row, cell, harmless, plain_span, plain_time
from detector.cli.tables import counted, plain_table

DIFFERENCE_COLUMNS = (
    "namespace", "before_since", "before_until", "since", "until", "kind", "workload", "level", "before",
    "windows_before", "after", "windows_after", "expected", "lift", "chance", "certain", "first_seen", "template_id",
    "template", "example",
)  # fmt: skip
_STYLES = {"new": "bold red", "gone": "bold magenta", "more": "bold yellow", "fewer": "bold cyan"}
_CHANGES_SHOWN = 8


def heading(row: Row) -> Group:
    """What was rolled out when, and what is held against what."""
    release = {one["id"] for one in row["release"]}
    others = [one for one in row["changes"] if one["id"] not in release]
    told = [*row["release"], *others][:_CHANGES_SHOWN]
    more = len(release) + len(others) - len(told)
    lines = [
        Text.assemble(
            (plain_time(one["time"]), "bold"), "  ", cell(one["summary"], "" if one["id"] in release else "dim")
        )
        for one in told
    ]
    if more > 0:
        lines.append(Text(f"and {counted(more, 'more change')}", "dim"))
    if not lines:
        lines.append(Text("No change of a workload shows in this time.", "dim"))
    after, before = plain_span(row["since"], row["until"]), plain_span(row["before_since"], row["before_until"])
    held = harmless(f"{row['namespace']}: {after} held against {before}, UTC")
    return Group(*lines, Text(held, "dim"), Text())


def difference_table(rows: Sequence[Row]) -> Table:
    """What is logged differently, the strongest evidence first."""
    table = plain_table(f"{counted(len(rows), 'template')} logged differently")
    table.add_column("what", no_wrap=True)
    for name in ("before", "after"):
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("times", justify="right", no_wrap=True)
    table.add_column("by chance", justify="right", no_wrap=True)
    table.add_column("template and a line of it", ratio=1, overflow="fold")
    for row in rows:
        sure = "" if row["certain"] else "dim"
        table.add_row(
            Text(row["kind"], _STYLES[row["kind"]] if row["certain"] else "dim"),
            cell(_rate(row["before"], row["windows_before"]), sure),
            cell(_rate(row["after"], row["windows_after"]), sure),
            cell(times(row["lift"]), sure),
            cell(chance(row["chance"]), sure),
            Group(
                Text.assemble(
                    (f"{harmless(row['level'])} " if row["level"] else "", "bold"),
                    cell(f"{row['workload']}: {row['template']}"),
                ),
                cell(row["example"], "dim"),
            ),
        )
    return table


def times(lift: float | None) -> str:
    """How many times as often as expected: `3.1 ×`, `1/40`, `–` where nothing was expected."""
    if lift is None:
        return "–"
    if lift == 0:
        return "0"
    return f"{lift:,.1f} ×" if lift >= 1 else f"1/{1 / lift:,.1f}"


def chance(value: float) -> str:
    """How likely, as people say it: `1 in 4,000`, `under 1 in a million`, `may well be`."""
    if value > 0.1:
        return "may well be"
    return "under 1 in 1,000,000" if value < 1e-6 else f"1 in {1 / value:,.0f}"


def _rate(lines: int, windows: int) -> str:
    rate = lines / windows if windows else 0.0
    each = f"{rate:,.0f}" if rate >= 10 else f"{rate:.1f}" if rate >= 0.1 or not lines else f"{rate:.2g}"
    return f"{lines:,} ({each} a window)"
