"""`drainwatch evaluate replay`: one's own history judged anew, against the incidents that are known."""

from __future__ import annotations

import json
import os
import sys
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from detector.cli.clock import now
from detector.cli.options import (
    ConfigOption,
    NamespaceOption,
    StoreOption,
    TimezoneOption,
    WindowOption,
    settings_of,
    store_flags,
)
from detector.errors import UsageError

if TYPE_CHECKING:
    from detector.evaluate.replay import Past
    from detector.settings import Settings

FromOption = Annotated[
    str | None,
    typer.Option("--from", metavar="TIME", help="Judge from this time on.", show_default="where counts begin"),
]
ToOption = Annotated[
    str | None, typer.Option("--to", metavar="TIME", help="Judge until then.", show_default="where counts end")
]
IncidentsOption = Annotated[
    Path | None,
    typer.Option(
        "--incidents", metavar="FILE", help="CSV of known incidents: start,end[,namespace][,workload][,name]."
    ),
]
LogsOption = Annotated[
    list[str] | None,
    typer.Option("--logs", metavar="PATH", help="Replay these logs instead of the store; may be given again."),
]
AtMostOption = Annotated[
    float | None,
    typer.Option("--at-most", metavar="COUNT", min=0, help="Suggest a budget for so many alerts a day, all told."),
]
FeedbackOption = Annotated[
    Literal["hindsight", "then", "none"],
    typer.Option("--feedback", help="What people said: as known from the start, as it was said then, or left out."),
]
JsonOption = Annotated[
    Path | None, typer.Option("--json", metavar="FILE", help="Write all figures; - is standard output.")
]
ReportOption = Annotated[Path | None, typer.Option("--report", metavar="FILE", help="Write a page with pictures.")]


def replay(
    begin: FromOption = None,
    end: ToOption = None,
    incidents: IncidentsOption = None,
    namespace: NamespaceOption = None,
    at_most: AtMostOption = None,
    feedback: FeedbackOption = "hindsight",
    logs: LogsOption = None,
    json_file: JsonOption = None,
    report: ReportOption = None,
    window: WindowOption = None,
    timezone: TimezoneOption = None,
    store: StoreOption = None,
    config: ConfigOption = None,
) -> None:
    """Judge stored history (or logs) anew, as a service would have, and compare with the incidents that are known.

    Known are those of the CSV file and those that were marked as real. Nothing is stored.
    """
    from detector.cli.findings import filters
    from detector.cli.output import console
    from detector.cli.progress import JudgingBar
    from detector.cli.replay_tables import replay_tables
    from detector.evaluate.known import read_known, together
    from detector.evaluate.replay import Heard, as_json, backtest
    from detector.suggestions import marked_real

    wanted = filters(namespace, begin, end, 0)
    settings = settings_of(
        config, os.environ, detection__window=window, ingest__timezone=timezone, **store_flags(store)
    )
    known = read_known(incidents) if incidents else []
    if logs:
        pasts = _read(logs, settings, namespace)
    else:
        pasts = _stored(settings, namespace, wanted.since, wanted.until)
        known = together(known, marked_real(word for past in pasts for word in past.feedback))
    since, until = _range(pasts, settings, wanted.since, wanted.until)
    with JudgingBar(sum(max(0, until - past.windows[0].window) for past in pasts if past.windows)) as bar:
        test = backtest(
            pasts,
            known,
            settings.detection,
            since,
            until,
            heard=Heard(feedback),
            at_most=at_most,
            on_progress=bar.advance,
        )
    result = as_json(test)
    if json_file is None or str(json_file) != "-":
        for table in replay_tables(result):
            console().print(table)
    if json_file is not None:
        _write(json_file, json.dumps(result, ensure_ascii=False, indent=2) + "\n")
    if report is not None:
        from detector.evaluate.replay_page import page

        _write(report, page(test, result))


def _stored(settings: Settings, namespace: str | None, since: int | None, until: int | None) -> list[Past]:
    from detector.cli.findings import known, opened
    from detector.evaluate.replay import past_of

    with opened(settings) as reader:
        known(reader, namespace)
        closed = reader.closed_until()
        if closed is None:
            raise UsageError("The store is still empty.", "Let drainwatch run for a day, or name logs with --logs.")
        names = [one.namespace for one in reader.statuses() if namespace in (None, one.namespace)]
        end = closed if until is None else min(until, closed)
        return [past_of(reader, name, since or 0, end, settings.detection) for name in names]


def _read(paths: list[str], settings: Settings, namespace: str | None) -> list[Past]:
    """What the logs show; the last window, which the end of the input may cut short, is left out."""
    from detector.batch import count_all
    from detector.cli.progress import ReadingBar
    from detector.evaluate.replay import Past, whole
    from detector.restoring import by_namespace
    from detector.settings import micros
    from detector.wiring import open_engine, open_files

    engine = open_engine(settings)
    source = open_files(paths, settings, follow=False, clock=now)
    with closing(source), ReadingBar("Reading") as bar:
        windows, _ = count_all(source, engine, micros(settings.detection.window), bar.update)
    for problem in source.problems:
        print(f"{problem.path} {problem.message}", file=sys.stderr)
    last = max((one.window for one in windows), default=0)
    found = by_namespace(one for one in windows if one.window < last)
    if not found or (namespace is not None and namespace not in found):
        there = f"There are {', '.join(sorted(found)[:20])}." if found else "No line could be counted."
        name = "that can be counted" if namespace is None else namespace
        raise UsageError(f"The logs have no namespace {name}.", there)
    return [Past(name, whole(own), engine.catalogue(name)) for name, own in found.items() if namespace in (None, name)]


def _range(pasts: list[Past], settings: Settings, since: int | None, until: int | None) -> tuple[int, int]:
    """From when until when is judged: as asked, as far as there are counts; on the grid of windows."""
    from detector.settings import micros

    span = micros(settings.detection.window)
    starts = [one.window for past in pasts for one in (*past.windows[:1], *past.windows[-1:])]
    if not starts:
        raise UsageError("There are no counts in that time.", "Ask for another one.")
    begin, end = min(starts), max(starts) + span
    return (begin if since is None else max(begin, since // span * span)), (
        end if until is None else min(end, until // span * span)
    )


def _write(path: Path, text: str) -> None:
    if str(path) == "-":
        sys.stdout.flush()
        sys.stdout.buffer.write(text.encode())
    else:
        path.write_text(text, "utf-8")
