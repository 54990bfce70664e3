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


def changes(
    namespace: NamespaceArgument,
    since: SinceOption = LAST_DEPLOY,
    until: UntilOption = None,
    output: OutputOption = Output.TABLE,
    store: StoreOption = None,
    config: ConfigOption = None,
) -> None:
    """Say what a namespace logs differently since its last roll-out: templates new, gone, changed in rate."""
    from detector.api.change_shapes import ChangedOut
    from detector.cli.differences import DIFFERENCE_COLUMNS, difference_table, heading
    from detector.cli.findings import filters, known, opened
    from detector.cli.output import console, write_rows
    from detector.comparison import compare
    from detector.settings import micros

    wanted = filters(namespace, None if since == LAST_DEPLOY else since, until, 1)
    settings = settings_of(config, os.environ, **store_flags(store))
    with opened(settings) as reader:
        known(reader, namespace)
        status = next(one for one in reader.statuses() if one.namespace == namespace)
        found = compare(reader, status, wanted.since, wanted.until, micros(settings.detection.window))
    shown = ChangedOut.of(found, "").model_dump(mode="json")
    about = {name: shown[name] for name in ("namespace", "before_since", "since", "until")}
    if output is Output.TABLE:
        console().print(heading(shown))
        if not shown["differences"]:
            console().print("Nothing that chance and load don't explain: the same templates, as often as before.")
            return
    write_rows(({**about, **one} for one in shown["differences"]), output, DIFFERENCE_COLUMNS, difference_table)
