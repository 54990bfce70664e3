"""`drainwatch run`."""

from __future__ import annotations

import os
from typing import Annotated

import typer

from detector.cli.clock import now
from detector.cli.options import (
    ConfigOption,
    HostOption,
    PortOption,
    StoreOption,
    TimezoneOption,
    WindowOption,
    settings_of,
)

DEFAULT_PATH = "/var/log/containers"
"""Where the kubelet links the logs of a node's containers."""

PathsArgument = Annotated[
    list[str] | None,
    typer.Argument(metavar="PATH", help="Folders, files or globs in quotes, .gz too.", show_default=DEFAULT_PATH),
]


def run(
    paths: PathsArgument = None,
    store: StoreOption = None,
    host: HostOption = None,
    port: PortOption = None,
    window: WindowOption = None,
    timezone: TimezoneOption = None,
    config: ConfigOption = None,
) -> None:
    """Follow logs, detect in every window, and serve the page and the API until SIGTERM or Ctrl-C."""
    settings = settings_of(
        config,
        os.environ,
        store__path=store,
        service__host=host,
        service__port=port,
        detection__window=window,
        ingest__timezone=timezone,
    )
    from detector.cli.logs import configure_logs
    from detector.service import Service

    configure_logs(settings.service.log_format)
    Service(settings, paths or [DEFAULT_PATH], clock=now, on_address=announce).run()


def announce(address: str) -> None:
    """Print the one address, alone on its line, as soon as it answers.

    In one piece: where output isn't buffered, what is logged at that moment could come between the text and its end.
    """
    print(f"drainwatch is at {address}\n", end="", flush=True)
