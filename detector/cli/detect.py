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
    Output,
    OutputOption,
    TimezoneOption,
    WindowOption,
    settings_of,
)

if TYPE_CHECKING:
    from detector.batch import DetectResult
    from detector.settings import Settings

PathsArgument = Annotated[
    list[str],
    typer.Argument(metavar="PATH", help="Folders, files or globs in quotes, .gz too; - is standard input."),
]
TrainUntilOption = Annotated[
    str | None,
    typer.Option(
        "--train-until", metavar="TIME", help="Learn from what is before, score the rest: 2026-11-21T07:00:00Z.",
        show_default="the middle of the time that the logs span",
    ),
]  # fmt: skip


def detect(
    paths: PathsArgument,
    train_until: TrainUntilOption = None,
    window: WindowOption = None,
    timezone: TimezoneOption = None,
    output: OutputOption = Output.TABLE,
    config: ConfigOption = None,
) -> None:
    """Read logs once, learn what is normal from the first part, and print the incidents in the rest.

    Every line read is accounted for on standard error.
    """
    from detector.api.times import parse_time
    from detector.cli.report import report

    until = None if train_until is None else parse_time(train_until, now())
    settings = settings_of(config, os.environ, detection__window=window, ingest__timezone=timezone)
    if "-" in paths and sys.stdin.isatty():
        print("Reading standard input; Ctrl-D ends it.", file=sys.stderr)
    result, problems = read(paths, settings, until)
    for line in report(result, problems):
        print(line, file=sys.stderr)
    show(result, output)


def read(paths: list[str], settings: Settings, train_until: int | None) -> tuple[DetectResult, list[str]]:
    """Read all of it with a progress bar; also returned is what could not be read.

    Raises `SourceError` where nothing can, `SettingsError` for a mask that can't be used.
    """
    from detector.batch import detect as detect_in
    from detector.cli.progress import ReadingBar
    from detector.wiring import open_engine, open_source

    engine = open_engine(settings)
    source = open_source(paths, settings, follow=False, clock=now)
    with closing(source), ReadingBar("Reading") as bar:
        result = detect_in(source, engine, settings, train_until, bar.update)
    return result, [f"{problem.path} {problem.message}" for problem in source.problems]


def show(result: DetectResult, output: Output) -> None:
    """Print the incidents, earliest first."""
    from detector.api.shapes import IncidentOut
    from detector.cli.output import write_rows
    from detector.cli.tables import INCIDENT_COLUMNS, flat, incident_table

    rows = [IncidentOut.of(incident).model_dump(mode="json") for incident in result.incidents]
    if rows or output is not Output.TABLE:
        write_rows(map(flat, rows) if output is Output.CSV else rows, output, INCIDENT_COLUMNS, incident_table)
