"""`drainwatch doctor`."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from detector.cli.clock import now
from detector.cli.options import (
    ConfigOption,
    FromOption,
    IndexOption,
    StoreOption,
    search_flags,
    settings_of,
    store_flags,
)

if TYPE_CHECKING:
    from rich.table import Table

    from detector.doctor import Check


class Form(StrEnum):
    """How the checks are written."""

    TABLE = "table"
    JSON = "json"


FormOption = Annotated[Form, typer.Option("--output", "-o", help="A table for people, JSON for programs.")]


def doctor(
    origin: FromOption = None,
    index: IndexOption = None,
    store: StoreOption = None,
    output: FormOption = Form.TABLE,
    config: ConfigOption = None,
) -> None:
    """Look whether all that drainwatch needs of the cluster is there, and say how to mend what isn't."""
    settings = settings_of(config, os.environ, **store_flags(store), **search_flags(origin, index, None))
    from detector.api.auth.oidc import ask
    from detector.assets import asset_folder
    from detector.doctor import State, diagnose
    from detector.doctor.gather import gather
    from detector.wiring import open_reader

    checks = diagnose(
        gather(settings, assets=asset_folder("ilm"), clock=now, open_reader=open_reader, ask_provider=ask)
    )
    if output is Form.JSON:
        _write_json(checks)
    else:
        from detector.cli.output import console

        console().print(table_of(checks))
    raise typer.Exit(1 if any(check.state is State.FAILED for check in checks) else 0)


def _write_json(checks: Sequence[Check]) -> None:
    import json

    rows = [
        {"check": check.name, "state": check.state.value, "seen": check.seen, "mend": check.mend} for check in checks
    ]
    sys.stdout.flush()
    sys.stdout.buffer.write(json.dumps(rows, ensure_ascii=False, indent=2).encode("utf-8", "backslashreplace") + b"\n")


def table_of(checks: Sequence[Check]) -> Table:
    """A mark, what was looked at, what was seen, and below it how to mend it."""
    from rich.console import Group
    from rich.table import Table

    from detector.cli.output import cell
    from detector.doctor import State

    marks = {
        State.OK: ("✓", "green"),
        State.WARNING: ("!", "yellow"),
        State.FAILED: ("✗", "bold red"),
        State.SKIPPED: ("-", "dim"),
    }
    table = Table(box=None, show_header=False, pad_edge=False)
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    table.add_column(ratio=1, overflow="fold")
    for check in checks:
        mark, style = marks[check.state]
        seen = cell(check.seen, "dim" if check.state is State.SKIPPED else "")
        told = Group(seen, cell(f"→ {check.mend}", style)) if check.mend else seen
        table.add_row(cell(mark, style), cell(check.name), told)
    return table
