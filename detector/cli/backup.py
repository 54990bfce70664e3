"""`drainwatch backup` and `drainwatch restore`."""

from __future__ import annotations

import os
import sys
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from detector.cli.clock import now
from detector.cli.options import ConfigOption, StoreOption, settings_of, store_flags

if TYPE_CHECKING:
    from detector.backup.carrying import TakenBack
    from detector.backup.inventory import Compared
    from detector.settings import Settings

BackupArgument = Annotated[
    str,
    typer.Argument(metavar="FILE", help="A new file; or a folder, in which one is made; or - for standard output."),
]
RestoreArgument = Annotated[
    str, typer.Argument(metavar="FILE", help="A backup of `drainwatch backup`; or - for standard input.")
]
VerifyOption = Annotated[
    bool, typer.Option("--verify", help="Make none: check the one in FILE, and show it beside the store.")
]
ReplaceOption = Annotated[
    bool, typer.Option("--replace", help="Also where there is a store already; that one is kept under another name.")
]


def backup(
    file: BackupArgument, verify: VerifyOption = False, store: StoreOption = None, config: ConfigOption = None
) -> None:
    """Copy the whole store into one file, also while a service writes it, and check the copy."""
    from rich.filesize import decimal

    from detector.access.acts import Deed
    from detector.backup.doing import Maker, back_up, check
    from detector.backup.files import PIPE, piped, written
    from detector.cli.acts import note_in
    from detector.cli.progress import CopyingBar

    settings = settings_of(config, os.environ, **store_flags(store))
    if verify:
        _verify(settings, file)
        return
    maker = Maker(version("drainwatch"), now())
    with CopyingBar() as bar:
        if file == PIPE:
            with piped() as (stream, work):
                said = back_up(settings, stream, work, maker, bar)
        else:
            target = Path(file)
            target = target / f"drainwatch-{maker.stamp}.zip" if target.is_dir() else target
            with written(target) as (stream, work):
                back_up(settings, stream, work, maker, bar)
            said = check(target, bar)
    rows, of = sum(one.rows for one in said.tables), "tables" if said.kind == "sqlite" else "indices"
    where = "standard output" if file == PIPE else f"{target} ({decimal(target.stat().st_size)})"
    checked = "" if file == PIPE else " It was read again from there, and all sums are right."
    note_in(settings, Deed.BACKED_UP, _name(settings), detail=where)
    _say(
        f"The store {_name(settings)} as of {said.made_at}: {rows:,} rows of {len(said.tables)} {of} in"
        f" {where}.{checked}"
    )


def restore(
    file: RestoreArgument, replace: ReplaceOption = False, store: StoreOption = None, config: ConfigOption = None
) -> None:
    """Make the store what a backup holds. Stop the service before; nothing changes before all is checked."""
    from detector.access.acts import Deed
    from detector.backup.doing import Maker
    from detector.backup.doing import restore as put_back
    from detector.cli.acts import note_in
    from detector.cli.progress import CopyingBar

    settings = settings_of(config, os.environ, **store_flags(store))
    maker = Maker(version("drainwatch"), now())
    with CopyingBar() as bar:
        said, made = put_back(settings, file, maker, bar, replace=replace)
    _show(made.compared, "restored")
    print(f"\n{made.where} is what it was at {said.made_at}: all of this was compared, and is equal.")
    if made.kept is not None:
        print(f"What was there before is in {made.kept}: remove it when you need it no more.")
    _tell_since(made.since)
    note_in(settings, Deed.RESTORED, _name(settings), detail=f"as of {said.made_at}")


def _tell_since(found: TakenBack | None) -> None:
    """Of what was taken back after the backup was made, and must not be again unseen."""
    from detector.cli.output import harmless

    if found is None:
        print("Which tokens were revoked there since can't be read: look through `drainwatch token list`.")
        return
    for token in found.revoked:
        print(f"The token {harmless(token.name)} ({token.id}) was revoked since, and stays so.")
    for act in found.erased:
        print(f"There again, though it was erased since: {harmless(act.subject)}. Erase it again.")


def _verify(settings: Settings, file: str) -> None:
    from detector.backup.doing import verify
    from detector.cli.progress import CopyingBar

    with CopyingBar() as bar:
        said, compared, there = verify(settings, file, bar)
    _show(compared, _name(settings) if there else "")
    print(f"\nThe backup is whole: of {said.made_at}, by drainwatch {said.drainwatch}, schema {said.schema}.")
    if not there:
        print(f"There is no store {_name(settings)} of its kind to compare it with.")
    elif differing := [one.name for one in compared if not one.equal]:
        print(f"The store has gone on since, or is another one. What differs: {', '.join(differing)}.")
    else:
        print("The store holds the same.")


def _show(compared: list[Compared], beside: str) -> None:
    """A table for people: kinds of things, how many in the backup, how many in the store, whether they are equal."""
    from rich.table import Table

    from detector.cli.output import cell, console

    table = Table(box=None, pad_edge=False)
    table.add_column("")
    table.add_column("backup", justify="right")
    if beside:
        table.add_column(beside, justify="right")
        table.add_column("")
    for one in compared:
        row = [cell(one.name), cell(_count(one.one))]
        if beside:
            row += [cell(_count(one.other)), cell("equal" if one.equal else "differs", "" if one.equal else "yellow")]
        table.add_row(*row)
    console().print(table)


def _count(rows: int | None) -> str:
    return "none" if rows is None else f"{rows:,}"


def _name(settings: Settings) -> str:
    if settings.store.kind == "elasticsearch":
        return f"{settings.elasticsearch.prefix}-*"
    return str(settings.store.path)


def _say(sentence: str) -> None:
    """Beside what goes to standard output."""
    print(sentence, file=sys.stderr)
