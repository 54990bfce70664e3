"""`drainwatch audit`."""

from __future__ import annotations

import os
from typing import Annotated

import typer

from detector.cli.options import (
    ConfigOption,
    LimitOption,
    Output,
    OutputOption,
    SinceOption,
    StoreOption,
    UntilOption,
    settings_of,
    store_flags,
)

WhoOption = Annotated[str | None, typer.Option("--who", metavar="NAME", help="Only by this person, token or user.")]
WhatOption = Annotated[
    str | None, typer.Option("--what", metavar="KIND", help="Only of this kind: token-made, log-in-refused, erased.")
]


def audit(
    since: SinceOption = None,
    until: UntilOption = None,
    who: WhoOption = None,
    what: WhatOption = None,
    limit: LimitOption = 100,
    output: OutputOption = Output.TABLE,
    store: StoreOption = None,
    config: ConfigOption = None,
) -> None:
    """List what was done by whom, newest first: log-ins, tokens, feedback, silences, models, and what commands did."""
    from detector.api.access_shapes import ActOut
    from detector.cli.access_tables import ACT_COLUMNS, act_table
    from detector.cli.findings import filters, opened
    from detector.cli.output import write_rows
    from detector.store.pages import pages

    wanted = filters(None, since, until, limit)
    with opened(settings_of(config, os.environ, **store_flags(store))) as reader:
        found = list(
            pages(lambda cursor, count: reader.acts(wanted.since, wanted.until, cursor, count, who, what), wanted.limit)
        )
    if not found and output is Output.TABLE:
        print("Nothing of the kind was done.")
        return
    write_rows((ActOut.of(one).model_dump(mode="json") for one in found), output, ACT_COLUMNS, act_table)
