"""`drainwatch anomalies`."""

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


def anomalies(
    namespace: NamespaceOption = None,
    since: SinceOption = None,
    until: UntilOption = None,
    min_score: ScoreOption = 0.0,
    limit: LimitOption = 100,
    output: OutputOption = Output.TABLE,
    store: StoreOption = None,
    config: ConfigOption = None,
) -> None:
    """List anomalous windows in the store, newest first; a service may be writing it."""
    from detector.api.shapes import AnomalyOut
    from detector.cli.findings import filters, known, opened
    from detector.cli.output import write_rows
    from detector.cli.tables import ANOMALY_COLUMNS, anomaly_table, flat
    from detector.store.pages import pages

    wanted = filters(namespace, since, until, limit)
    with opened(settings_of(config, os.environ, **store_flags(store))) as reader:
        known(reader, namespace)
        found = pages(
            lambda cursor, count: reader.anomalies(namespace, wanted.since, wanted.until, min_score, cursor, count),
            wanted.limit,
        )
        rows = (AnomalyOut.of(anomaly).model_dump(mode="json") for anomaly in found)
        write_rows(map(flat, rows) if output is Output.CSV else rows, output, ANOMALY_COLUMNS, anomaly_table)
