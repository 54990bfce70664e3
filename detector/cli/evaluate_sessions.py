"""`drainwatch evaluate sessions`: labelled sessions, half of them fitted and the other half judged."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from detector.cli.options import ConfigOption, settings_of
from detector.cli.output import cell, console, harmless
from detector.errors import UsageError
from detector.evaluate.sessions.choices import Fit, Split

if TYPE_CHECKING:
    from rich.table import Table

    from detector.evaluate.sessions.contest import Contest, Figures
    from detector.evaluate.sessions.reading import SessionLines


def sessions(
    lines: Annotated[Path, typer.Argument(metavar="LINES", help="NDJSON or plain text, gzipped or not.")],
    labels: Annotated[
        Path, typer.Option("--labels", metavar="FILE", help="CSV with the columns session and label (0 or 1).")
    ],
    fit: Annotated[
        Fit, typer.Option("--fit", help="On all sessions of the fitted half, unlabelled, or on its normal ones.")
    ] = Fit.MIX,
    split: Annotated[
        Split, typer.Option("--split", help="Halve by the draw, or by time: the earlier half is fitted.")
    ] = Split.RANDOM,
    draws: Annotated[int, typer.Option("--draws", metavar="COUNT", min=1, max=1000, help="Random halvings.")] = 5,
    session_field: Annotated[
        str, typer.Option("--session-field", metavar="FIELD", help="The JSON field that names a line's session.")
    ] = "session",
    session_pattern: Annotated[
        str | None,
        typer.Option("--session-pattern", metavar="REGEX", help="What names it in the text of lines without that."),
    ] = None,
    json_file: Annotated[
        Path | None, typer.Option("--json", metavar="FILE", help="Write all figures there, too.")
    ] = None,
    report_file: Annotated[
        Path | None, typer.Option("--report", metavar="FILE", help="Write a page with curves and errors there, too.")
    ] = None,
    config: ConfigOption = None,
) -> None:
    """Fit half of the labelled sessions, judge the other half, and say how well that went."""
    from detector.evaluate.sessions.contest import hold
    from detector.evaluate.sessions.labels import labelled, read_labels
    from detector.evaluate.sessions.plan import Plan
    from detector.evaluate.sessions.reading import SessionField, read_sessions
    from detector.wiring import open_engine

    for file in (json_file, report_file):
        _check_writable(file)
    known = read_labels(labels)
    field = SessionField.of(session_field, session_pattern)
    engine = open_engine(settings_of(config, os.environ))
    with _bar() as (bar, task):
        read = read_sessions(lines, field, engine, lambda done, total: bar.update(task, completed=done, total=total))
        found, truth, without = labelled(read.sessions, known)
        _account(read, len(found), without)
        contest = hold(
            found,
            truth,
            Plan(fit, split, draws),
            lambda name, draw, total: bar.update(task, description=name, completed=draw, total=total),
        )
    console().print(_table(contest))
    _tell_errors(contest, read)
    if json_file is not None:
        _write(json_file, json.dumps(contest.as_json(), ensure_ascii=False, indent=2) + "\n")
    if report_file is not None:
        from detector.evaluate.sessions.report import report

        _write(report_file, report(contest, read.texts, f"Sessions of {lines.name}"))


def _account(read: SessionLines, labelled: int, without: int) -> None:
    """What was read and what wasn't, on standard error."""
    every = len(read.sessions)
    said = [f"{read.lines:,} lines of {every:,} sessions, {len(read.texts):,} templates."]
    if read.left_out:
        said.append(f"{read.left_out:,} lines name no session and were left out.")
    if not read.timed:
        said.append("Not every line has a time: they were taken in the order of the file.")
    if every > labelled:
        said.append(f"{every - labelled:,} sessions have no label and were left out.")
    if without:
        said.append(f"{without:,} labels are of sessions that have no line.")
    for one in said:
        print(one, file=sys.stderr)


def _table(contest: Contest) -> Table:
    from rich import box
    from rich.table import Table

    plan = contest.plan
    how = "the later half judged" if plan.split is Split.TIME else f"{plan.seeds} draws: mean (worst)"
    title = f"{contest.sessions:,} sessions, {contest.anomalies:,} anomalous, fitted on {_fitted(plan.fit)}; {how}"
    table = Table(title=title, title_justify="left", box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column("", overflow="fold")
    for heading in ("precision", "recall", "F1", "AUC-ROC", "PR-AUC", "false alarms", "missed"):
        table.add_column(heading, justify="right")
    for name in contest.figures:
        style = "bold" if name == "drainwatch" else ""
        table.add_row(cell(name), *_cells(contest.mean(name), contest.worst(name), plan.split), style=style)
    return table


def _cells(mean: Figures, worst: Figures, split: Split) -> list[str]:
    shown = []
    for key, form in {
        "precision": ".3f", "recall": ".3f", "f1": ".3f", "auc_roc": ".4f", "auc_pr": ".3f",
        "false_alarms": ".0f", "missed": ".0f",
    }.items():  # fmt: skip
        one, other = (format(getattr(figures, key), form) for figures in (mean, worst))
        shown.append(one if split is Split.TIME else f"{one} ({other})")
    return shown


def _tell_errors(contest: Contest, read: SessionLines) -> None:
    """The oddest errors of the first draw, each with what it stood out by."""
    from detector.evaluate.sessions.report import shorten

    for heading, mistakes in (
        ("Missed", contest.example.missed),
        ("False alarms", contest.example.false_alarms),
    ):
        if not mistakes:
            continue
        print(f"{heading}, one of each kind in the first draw:")
        for one in mistakes[:5]:
            reason = (
                one.traits[0].sentence(lambda id_: shorten(read.texts[id_], 80))
                if one.traits
                else "Nothing about it is rare."
            )
            print(f"  {harmless(one.session)}  {harmless(reason)}")


def _fitted(fit: Fit) -> str:
    return "normal ones" if fit is Fit.NORMAL else "unlabelled ones, no rate assumed"


def _check_writable(file: Path | None) -> None:
    """Said before minutes of work rather than after."""
    if file is not None and (file.is_dir() or not file.absolute().parent.is_dir()):
        raise UsageError(f"{file} can't be written.", "Name a file in a folder that exists.")


def _write(file: Path, text: str) -> None:
    try:
        file.write_text(text, "utf-8", "backslashreplace")
    except OSError as error:
        raise UsageError(f"{file} can't be written: {error.strerror or error}.", "Name another file.") from error
    print(f"Written: {file}", file=sys.stderr)


@contextmanager
def _bar() -> Iterator[tuple[Any, Any]]:
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True, disable=not sys.stderr.isatty()) as bar:
        yield bar, bar.add_task("Reading", total=None)
