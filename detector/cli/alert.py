"""`drainwatch alert …`: what people were told of, by which channel and when, and why somebody wasn't."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated

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

if TYPE_CHECKING:
    from detector.alert import Alert

app = typer.Typer(help="See what people were told of, and try the channels that tell them.", no_args_is_help=True)

AlertArgument = Annotated[str, typer.Argument(metavar="ID", help="Of the alert, as the list and messages have it.")]
OpenOption = Annotated[bool, typer.Option("--open", help="Only what goes on.")]


@app.callback()
def alert() -> None:
    """See what people were told of, and try the channels that tell them."""


@app.command("list")
def list_(
    namespace: NamespaceOption = None,
    since: SinceOption = None,
    until: UntilOption = None,
    only_open: OpenOption = False,
    limit: LimitOption = 100,
    output: OutputOption = Output.TABLE,
    store: StoreOption = None,
    config: ConfigOption = None,
) -> None:
    """List alerts, newest first: who was told when, and why somebody wasn't."""
    from itertools import islice

    from detector.api.alert_shapes import AlertOut
    from detector.cli.alert_tables import ALERT_COLUMNS, alert_table
    from detector.cli.findings import filters, known, opened
    from detector.cli.output import write_rows
    from detector.store.pages import pages

    wanted = filters(namespace, since, until, limit)
    with opened(settings_of(config, os.environ, **store_flags(store))) as reader:
        if namespace is not None and not reader.alerts(namespace, limit=1).items:
            known(reader, namespace)
        if only_open:
            going_on = (one for one in reversed(reader.open_alerts()) if namespace in (None, *one.namespaces))
            inside = (
                one
                for one in going_on
                if (wanted.since is None or wanted.since <= one.opened)
                and (wanted.until is None or one.opened < wanted.until)
            )
            found: Iterator[Alert] = islice(inside, wanted.limit)
        else:
            found = pages(
                lambda cursor, count: reader.alerts(namespace, wanted.since, wanted.until, cursor, count), wanted.limit
            )
        rows = (AlertOut.of(one).model_dump(mode="json") for one in found)
        write_rows(rows, output, ALERT_COLUMNS, alert_table)


@app.command("show")
def show(
    alert: AlertArgument,
    output: OutputOption = Output.TABLE,
    store: StoreOption = None,
    config: ConfigOption = None,
) -> None:
    """Show one alert with its incidents and their reasons."""
    from detector.api.alert_shapes import AlertDetailOut, members_of
    from detector.cli.alert_tables import ALERT_COLUMNS, alert_table
    from detector.cli.findings import opened
    from detector.cli.output import write_rows
    from detector.cli.tables import incident_table
    from detector.saying import UnknownError, shown

    with opened(settings_of(config, os.environ, **store_flags(store))) as reader:
        found = reader.alert(alert)
        if found is None:
            raise UnknownError(f"There is no alert {shown(alert)}.", "`drainwatch alert list` shows them.")
        row = AlertDetailOut.with_members(found, members_of(reader, found)).model_dump(mode="json")
    write_rows([row], output, ALERT_COLUMNS, alert_table)
    if output is Output.TABLE and row["members"]:
        write_rows(row["members"], output, (), incident_table)
