"""Reads a past time out of Elasticsearch into the store: known windows once more, later ones in order of time.

Every step is one transaction that repeating doesn't change, so it may be ended anywhere and begun anew.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field

from detector.errors import UsageError
from detector.pipeline import Pipeline
from detector.settings import Settings, micros
from detector.store.port import Reader, Store
from detector.wiring import open_engine, open_search
from ingest.accounting import Tally
from ingest.elasticsearch.source import ElasticsearchSource
from ingest.source import Problem, Progress

_STEP = 3_600_000_000
"""Of time that is read again at once; microseconds."""

OnProgress = Callable[[str, Progress, Tally], None]
"""Is told what is being done, how far it is, and of how many lines."""


@dataclass(slots=True)
class Backfilled:
    """What was done; times are microseconds UTC, half open, None where there was nothing to do."""

    again: tuple[int, int] | None = None
    """Windows that the store had closed before: counted and judged again."""
    first: tuple[int, int] | None = None
    """Windows that came after all that it had."""
    left: tuple[int, int] | None = None
    """Windows that are left to `run`: read of some namespaces only, they would be closed for all."""
    lines: int = 0
    """Lines of windows that were counted again."""
    tally: Tally = field(default_factory=Tally)
    """Of the windows that came after."""
    problems: list[Problem] = field(default_factory=list)


def backfill(
    settings: Settings,
    store: Store,
    since: int,
    until: int,
    *,
    clock: Callable[[], int],
    on_progress: OnProgress = lambda *_: None,
) -> Backfilled:
    """Read all windows from `since` to `until` (microseconds UTC; at most to `query_delay` ago).

    Windows after all that the store has are read in order of time: learning, training and scoring as they go along, and
    from where the store ends, so that there is no gap. Those that it has closed are read again, the newest first, so
    that no window is judged before the next ones are known. Raises `UsageError` where there is no window between.
    """
    span, closed = micros(settings.detection.window), store.progress().closed_until
    begin = since // span * span
    end = min(until, clock() - micros(settings.elasticsearch.query_delay)) // span * span
    if begin >= end:
        raise UsageError("There is no whole window in that time that is past.", "Give an earlier --since.")
    done = Backfilled()
    if closed is not None and begin < closed:
        done.again = (begin, min(end, closed))
        _read_again(settings, store, done, clock, on_progress)
    if closed is None or closed < end:
        part = (begin if closed is None else closed, end)
        if closed is not None and _knows_others(store, settings.elasticsearch.namespaces):
            done.left = part
        else:
            done.first = part
            _read_first(settings, store, done, clock, on_progress)
    return done


def _knows_others(store: Reader, namespaces: tuple[str, ...]) -> bool:
    """Whether the store has namespaces that are left out now."""
    return bool(namespaces) and any(one.namespace not in namespaces for one in store.statuses())


def _read_again(
    settings: Settings, store: Store, done: Backfilled, clock: Callable[[], int], on_progress: OnProgress
) -> None:
    begin, end = done.again or (0, 0)
    span = micros(settings.detection.window)
    step = max(span, _STEP // span * span)
    with closing(_source(settings, store, clock)) as source:
        pipeline = Pipeline(source, open_engine(settings), store, settings)
        for upper in range(end, begin, -step):
            for part in source.reread(max(begin, upper - step), upper):
                pipeline.revise(part, accounted=False)
                done.lines += len(part.batch)
            passed = (end - max(begin, upper - step)) // span
            on_progress("Reading again", Progress(passed, (end - begin) // span, "windows"), Tally(done.lines))
        done.problems += source.problems


def _read_first(
    settings: Settings, store: Store, done: Backfilled, clock: Callable[[], int], on_progress: OnProgress
) -> None:
    begin, end = done.first or (0, 0)
    with closing(_source(settings, store, clock, begin, end)) as source:
        pipeline = Pipeline(source, open_engine(settings), store, settings)
        while not source.exhausted:
            pipeline.poll()
            on_progress("Reading", source.progress(), source.tally)
        pipeline.close_windows()
        done.tally = source.tally
        done.problems += source.problems


def _source(
    settings: Settings, store: Store, clock: Callable[[], int], since: int | None = None, until: int | None = None
) -> ElasticsearchSource:
    """Goes on where the store is."""
    before = store.progress()
    return open_search(
        settings,
        follow=False,
        clock=clock,
        checkpoints=before.checkpoints,
        closed_until=before.closed_until,
        since=since,
        until=until,
    )
