"""`drainwatch templates`."""

from __future__ import annotations

import os
from itertools import islice
from typing import Annotated

import typer

from detector.cli.options import (
    ConfigOption,
    LimitOption,
    NamespaceOption,
    Output,
    OutputOption,
    SinceOption,
    StoreOption,
    UntilOption,
    settings_of,
    store_flags,
)

SearchOption = Annotated[
    str | None, typer.Option("--search", metavar="WORDS", help="With this in text or example, in any case.")
]


def templates(
    namespace: NamespaceOption = None,
    search: SearchOption = None,
    since: SinceOption = None,
    until: UntilOption = None,
    limit: LimitOption = 100,
    output: OutputOption = Output.TABLE,
    store: StoreOption = None,
    config: ConfigOption = None,
) -> None:
    """List the templates in the store by workload, most frequent first; --since and --until: seen between."""
    from detector.api.template_shapes import shown_templates
    from detector.cli.clock import now
    from detector.cli.findings import filters, known, opened
    from detector.cli.output import write_rows
    from detector.cli.tables import TEMPLATE_COLUMNS, template_table

    wanted = filters(namespace, since, until, limit)
    words = (search or "").casefold()
    with opened(settings_of(config, os.environ, **store_flags(store))) as reader:
        known(reader, namespace)
        found = (
            template
            for template in reader.templates(namespace)
            if (wanted.since is None or template.last_seen >= wanted.since)
            and (wanted.until is None or template.first_seen < wanted.until)
            and (words in template.text.casefold() or words in template.example.casefold())
        )
        shown = shown_templates(reader, islice(found, wanted.limit), now())
        rows = (template.model_dump(mode="json") for template in shown)
        write_rows(rows, output, TEMPLATE_COLUMNS, template_table)
