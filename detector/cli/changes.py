"""`drainwatch changes`."""

from __future__ import annotations

import os
from typing import Annotated

import typer

from detector.cli.options import ConfigOption, Output, OutputOption, StoreOption, UntilOption, settings_of, store_flags

LAST_DEPLOY = "last-deploy"

NamespaceArgument = Annotated[str, typer.Argument(metavar="NAMESPACE", help="Whose logs.")]
SinceOption = Annotated[
    str, typer.Option("--since", metavar="TIME", help="A time (-1h), or last-deploy: the last roll-out that shows.")
]
AgainstOption = Annotated[
    str | None,
    typer.Option(
        "--against",
        metavar="TIME",
        help="Hold that time (else its last hour) against as long a time so much earlier (-1d), or previous.",
    ),
]


def changes(
    namespace: NamespaceArgument,
    since: SinceOption = LAST_DEPLOY,
    until: UntilOption = None,
    against: AgainstOption = None,
    output: OutputOption = Output.TABLE,
    store: StoreOption = None,
    config: ConfigOption = None,
) -> None:
    """Say what a namespace logs differently since its last roll-out, or than at another time.

    Templates that are new, gone, or changed in rate.
    """
    from detector.api.change_shapes import ChangedOut
    from detector.api.stretches import asked_about, held_against
    from detector.cli.differences import DIFFERENCE_COLUMNS, difference_table, heading
    from detector.cli.findings import filters, known, opened
    from detector.cli.output import console, write_rows
    from detector.comparison import compare, compare_stretches
    from detector.settings import micros

    wanted = filters(namespace, None if since == LAST_DEPLOY else since, until, 1)
    settings = settings_of(config, os.environ, **store_flags(store))
    with opened(settings) as reader:
        known(reader, namespace)
        status = next(one for one in reader.statuses() if one.namespace == namespace)
        window = micros(settings.detection.window)
        if against is None:
            found = compare(reader, status, wanted.since, wanted.until, window)
        else:
            after = asked_about(wanted.since, wanted.until, reader.closed_until() or 0)
            found = compare_stretches(reader, status, held_against(after, None, None, against), after, window)
    shown = ChangedOut.of(found, "").model_dump(mode="json")
    about = {name: shown[name] for name in ("namespace", "before_since", "before_until", "since", "until")}
    if output is Output.TABLE:
        console().print(heading(shown))
        if not shown["differences"]:
            console().print("Nothing that chance and load don't explain: the same templates, as often as before.")
            return
    write_rows(({**about, **one} for one in shown["differences"]), output, DIFFERENCE_COLUMNS, difference_table)
