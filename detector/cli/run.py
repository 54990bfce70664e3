"""`drainwatch run`."""

from __future__ import annotations

import os
from typing import Annotated

import typer

from detector.allocator import bound_heaps
from detector.cli.clock import now
from detector.cli.options import (
    BehindProxyOption,
    ConfigOption,
    FromOption,
    HostOption,
    IndexOption,
    NamespacesOption,
    PortOption,
    StoreOption,
    TimezoneOption,
    WindowOption,
    check_source,
    search_flags,
    settings_and_origins_of,
    store_flags,
)

DEFAULT_PATH = "/var/log/containers"
"""Where the kubelet links the logs of a node's containers."""

PathsArgument = Annotated[
    list[str] | None,
    typer.Argument(metavar="PATH", help="Folders, files or globs in quotes, .gz too.", show_default=DEFAULT_PATH),
]
BeginOption = Annotated[
    str | None,
    typer.Option(
        "--since", metavar="TIME", help="Where the first run begins to read Elasticsearch: 2026-11-21T07:00:00Z, -7d.",
        show_default="-24h",
    ),
]  # fmt: skip


def run(
    paths: PathsArgument = None,
    origin: FromOption = None,
    index: IndexOption = None,
    namespace: NamespacesOption = None,
    since: BeginOption = None,
    store: StoreOption = None,
    host: HostOption = None,
    port: PortOption = None,
    behind_proxy: BehindProxyOption = False,
    window: WindowOption = None,
    timezone: TimezoneOption = None,
    config: ConfigOption = None,
) -> None:
    """Follow logs, detect in every window, and serve the page and the API until SIGTERM or Ctrl-C."""
    bound_heaps()
    settings, origins = settings_and_origins_of(
        config,
        os.environ,
        **store_flags(store),
        **search_flags(origin, index, namespace),
        service__host=host,
        service__port=port,
        service__behind_proxy=behind_proxy or None,
        detection__window=window,
        ingest__timezone=timezone,
    )
    check_source(settings, paths, index=index, namespace=namespace, since=since)
    from detector.api.times import parse_time
    from detector.cli.logs import configure_logs
    from detector.service import Service

    configure_logs(settings.service.log_format)
    if settings.ingest.source == "kafka":
        from detector.worker.service import WorkerService

        WorkerService(settings, clock=now, on_address=announce, origins=origins).run()
        return
    begin = None if since is None else parse_time(since, now())
    paths = paths or [DEFAULT_PATH]
    Service(settings, paths, clock=now, since=begin, on_address=announce, origins=origins).run()


def announce(address: str) -> None:
    """Print the one address, alone on its line, as soon as it answers.

    In one piece: where output isn't buffered, what is logged at that moment could come between the text and its end.
    """
    print(f"drainwatch is at {address}\n", end="", flush=True)
