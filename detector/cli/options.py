"""The options that several commands share, and the settings that come of them."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from detector.settings import Settings


class Output(StrEnum):
    """How results are written to standard output."""

    TABLE = "table"
    NDJSON = "ndjson"
    JSON = "json"
    CSV = "csv"


ConfigOption = Annotated[
    Path | None,
    typer.Option("--config", metavar="FILE", help="Settings file.", show_default="drainwatch.toml, where there is one"),
]
OutputOption = Annotated[
    Output, typer.Option("--output", "-o", help="A table for people; the others for programs, in UTC.")
]
StoreOption = Annotated[
    str | None, typer.Option("--store", metavar="FILE", help="The store.", show_default="drainwatch.sqlite")
]
WindowOption = Annotated[
    str | None,
    typer.Option("--window", metavar="DURATION", help="Length of a window: 30s, 60s, 5m.", show_default="60s"),
]
TimezoneOption = Annotated[
    str | None,
    typer.Option(
        "--timezone", metavar="ZONE", help="Zone of times in plain text that name none: UTC, Europe/Berlin.",
        show_default="such times are not used",
    ),
]  # fmt: skip
HostOption = Annotated[
    str | None, typer.Option("--host", metavar="ADDRESS", help="Where the page is served.", show_default="127.0.0.1")
]
PortOption = Annotated[
    int | None, typer.Option("--port", metavar="PORT", help="0 takes a free one.", show_default="8765")
]
NamespaceOption = Annotated[str | None, typer.Option("--namespace", "-n", metavar="NAME", help="Only this namespace.")]
SinceOption = Annotated[
    str | None, typer.Option("--since", metavar="TIME", help="From this time on: 2026-11-21T07:00:00Z, -1h, -7d.")
]
UntilOption = Annotated[str | None, typer.Option("--until", metavar="TIME", help="Before this time.")]
ScoreOption = Annotated[
    float, typer.Option("--min-score", metavar="SCORE", min=0, max=100, help="Of this score or a higher one.")
]
LimitOption = Annotated[int, typer.Option("--limit", metavar="COUNT", min=1, help="At most so many.")]


def settings_of(config: Path | None, environ: Mapping[str, str], **flags: object) -> Settings:
    """The settings with those flags that were given; a flag is named as the setting that it stands for.

    `settings_of(None, os.environ, detection__window="30s")`; None stands for a flag that wasn't given.
    """
    from detector.settings.load import Flag, load_settings

    given = [
        Flag("--" + key.rpartition("__")[2].replace("_", "-"), key.replace("__", "."), value)
        for key, value in flags.items()
        if value is not None
    ]
    return load_settings(config, environ, given)
