"""The Python engine over several processes: the same results, the same state, and an end with whoever started it."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ingest.batch import LogBatch, Origin
from ingest.columns import Coded, Texts
from parsers.engine import EngineState, Template, TemplateEngine
from parsers.miner import DrainEngine
from parsers.pool import PooledEngine, WorkerError
from parsers.settings import MiningSettings

ROOT = Path(__file__).parents[2]
NAMESPACES, WORKLOADS = ("shop", "media"), ("cart", "web", "db", "search", "mail")
SETTINGS = MiningSettings(max_templates=60, masks={"ORDER": "order-[0-9]{1,9}"})


def records(rows: int, seed: int, start: int = 0) -> LogBatch:
    """Lines of ten workloads in turn, whose templates are born, grow and overflow."""
    pick = random.Random(seed)
    origins = tuple(Origin(namespace, workload) for namespace in NAMESPACES for workload in WORKLOADS)
    verbs, words = ["served", "refused", "took"], ["order-17", "alice", "bob", "a", "b", "17", "10.0.0.7"]
    lines = [
        f"{pick.choice(['INFO', 'ERROR'])} {pick.choice(verbs)} {' '.join(pick.choices(words, k=pick.randint(1, 5)))}"
        for _ in range(rows)
    ]
    return LogBatch(
        origins,
        ("file",),
        1_795_244_400_000_000 + 1_000 * np.arange(start, start + rows, dtype=np.int64),
        np.array([pick.randrange(len(origins)) for _ in range(rows)], np.int32),
        np.zeros(rows, np.int32),
        np.arange(start, start + rows, dtype=np.int64),
        Coded(("stdout",), np.zeros(rows, np.int8)),
        Coded(("", "warning"), np.array([pick.random() < 0.1 for _ in range(rows)], np.int8)),
        Texts.of(lines),
    )


def seen(engine: TemplateEngine, batch: LogBatch) -> tuple[tuple[str, ...], list[int], list[str]]:
    parsed = engine.parse(batch)
    return parsed.templates, parsed.template.tolist(), list(parsed.level)


def catalogue(engine: TemplateEngine) -> list[Template]:
    return [one for name in NAMESPACES for _, one in sorted(engine.catalogue(name).items())]


@pytest.fixture
def pool() -> Iterator[PooledEngine]:
    engine = PooledEngine(SETTINGS, workers=3, start_rows=500, task_rows=100)
    yield engine
    engine.close()


def test_it_gives_what_one_engine_gives_row_for_row(pool: PooledEngine) -> None:
    one = DrainEngine(SETTINGS)

    for seed, rows in enumerate((40, 300, 900, 10, 1, 700)):
        batch = records(rows, seed, 1_000 * seed)
        assert seen(pool, batch) == seen(one, batch)
        assert catalogue(pool) == catalogue(one)
        assert pool.health() == one.health()

    assert any(entry.overflowing for entry in one.health())
    assert len(pool.processes) == 3


def test_small_batches_are_parsed_where_they_are(pool: PooledEngine) -> None:
    pool.parse(records(499, 1))

    assert pool.processes == []


def test_one_workload_alone_is_masked_by_all(pool: PooledEngine) -> None:
    one, batch = DrainEngine(SETTINGS), records(3_000, 1)
    batch = replace(batch, origin=np.zeros(3_000, np.int32))

    assert seen(pool, batch) == seen(one, batch)
    assert all(_spent(process.pid) > 0 for process in pool.processes)


def test_batches_are_taken_ahead_and_given_in_their_order(pool: PooledEngine) -> None:
    one = DrainEngine(SETTINGS)
    batches = [records(rows, rows, 1_000 * rows) for rows in (40, 900, 0, 1, 700, 99, 100, 101, 5)]
    taken = []

    def each() -> Iterator[LogBatch]:
        for batch in batches:
            taken.append(len(batch))
            yield batch

    for number, (batch, parsed) in enumerate(pool.parse_all(each())):
        assert batch is batches[number]
        assert (parsed.templates, parsed.template.tolist(), list(parsed.level)) == seen(one, batch)
        if number == 3:
            assert len(taken) > 4

    assert taken == [len(batch) for batch in batches]
    assert catalogue(pool) == catalogue(one)
    assert pool.dirty_state() == one.dirty_state()


def test_who_stops_looking_in_between_disturbs_nobody_who_comes_later(pool: PooledEngine) -> None:
    one = DrainEngine(SETTINGS)
    batches = [records(900, seed) for seed in (1, 2, 3)]
    for _ in pool.parse_all(batches):
        break
    seen(one, batches[0])

    assert seen(pool, batches[2]) == seen(one, batches[2])
    assert catalogue(pool) == catalogue(one)


def test_what_fails_within_a_process_fails_here_and_ends_them_all(pool: PooledEngine) -> None:
    batch = records(600, 1)
    messages: list[Any] = list(batch.message)
    messages[350] = None
    wrong = replace(batch, message=tuple(messages))

    with pytest.raises(RuntimeError, match="A process that masks records failed"):
        pool.parse(wrong)

    assert not any(process.is_alive() for process in pool.processes)


def test_what_fails_while_batches_are_taken_fails_here(pool: PooledEngine) -> None:
    def each() -> Iterator[LogBatch]:
        yield records(900, 1)
        raise OSError("no space")

    with pytest.raises(OSError, match="no space"):
        list(pool.parse_all(each()))


def test_what_changed_is_saved_once_and_as_one_engine_saves_it(pool: PooledEngine) -> None:
    one = DrainEngine(SETTINGS)
    for engine in (one, pool):
        engine.parse(records(300, 1))
        engine.dirty_state()
        engine.parse(records(20, 2))  # not saved when the processes start
        engine.parse(records(900, 3).take(np.flatnonzero(records(900, 3).origin < 4)))

    assert pool.dirty_state() == one.dirty_state()
    assert pool.dirty_state() == EngineState(1)


@pytest.mark.parametrize("direction", ["from one to several", "from several to one"])
def test_what_either_saved_the_other_goes_on_from(direction: str, pool: PooledEngine) -> None:
    one = DrainEngine(SETTINGS)
    first, then = (one, pool) if direction == "from one to several" else (pool, one)
    whole = DrainEngine(SETTINGS)
    for engine in (first, whole):
        engine.parse(records(1_000, 1))

    then.restore(first.dirty_state(), catalogue(first))

    for seed in (2, 3):
        batch = records(1_000, seed, 5_000)
        assert seen(then, batch) == seen(whole, batch)
        assert catalogue(then) == catalogue(whole)


def test_a_process_that_dies_is_an_error_that_says_so(pool: PooledEngine) -> None:
    pool.parse(records(600, 1))
    pid = pool.processes[1].pid
    assert pid is not None
    os.kill(pid, signal.SIGKILL)

    with pytest.raises(WorkerError) as failure:
        pool.parse(records(600, 2))

    assert str(failure.value).startswith("A process that masks records was ended by signal 9.")
    assert "parsing.workers" in str(failure.value)
    with pytest.raises(WorkerError):
        pool.parse(records(600, 3))


def test_what_stops_all_processes_of_a_group_is_left_to_the_one_that_started_them(pool: PooledEngine) -> None:
    pool.parse(records(600, 1))
    for process in pool.processes:
        assert process.pid is not None
        os.kill(process.pid, signal.SIGTERM)

    assert len(pool.parse(records(600, 2)).template) == 600


def test_memory_is_blamed_for_no_other_signal_than_that_of_memory(pool: PooledEngine) -> None:
    pool.parse(records(600, 1))
    pid = pool.processes[1].pid
    assert pid is not None
    os.kill(pid, signal.SIGABRT)

    with pytest.raises(WorkerError) as failure:
        pool.parse(records(600, 2))

    assert str(failure.value).startswith("A process that masks records was ended by signal 6.")
    assert "memory" not in str(failure.value)


def test_the_processes_end_where_nobody_has_closed_the_engine() -> None:
    script = (
        "from tests.parsers.test_pool import PooledEngine, SETTINGS, records\n"
        "if __name__ == '__main__':\n"
        "    pool = PooledEngine(SETTINGS, 2, 500, 100)\n"
        "    pool.parse(records(600, 1))\n"
    )
    assert subprocess.run([sys.executable, "-c", script], cwd=ROOT, timeout=60, check=False).returncode == 0


def test_a_mask_that_cannot_be_used_is_refused_before_any_process_is_started() -> None:
    with pytest.raises(ValueError, match="ORDER"):
        PooledEngine(MiningSettings(masks={"ORDER": "("}))


def test_the_processes_end_with_the_one_that_started_them_even_if_it_is_killed() -> None:
    script = (
        "from tests.parsers.test_pool import PooledEngine, SETTINGS, records\n"
        "import sys, time\n"
        "if __name__ == '__main__':\n"
        "    pool = PooledEngine(SETTINGS, 2, 500, 100)\n"
        "    pool.parse(records(600, 1))\n"
        "    print(*(process.pid for process in pool.processes), flush=True)\n"
        "    time.sleep(60)\n"
    )
    with subprocess.Popen([sys.executable, "-c", script], cwd=ROOT, stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        pids = [int(word) for word in parent.stdout.readline().split()]
        parent.kill()

    assert len(pids) == 2
    end = time.monotonic() + 20
    while any(_runs(pid) for pid in pids):
        assert time.monotonic() < end, "processes were left behind"
        time.sleep(0.05)


def _runs(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def _spent(pid: int | None) -> int:
    """Ticks of processor time."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return int(fields[11]) + int(fields[12])
