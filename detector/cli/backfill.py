"""`drainwatch backfill`."""

from __future__ import annotations

import os
import sys
from contextlib import closing
from typing import TYPE_CHECKING, Annotated

import typer

from detector.cli.clock import now
from detector.cli.options import (
    ConfigOption,
    IndexOption,
    NamespacesOption,
    Origin,
    StoreOption,
    WindowOption,
    search_flags,
    settings_of,
    store_flags,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

    from detector.backfill import Backfilled

BeginOption = Annotated[str, typer.Option("--since", metavar="TIME", help="From this time on: 2026-11-14, -7d.")]
EndOption = Annotated[str, typer.Option("--until", metavar="TIME", help="Before this time.")]


def backfill(
    since: BeginOption,
    until: EndOption = "now",
    index: IndexOption = None,
    namespace: NamespacesOption = None,
    window: WindowOption = None,
    store: StoreOption = None,
    config: ConfigOption = None,
) -> None:
    """Read a past time out of Elasticsearch into the store: it learns, trains and scores as if it had been there.

    No service may be writing the store meanwhile. It may be ended at any time; the same command goes on.
    """
    from detector.cli.findings import filters

    wanted = filters(None, since, until, 0)
    settings = settings_of(
        config,
        os.environ,
        detection__window=window,
        **store_flags(store),
        **search_flags(Origin.ELASTICSEARCH, index, namespace),
    )
    from detector.backfill import backfill as fill
    from detector.cli.progress import ReadingBar
    from detector.wiring import open_store

    with closing(open_store(settings)) as opened, ReadingBar("Reading") as bar:
        done = fill(settings, opened, wanted.since or 0, wanted.until or now(), clock=now, on_progress=bar.show)
        lost = opened.lost_total
    for line in told(done, lost):
        print(line, file=sys.stderr)


def told(done: Backfilled, lost: int) -> Iterable[str]:
    """What was done, in sentences for people."""
    from detector.cli.account import account
    from detector.cli.output import harmless

    for problem in done.problems:
        yield harmless(f"{problem.path}: {problem.message}")
    if done.again:
        yield f"Counted and judged again {between(*done.again)}: {done.lines:,} lines."
    if done.first:
        yield f"Read {between(*done.first)}."
        yield from account(done.tally)
    if done.left:
        yield f"Left to drainwatch run: {between(*done.left)}, for the store has other namespaces, too."
    if lost:
        yield f"{lost:,} documents of the results were refused by Elasticsearch; drainwatch run logs why."


def between(begin: int, end: int) -> str:
    """A half-open time in words."""
    from detector.api.times import rfc3339

    return f"from {rfc3339(begin)} until {rfc3339(end)}"
