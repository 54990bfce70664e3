"""The same history gives the same findings: read at once or in pieces, through restarts and rests, late or in time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from detector.feedback import expected, mute, withdraw
from detector.findings import Anomaly, Feedback, Incident, ModelChoice
from detector.namespace import NamespaceState
from detector.store.sqlite import SqliteStore, open_store
from tests.detector.late import Line, begun, contents, in_time, settings
from tests.detector.records import MINUTE, START
from tests.length import in_full

HOUR = 60
TOLD = settings(learn=timedelta(minutes=30), train_span=timedelta(hours=30), alert_budget=20)
Words = Sequence[Feedback | ModelChoice]


@dataclass(frozen=True, slots=True)
class Past:
    """What was logged in so many minutes."""

    lines: list[Line]
    minutes: int


def past(seed: int) -> Past:
    """Some hours of two workloads: with faults, bursts, a level that shifts, and a silence of more than a day."""
    chance = np.random.default_rng(seed)
    work, silence = int(chance.integers(8, 12)) * HOUR, int(chance.integers(20, 40)) * HOUR
    gap = int(chance.integers(4 * HOUR, work))
    shift, factor = int(chance.integers(2 * HOUR, work)), float(chance.choice([0.3, 2.5, 4.0]))
    rates = np.tile([3.0, 1.5, 0.0, 0.1], (work, 1))
    rates[shift:, 1] *= factor
    for _ in range(chance.integers(2, 6)):
        begin, length = int(chance.integers(40, work)), int(chance.integers(1, 20))
        rates[begin : begin + length, int(chance.integers(2, 4))] = chance.uniform(3, 20)
    if chance.random() < 0.5:
        begin = int(chance.integers(40, work))
        rates[begin : begin + int(chance.integers(3, 100))] = 0.0
    texts = (
        ("INFO request {} served", "web"), ("INFO added item {}", "cart"),
        ("ERROR database at 10.0.0.{} refused the connection", "cart"), ("WARN index {} is rebuilt", "web"),
    )  # fmt: skip
    lines: list[Line] = []
    rates[-1] = 5.0
    for minute, row in enumerate(chance.poisson(rates)):
        at = minute if minute < gap else minute + silence
        for (text, workload), count in zip(texts, row.tolist(), strict=True):
            lines += [
                Line(at * 60 + chance.uniform(0, 60), text.format(chance.integers(256)), workload) for _ in range(count)
            ]
    return Past(lines, work + silence)


def words(seed: int, known: SqliteStore) -> list[Feedback | ModelChoice]:
    """What people say after some of the incidents that are told when nobody speaks; and of models."""
    chance = np.random.default_rng(seed)
    said: list[Feedback | ModelChoice] = []
    incidents: list[Incident] = sorted(known.incidents(limit=1000).items, key=lambda one: one.start)
    for incident in incidents[: int(chance.integers(0, 4))]:
        now = incident.end + int(chance.integers(1, 60)) * MINUTE + 1_000 * int(chance.integers(60_000))
        until = now + int(chance.integers(5, 300)) * MINUTE if chance.random() < 0.7 else None
        word = expected(incident, "ana", "", now, until)
        if chance.random() < 0.5:
            word = mute("shop", "ana", "", now, until, template=incident.reasons[0].template_id, workload="cart")
        said.append(withdraw(word, now + int(chance.integers(1, 100)) * MINUTE) if chance.random() < 0.3 else word)
    models = known.models()
    if models and chance.random() < 0.5:
        time = START + (100 + int(chance.integers(300))) * MINUTE
        chosen = [card for card in models[:2] if card.trained_until < time]
        if chosen:
            said.append(ModelChoice("shop", chosen[-1].version, time))
            if chance.random() < 0.7:
                said.append(ModelChoice("shop", "", time + int(chance.integers(1, 200)) * MINUTE))
    return said


def late(seed: int, lines: Sequence[Line]) -> list[Line]:
    """The same, some of them late by some windows."""
    chance = np.random.default_rng(seed)
    for _ in range(chance.integers(1, 4)):
        begin = lines[int(chance.integers(len(lines) * 3 // 4))].window
        length, delay, every = chance.integers(1, 9), int(chance.integers(1, 13)), int(chance.integers(1, 4))
        lines = [
            replace(line, delay=delay) if begin <= line.window < begin + length and number % every == 0 else line
            for number, line in enumerate(lines)
        ]
    return list(lines)


def run(
    lines: Sequence[Line],
    minutes: int,
    store: SqliteStore,
    said: Words = (),
    chance: np.random.Generator | None = None,
    stop: float = 0.0,
) -> dict[str, Any]:
    """What a store holds in the end.

    With `chance` windows are closed in random pieces, and `stop` is that of one after which the program begins anew.
    """
    for word in said:
        store.say(word)
    source, pipeline = begun(lines, minutes, store, TOLD)
    # When each late line comes, and when its window would have been closed.
    turns = {line.window + step for line in lines if line.delay for step in range(2, line.delay + 4)}
    while not source.exhausted:
        pipeline.poll()
        now = source.positions()["search"].resume_at
        if now in turns or (chance is not None and chance.random() < 0.1):
            pipeline.close_windows()
            for again in source.revisit():
                pipeline.revise(again)
            if chance is not None and chance.random() < stop:
                source, pipeline = begun(lines, minutes, store, TOLD)
    pipeline.close_windows()
    return {**contents(store), "anomalies": anomalies_of(store)}


def anomalies_of(store: SqliteStore) -> list[Anomaly]:
    """All, the oldest first."""
    page = store.anomalies(limit=1000)
    found = page.items
    while page.next_cursor is not None:
        page = store.anomalies(limit=1000, cursor=page.next_cursor)
        found += page.items
    return found[::-1]


def at_once(store: SqliteStore, said: Words, until: int) -> dict[str, Any]:
    """What the counts of a store give when they are handed over together."""
    templates = {one.id: one for one in store.templates()}
    state = NamespaceState("shop", TOLD.detection)
    counts = list(store.counts("shop"))
    state.choose([one for one in said if isinstance(one, ModelChoice)], lambda *_: counts, templates)
    spoken = [one for one in said if isinstance(one, Feedback)]
    changes = store.changes("shop")
    found = state.advance(counts, templates, until, lambda *_: (), changes, spoken)
    return {"anomalies": found.anomalies, "incidents": list(found.incidents.values()), "models": found.models}


def told(found: dict[str, Any]) -> dict[str, Any]:
    """What was found, without the lines that are shown of it."""
    anomalies = [
        replace(one, reasons=tuple(replace(why, samples=()) for why in one.reasons)) for one in found["anomalies"]
    ]
    incidents = [
        replace(one, reasons=tuple(replace(why, samples=()) for why in one.reasons)) for one in found["incidents"]
    ]
    return {
        "models": sorted(found["models"], key=lambda card: card.trained_until),
        "anomalies": sorted(anomalies, key=lambda one: one.window),
        "incidents": sorted(incidents, key=lambda one: one.start),
    }


@pytest.fixture
def stores(tmp_path: Path) -> Iterator[Any]:
    """Opens a store, empty."""
    with ExitStack() as stack:
        yield lambda name: stack.enter_context(closing(open_store(tmp_path / f"{name}.sqlite")))


@pytest.mark.parametrize("seed", [1, pytest.param(2, marks=in_full), pytest.param(3, marks=in_full)])
def test_at_once_in_pieces_and_through_restarts(stores: Any, seed: int) -> None:
    whole, chance = past(seed), np.random.default_rng(seed)
    run(whole.lines, whole.minutes, silent := stores("nobody spoke"))
    said = words(seed, silent)
    plain = run(whole.lines, whole.minutes, store := stores("plain"), said)

    assert plain["incidents"]
    assert told(at_once(store, said, plain["until"])) == told(plain)
    assert run(whole.lines, whole.minutes, stores("pieces"), said, chance) == plain
    assert run(whole.lines, whole.minutes, stores("restarts"), said, chance, 0.2) == plain


@pytest.mark.parametrize("seed", [1, pytest.param(2, marks=in_full), pytest.param(3, marks=in_full)])
def test_late_or_in_time(stores: Any, seed: int) -> None:
    whole = past(seed)
    lines = late(seed, whole.lines)
    run(in_time(lines), whole.minutes, silent := stores("nobody spoke"))
    said = words(seed, silent)

    plain = run(in_time(lines), whole.minutes, stores("in time"), said)
    in_the_end = run(lines, whole.minutes, stores("late"), said, np.random.default_rng(seed), 0.02)
    # Lines that are shown are those at hand: windows that are judged again, but not read again, have fewer.
    assert {**in_the_end, **told(in_the_end)} == {**plain, **told(plain)}
