"""`drainwatch detect`: read everything, learn from the first part, score the rest, print incidents."""

from __future__ import annotations

import os
import sys
from contextlib import closing
from typing import TYPE_CHECKING, Annotated

import typer

from detector.cli.clock import now
from detector.cli.options import (
    ConfigOption,
    FromOption,
    IndexOption,
    NamespacesOption,
    Output,
    OutputOption,
    TimezoneOption,
    WindowOption,
    check_source,
    search_flags,
    settings_of,
)
from detector.errors import UsageError

if TYPE_CHECKING:
    from detector.batch import DetectResult
    from detector.settings import Settings

PathsArgument = Annotated[
    list[str] | None,
    typer.Argument(metavar="PATH", help="Folders, files or globs in quotes, .gz too; - is standard input."),
]
TrainUntilOption = Annotated[
    str | None,
    typer.Option(
        "--train-until", metavar="TIME", help="Learn from what is before, score the rest: 2026-11-21T07:00:00Z.",
        show_default="the middle of the time that the logs span",
    ),
]  # fmt: skip
HindsightOption = Annotated[
    bool,
    typer.Option(
        "--hindsight",
        help="Judge all of it, the beginning too: each quarter of the time by a model of the other three.",
    ),
]
BeginOption = Annotated[
    str | None,
    typer.Option(
        "--since", metavar="TIME", help="Where to begin in Elasticsearch: 2026-11-21T07:00:00Z, -7d.",
        show_default="-24h",
    ),
]  # fmt: skip
EndOption = Annotated[
    str | None, typer.Option("--until", metavar="TIME", help="Where to end in Elasticsearch.", show_default="now")
]


def detect(
    paths: PathsArgument = None,
    origin: FromOption = None,
    index: IndexOption = None,
    namespace: NamespacesOption = None,
    since: BeginOption = None,
    until: EndOption = None,
    train_until: TrainUntilOption = None,
    hindsight: HindsightOption = False,
    window: WindowOption = None,
    timezone: TimezoneOption = None,
    output: OutputOption = Output.TABLE,
    config: ConfigOption = None,
) -> None:
    """Read logs once, learn what is normal from the first part, and print the incidents in the rest.

    Every line read is accounted for on standard error.
    """
    from detector.cli.findings import filters
    from detector.cli.report import report

    settings = settings_of(
        config,
        os.environ,
        detection__window=window,
        ingest__timezone=timezone,
        **search_flags(origin, index, namespace),
    )
    check_source(settings, paths, index=index, namespace=namespace, since=since, until=until)
    if not paths and settings.ingest.source == "files":
        raise UsageError("There is nothing to read.", "Name files or folders, or say --from elasticsearch.")
    if "-" in (paths or ()) and sys.stdin.isatty():
        print("Reading standard input; Ctrl-D ends it.", file=sys.stderr)
    if hindsight and train_until:
        raise UsageError("--hindsight learns from everything.", "Leave out --train-until.")
    wanted, split = filters(None, since, until, 0), filters(None, train_until, None, 0).since
    result, problems = read(paths or [], settings, split, wanted.since, wanted.until, hindsight=hindsight)
    for line in report(result, problems):
        print(line, file=sys.stderr)
    show(result, output)


def read(
    paths: list[str],
    settings: Settings,
    train_until: int | None,
    since: int | None = None,
    until: int | None = None,
    *,
    hindsight: bool = False,
) -> tuple[DetectResult, list[str]]:
    """Read all of it with a progress bar; also returned is what could not be read. Times are microseconds UTC.

    Raises `SourceError` where nothing can, `SettingsError` for a mask that can't be used.
    """
    from detector.batch import detect as detect_in
    from detector.cli.progress import ReadingBar
    from detector.wiring import open_engine, open_source

    engine = open_engine(settings)
    source = open_source(paths, settings, follow=False, clock=now, since=since, until=until)
    with closing(source), ReadingBar("Reading") as bar:
        result = detect_in(source, engine, settings, train_until, bar.update, hindsight=hindsight)
    return result, [f"{problem.path} {problem.message}" for problem in source.problems]


def show(result: DetectResult, output: Output) -> None:
    """Print the incidents, earliest first."""
    from detector.api.shapes import IncidentOut
    from detector.cli.output import write_rows
    from detector.cli.tables import INCIDENT_COLUMNS, flat, incident_table

    rows = [IncidentOut.of(incident).model_dump(mode="json") for incident in result.incidents]
    if rows or output is not Output.TABLE:
        write_rows(map(flat, rows) if output is Output.CSV else rows, output, INCIDENT_COLUMNS, incident_table)
