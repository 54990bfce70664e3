"""Whoever logs makes up statements, workloads and namespaces without end: memory has an end, and no line is lost."""

from __future__ import annotations

import random
import tracemalloc
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from detector.settings import DetectionSettings, ParsingSettings, Settings
from detector.store.sqlite import open_store
from detector.wiring import open_engine
from ingest.batch import LogBatch
from tests.detector.records import batch
from tests.faults.files import NOW, SECOND, container, counted, read_all, write

MOST = 100
RNG = random.Random(1)


def made_up(words: int = 6) -> str:
    """A statement that nobody ever logged."""
    return " ".join("".join(RNG.choices("abcdefghijklmnopqrstuvwxyz", k=9)) for _ in range(words))


def exploding(lines: int) -> LogBatch:
    return batch([(number / 100, f"INFO {made_up()}") for number in range(lines)])


@pytest.mark.parametrize("engine", ["python", "native"])
def test_statements_without_end_leave_so_many_templates_and_a_state_that_stays_as_it_is(
    engine: str, record_property: Callable[[str, object], None]
) -> None:
    settings = Settings(parsing=ParsingSettings(engine=engine, max_templates=MOST, workers=1))
    with closing(open_engine(settings)) as miner:
        sizes, kept = [], []
        tracemalloc.start()
        for _ in range(5):
            parsed = miner.parse(exploding(2_000))
            assert len(parsed.template) == 2_000, "each line has a template"
            sizes.append(sum(map(len, miner.dirty_state().by_workload.values())))
            kept.append(tracemalloc.get_traced_memory()[0])
        tracemalloc.stop()
        catalogue = miner.catalogue("shop")
        (health,) = miner.health()
    assert len(catalogue) <= MOST + 1
    assert health.overflowing
    assert health.advice
    assert sum(one.count for one in catalogue.values()) == 10_000
    assert sizes[-1] <= sizes[1] * 1.1
    assert kept[-1] - kept[1] < 4_000_000, "bytes of Python's own"
    record_property("templates", len(catalogue))
    record_property("bytes of state", sizes[-1])


def test_neighbours_of_a_workload_that_explodes_keep_their_templates(tmp_path: Path) -> None:
    settings = Settings(parsing=ParsingSettings(max_templates=MOST), detection=DetectionSettings(trees=10))
    begin, logs = NOW, tmp_path / "logs"
    quiet, loud = container(logs, "shop", "web"), container(logs, "shop", "noise")
    write(quiet, ((begin + n * SECOND, f"INFO handled request {n}") for n in range(600)))
    write(loud, ((begin + n * SECOND // 10, f"INFO {made_up()}") for n in range(6_000)))
    with closing(open_store(tmp_path / "store.sqlite")) as store:
        read_all(logs, store, settings, begin + 700 * SECOND)
        templates = store.templates("shop")
        assert [one.count for one in templates if one.workload == "web"] == [600]
        assert len([one for one in templates if one.workload == "noise"]) <= MOST + 1
        assert counted(store)["shop"] == 6_600


def test_namespaces_and_workloads_without_end_are_counted_together(
    tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    settings = Settings(detection=DetectionSettings(trees=10, max_namespaces=20, max_workloads=10))
    logs, written = tmp_path / "logs", 0
    for number in range(120):
        written += write(container(logs, f"n{number:03}", "web"), [(NOW + n * SECOND, "INFO hello") for n in range(5)])
        written += write(container(logs, "n000", f"w{number}"), [(NOW + n * SECOND, "INFO hello") for n in range(5)])
    with closing(open_store(tmp_path / "store.sqlite")) as store:
        read_all(logs, store, settings, NOW + 600 * SECOND)
        found = counted(store)
        workloads = {one.workload for one in store.templates("n000")} if "n000" in found else set()
        assert len(found) == 21
        assert found.total() == written
        assert len(workloads) <= 11
        assert store.tally().balanced
        # A restart knows the same ones.
        written += write(container(logs, "n001", "web"), [(NOW + 650 * SECOND, "INFO hello")])
        read_all(logs, store, settings, NOW + 900 * SECOND)
        assert counted(store).total() == written
        assert len(counted(store)) == 21
    record_property("lines lost", 0)
