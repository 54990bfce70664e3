"""`drainwatch incidents`."""

from __future__ import annotations

import os

from detector.cli.options import (
    ConfigOption,
    LimitOption,
    NamespaceOption,
    Output,
    OutputOption,
    ScoreOption,
    SinceOption,
    StoreOption,
    UntilOption,
    settings_of,
    store_flags,
)


def incidents(
    namespace: NamespaceOption = None,
    since: SinceOption = None,
    until: UntilOption = None,
    min_score: ScoreOption = 0.0,
    limit: LimitOption = 100,
    output: OutputOption = Output.TABLE,
    store: StoreOption = None,
    config: ConfigOption = None,
) -> None:
    """List incidents in the store, newest first; a service may be writing it."""
    from detector.api.shapes import IncidentOut
    from detector.cli.findings import filters, known, opened
    from detector.cli.output import write_rows
    from detector.cli.tables import INCIDENT_COLUMNS, flat, incident_table
    from detector.store.pages import pages

    wanted = filters(namespace, since, until, limit)
    with opened(settings_of(config, os.environ, **store_flags(store))) as reader:
        known(reader, namespace)
        found = pages(
            lambda cursor, count: reader.incidents(namespace, wanted.since, wanted.until, min_score, cursor, count),
            wanted.limit,
        )
        rows = (IncidentOut.of(incident).model_dump(mode="json") for incident in found)
        write_rows(map(flat, rows) if output is Output.CSV else rows, output, INCIDENT_COLUMNS, incident_table)
