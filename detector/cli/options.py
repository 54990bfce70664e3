"""The options that several commands share, and the settings that come of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from detector.errors import UsageError

if TYPE_CHECKING:
    from detector.settings import Settings
    from detector.settings.origins import Origins


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


class Origin(StrEnum):
    """Where lines come from."""

    FILES = "files"
    ELASTICSEARCH = "elasticsearch"
    KAFKA = "kafka"


FromOption = Annotated[
    Origin | None, typer.Option("--from", help="Log files, or what was shipped to Elasticsearch.", show_default="files")
]
IndexOption = Annotated[
    list[str] | None,
    typer.Option(
        "--index", metavar="PATTERN", help="Indices with logs, in Elasticsearch; may be given again.",
        show_default="logs-*-*, filebeat-*, logstash-*",
    ),
]  # fmt: skip
NamespacesOption = Annotated[
    list[str] | None,
    typer.Option("--namespace", "-n", metavar="NAME", help="Only this namespace of them; may be given again."),
]
StoreOption = Annotated[
    str | None,
    typer.Option(
        "--store", metavar="FILE", help="The store: a file, or the word elasticsearch.",
        show_default="drainwatch.sqlite",
    ),
]  # fmt: skip
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
BehindProxyOption = Annotated[
    bool,
    typer.Option(
        "--behind-proxy",
        help="A proxy in front does TLS, and log-in where access.required is not set: then it may listen elsewhere.",
    ),
]
SinceOption = Annotated[
    str | None, typer.Option("--since", metavar="TIME", help="From this time on: 2026-11-21T07:00:00Z, -1h, -7d.")
]
UntilOption = Annotated[str | None, typer.Option("--until", metavar="TIME", help="Before this time.")]
ScoreOption = Annotated[
    float, typer.Option("--min-score", metavar="SCORE", min=0, max=100, help="Of this score or a higher one.")
]
LimitOption = Annotated[int, typer.Option("--limit", metavar="COUNT", min=1, help="At most so many.")]


def store_flags(store: str | None) -> dict[str, object]:
    """The settings that `--store` stands for; a file that is called elasticsearch is `./elasticsearch`."""
    if store is None:
        return {}
    if store == Origin.ELASTICSEARCH:
        return {"store__kind": "elasticsearch"}
    return {"store__kind": "sqlite", "store__path": store}


def search_flags(
    origin: Origin | None, indices: Sequence[str] | None, namespaces: Sequence[str] | None
) -> dict[str, object]:
    """The settings that `--from`, `--index` and `--namespace` stand for."""
    return {
        "ingest__source": origin.value if origin else None,
        "elasticsearch__indices": ",".join(indices) if indices else None,
        "elasticsearch__namespaces": ",".join(namespaces) if namespaces else None,
    }


def check_source(settings: Settings, paths: Sequence[str] | None, **searching: object) -> None:
    """Refuse what doesn't go with where lines come from: `searching` are values of flags that are for a search."""
    if settings.ingest.source == "elasticsearch":
        if paths:
            raise UsageError(
                f"{paths[0]} is a path, but lines come from Elasticsearch.", "Leave it out, or say --from files."
            )
        return
    if settings.ingest.source == "kafka" and paths:
        raise UsageError(f"{paths[0]} is a path, but lines come from Kafka.", "Leave it out, or say --from files.")
    for name, value in searching.items():
        if value:
            raise UsageError(f"--{name} is for lines from Elasticsearch.", "Add --from elasticsearch.")


def settings_of(config: Path | None, environ: Mapping[str, str], **flags: object) -> Settings:
    """The settings with those flags that were given; a flag is named as the setting that it stands for.

    `settings_of(None, os.environ, detection__window="30s")`; None stands for a flag that wasn't given.
    """
    return settings_and_origins_of(config, environ, **flags)[0]


def settings_and_origins_of(
    config: Path | None, environ: Mapping[str, str], **flags: object
) -> tuple[Settings, Origins]:
    """The same, and where each of them was said."""
    from detector.settings.load import Flag, load_with_origins

    given = [
        Flag("--" + key.rpartition("__")[2].replace("_", "-"), key.replace("__", "."), value)
        for key, value in flags.items()
        if value is not None
    ]
    return load_with_origins(config, environ, given)
