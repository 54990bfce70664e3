"""What `detect` says on standard error: the account of lines, what was learned and scored, why nothing was found."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from detector.cli.account import account
from detector.cli.output import harmless

if TYPE_CHECKING:
    from detector.batch import DetectResult

PROBLEMS_SHOWN = 10


def report(result: DetectResult, problems: Sequence[str]) -> list[str]:
    """Lines for people, in the order in which they would ask."""
    return [
        *account(result.tally),
        *_problems(problems),
        *_learned(result),
        *(harmless(f"{status.namespace}, {advice}") for status in result.statuses for advice in status.unwell),
        *map(harmless, result.notes),
        *_nothing(result),
    ]


def _problems(problems: Sequence[str]) -> Iterable[str]:
    if not problems:
        return
    yield f"{_counted(len(problems), 'source', 'sources')} could not be read whole:"
    yield from (f"  {harmless(problem)}" for problem in problems[:PROBLEMS_SHOWN])
    if len(problems) > PROBLEMS_SHOWN:
        yield f"  and {len(problems) - PROBLEMS_SHOWN:,} more"


def _learned(result: DetectResult) -> Iterable[str]:
    from detector.api.times import rfc3339

    if result.judged and result.looked_back_from is not None and result.scored_until is not None:
        begin, end = (rfc3339(time)[:19] + "Z" for time in (result.looked_back_from, result.scored_until))
        namespaces = _counted(result.judged, "namespace", "namespaces")
        yield f"Judged all from {begin} until {end}, each quarter by the other three: {namespaces}."
        return
    ready = [status for status in result.statuses if status.model is not None]
    if not ready or result.trained_from is None or result.trained_until is None or result.scored_until is None:
        return
    learned, split, end = (
        rfc3339(time)[:19] + "Z" for time in (result.trained_from, result.trained_until, result.scored_until)
    )
    namespaces = _counted(len(ready), "namespace", "namespaces")
    yield f"Learned from {learned} until {split}, scored until {end}: {namespaces}."


def _nothing(result: DetectResult) -> Iterable[str]:
    if result.incidents:
        return
    if result.judged or any(status.model is not None for status in result.statuses):
        yield "No incident: nothing here that a person should be told."
    else:
        yield "Nothing was scored."


def _counted(count: int, one: str, many: str) -> str:
    return f"{count:,} {one if count == 1 else many}"
