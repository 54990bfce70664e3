"""Records to counts, by namespace and window."""

from __future__ import annotations

import numpy as np
import pytest

from detector.counting import SAMPLES, Counted, column_of, count
from ingest.batch import LogBatch
from parsers.engine import Template
from parsers.miner import DrainEngine
from tests.detector.records import MINUTE, START, batch

REFUSED = "ERROR connection to 10.0.0.7 refused"


def counted(*batches: LogBatch, samples: str = "masked") -> Counted:
    return count([LogBatch.concat(batches).in_order()], DrainEngine(), MINUTE, samples)


def totals(result: Counted) -> list[tuple[str, int, list[int]]]:
    """Namespace, minute and counts, the largest first."""
    return [
        (one.namespace, (one.window - START) // MINUTE, sorted(one.counts.tolist(), reverse=True))
        for one in result.windows
    ]


def test_records_are_counted_by_window_and_template() -> None:
    rows = [(1, "INFO served 1"), (2, "INFO served 2"), (3, REFUSED), (61, "INFO served 3")]

    assert totals(counted(batch(rows))) == [("shop", 0, [2, 1]), ("shop", 1, [1])]


def test_namespaces_are_counted_apart_and_come_by_name() -> None:
    media = batch([(70, "INFO served 1"), (10, "INFO served 1")], namespace="media", partition="m")

    assert totals(counted(batch([(5, "INFO served 1")]), media)) == [
        ("media", 0, [1]),
        ("media", 1, [1]),
        ("shop", 0, [1]),
    ]


def test_the_same_text_in_two_workloads_is_two_templates() -> None:
    result = counted(batch([(1, "INFO served 1")]), batch([(2, "INFO served 1")], workload="web", partition="w"))

    assert len(result.templates) == len(set(result.templates)) == 2
    assert totals(result) == [("shop", 0, [1, 1])]


def test_a_record_on_the_edge_is_in_the_window_that_begins_there() -> None:
    assert [minute for _, minute, _ in totals(counted(batch([(59.999999, "a b"), (60, "a b")])))] == [0, 1]


def test_no_records_no_windows() -> None:
    assert (counted().windows, counted().templates) == ([], ())


def test_samples_are_the_first_lines_of_that_template_in_that_window() -> None:
    result = counted(batch([(second, REFUSED) for second in range(10)] + [(70, REFUSED), (5, "INFO served 1")]))
    refused = next(id_ for id_ in result.templates if len(result.samples.lines(id_, START + MINUTE)))

    assert len(result.samples.lines(refused, START)) == SAMPLES
    assert len(result.samples.lines(refused, START + MINUTE)) == 1
    assert result.samples.lines(refused, START + 2 * MINUTE) == ()
    assert result.samples.lines("nobody", START) == ()


@pytest.mark.parametrize(("shown", "lines"), [("raw", 1), ("masked", 1), ("none", 0)])
def test_samples_are_shown_as_the_settings_say(shown: str, lines: int) -> None:
    result = counted(batch([(1, REFUSED)]), samples=shown)
    samples = result.samples.lines(result.templates[0], START)

    assert len(samples) == lines
    assert ("10.0.0.7" in "".join(samples)) == (shown == "raw")


def test_a_sample_is_cut_to_what_a_person_would_read() -> None:
    result = counted(batch([(1, "INFO " + "x" * 50_000)]), samples="raw")

    assert len(result.samples.lines(result.templates[0], START)[0]) == 2_000


@pytest.mark.parametrize(
    ("level", "text", "counts_as"),
    [
        ("info", "retry after connection refused", "info"),
        ("", "connection to <IP> refused", "error"),
        ("", "request timed out", "error"),
        ("", "upstream time-out", "error"),
        ("", "java.io.IOException: stream closed", "error"),
        ("", "raised ValueError", "error"),
        ("", "2 errors while reading", "error"),
        ("", "TERROR, terror and failover are other words, as is an ErrorBudget", ""),
        ("", "listening on <NUM>", ""),
    ],
)
def test_a_template_without_a_level_is_judged_by_its_words(level: str, text: str, counts_as: str) -> None:
    template = Template("t", "shop", "cart", text, level, START, START, 1, text)

    assert column_of(template).level == counts_as


def test_the_engine_sees_records_in_the_order_of_time() -> None:
    """Drain's templates depend on the order of their lines, so that order may not depend on how they came."""
    rows = [
        (second, f"INFO user {name} {verb} in") for second, (name, verb) in enumerate(zip("abc", "xyz", strict=True))
    ]
    forwards, backwards = batch(rows), batch(rows).take(np.array([2, 1, 0], np.intp))

    assert counted(forwards).templates == counted(backwards).templates
