"""The tables of tokens and of the audit log, and the columns of their CSV."""

from __future__ import annotations

from collections.abc import Sequence

from rich.table import Table
from rich.text import Text

from detector.cli.output import Row, cell, plain_time
from detector.cli.tables import counted, plain_table

TOKEN_COLUMNS = ("id", "name", "right", "namespaces", "author", "created", "expires", "revoked", "used", "active")
ACT_COLUMNS = ("id", "time", "who", "how", "what", "subject", "namespace", "address", "detail")
_REFUSED = ("log-in-refused", "denied")


def token_table(rows: Sequence[Row]) -> Table:
    """What each may until when, and whether anybody uses it."""
    table = plain_table(f"{counted(len(rows), 'token')}, times in UTC")
    for heading in ("id", "right", "ends", "last used"):
        table.add_column(heading, no_wrap=True)
    table.add_column("by", overflow="fold", max_width=20)
    table.add_column("name, and where", ratio=1, overflow="fold")
    for row in rows:
        style = "" if row["active"] else "dim"
        used = "never" if row["used"] is None else plain_time(row["used"])[:16]
        where = Text.assemble("\n", cell(", ".join(row["namespaces"]), style))
        table.add_row(
            cell(row["id"], style),
            cell(row["right"], style),
            cell(_end(row), style),
            cell(used, style),
            cell(row["author"], style),
            Text.assemble(cell(row["name"], style), where),
        )
    return table


def act_table(rows: Sequence[Row]) -> Table:
    """When, who, from where, what."""
    table = plain_table(f"{counted(len(rows), 'entry').replace('entrys', 'entries')}, times in UTC")
    table.add_column("time", no_wrap=True)
    table.add_column("who, and how", overflow="fold", max_width=36)
    table.add_column("what", ratio=1, overflow="fold")
    for row in rows:
        how = " ".join(part for part in (row["how"], row["address"]) if part)
        what = cell(row["what"], "red" if row["what"] in _REFUSED else "bold")
        about = " ".join(part for part in (row["subject"], row["namespace"] and f"in {row['namespace']}") if part)
        lines = [Text.assemble(what, " ", cell(about))]
        if row["detail"]:
            lines.append(cell(row["detail"], "dim"))
        who = cell(row["who"] or "-")
        table.add_row(cell(plain_time(row["time"])), Text("\n").join([who, cell(how, "dim")]), Text("\n").join(lines))
    return table


def _end(row: Row) -> str:
    if row["revoked"]:
        return f"revoked {plain_time(row['revoked'])[:16]}"
    if row["expires"] is None:
        return "never"
    return plain_time(row["expires"])[:16] if row["active"] else f"over {plain_time(row['expires'])[:16]}"
