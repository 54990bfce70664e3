"""Results on standard output: NDJSON, JSON and CSV for programs, tables for people.

Columns are stable: programs may rely on their names. All text may come from somebody else's logs, so nothing of it
reaches a terminal or a spreadsheet as anything but text.
"""

from __future__ import annotations

import csv
import io
import json
import re
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from detector.cli.options import Output

Row = Mapping[str, Any]
"""A finding as JSON has it: strings, numbers, lists and tables."""

_UNSEEN = re.compile(
    "[\x00-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\ud800-\udfff]"
)
"""Control characters, line breaks, and marks that change the direction of what follows."""
_FORMULA = re.compile("[=+\\-@\t\r]")
_NARROW = 80
"""Characters; tables of less have no room left for their last column."""
SEVERITY_STYLE = {"critical": "bold red", "major": "dark_orange", "minor": "yellow", "warning": "cyan"}


def harmless(text: str) -> str:
    """The text with everything that could command a terminal shown as `·`, line breaks as `⏎`."""
    return _UNSEEN.sub(lambda found: "⏎" if found[0] == "\n" else "·", text)


def write_rows(
    rows: Iterable[Row], output: Output, columns: Sequence[str], table: Callable[[Sequence[Row]], Table]
) -> None:
    """Write rows in the form that was asked for; CSV has the named columns, tables are drawn by `table`."""
    if output is Output.TABLE:
        screen, drawn = console(), table(list(rows))
        screen.print(drawn if screen.width >= _NARROW else stacked(drawn))
    elif output is Output.CSV:
        _write(_csv_line(columns))
        for row in rows:
            _write(_csv_line([_cell(row.get(column)) for column in columns]))
    elif output is Output.JSON:
        _write(json.dumps(list(rows), ensure_ascii=False, indent=2) + "\n")
    else:
        for row in rows:
            _write(json.dumps(row, ensure_ascii=False) + "\n")


def stacked(table: Table) -> Group:
    """A table as it fits on a narrow terminal: a line a row, below it the last column, which says most."""
    blocks: list[RenderableType] = [str(table.title or "")]
    for *leading, last in zip(*(column.cells for column in table.columns), strict=True):
        cells = [one if isinstance(one, Text) else Text(str(one)) for one in leading]
        blocks += [Text(), Text("  ").join(one for one in cells if one.plain), Padding(last, (0, 0, 0, 2))]
    return Group(*blocks)


def console() -> Console:
    """Of standard output: as wide as the terminal, or wide enough for whole sentences in a file."""
    return Console(width=None if sys.stdout.isatty() else 160, highlight=False, soft_wrap=False)


def cell(text: object, style: str = "") -> Text:
    """Text for a table, whatever it holds: no markup, no escape sequences."""
    return Text(harmless(str(text)), style=style)


def severity_cell(row: Row) -> Text:
    """Score and severity in the colour of the severity."""
    return cell(f"{whole(row['score'])} {row['severity']}", SEVERITY_STYLE[row["severity"]])


def whole(score: float) -> str:
    """A score as the page shows it: rounded down, so that it is never one of the next severity."""
    return str(int(score))


def plain_time(time: str) -> str:
    """`2026-11-21T07:00:00Z` as people read it: `2026-11-21 07:00`, with seconds only where there are some."""
    return time.replace("T", " ")[:19].removesuffix(":00")


def plain_span(start: str, end: str) -> str:
    """`2026-11-21 07:10 to 07:16`; the day of the end only where it is another one."""
    until = plain_time(end)
    return f"{plain_time(start)} to {until[11:] if start[:10] == end[:10] else until}"


def _write(text: str) -> None:
    """In UTF-8 whatever the locale says; a lone surrogate becomes the escape that JSON has for it."""
    sys.stdout.flush()
    sys.stdout.buffer.write(text.encode("utf-8", "backslashreplace"))


def _csv_line(cells: Sequence[object]) -> str:
    line = io.StringIO()
    csv.writer(line, lineterminator="\n").writerow(cells)
    return line.getvalue()


def _cell(value: object) -> object:
    """A cell that commands no terminal, and that no spreadsheet takes for a formula: such text gets a `'` in front."""
    if isinstance(value, dict | list | tuple):
        return _UNSEEN.sub(lambda found: f"\\u{ord(found[0]):04x}", json.dumps(value, ensure_ascii=False))
    if isinstance(value, bool):
        return str(value).lower()
    if not isinstance(value, str):
        return value
    return f"'{harmless(value)}" if _FORMULA.match(value) else harmless(value)
