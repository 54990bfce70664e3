"""Every anomaly carries its own proof: what the store holds is enough to come to the same reasons again."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from detector.findings import Anomaly
from detector.models.ensemble import CONTEXT
from detector.pipeline import Pipeline
from detector.restoring import restore
from detector.settings import DetectionSettings, Settings
from detector.store.sqlite import SqliteStore, open_reader, open_store
from detector.vectors import WindowCounts
from detector.wiring import open_engine
from ingest.files import FileSource
from ingest.settings import ReadSettings
from tests.detector.cluster import LEARNED, write_logs
from tests.detector.records import MINUTE, START

SETTINGS = Settings(detection=DetectionSettings(learn=timedelta(minutes=LEARNED - 10), trees=20, keep_score=2))


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store that a service has written and left."""
    folder = tmp_path_factory.mktemp("proof")
    store: SqliteStore = open_store(folder / "s.sqlite")
    logs = write_logs(folder / "logs")
    with closing(FileSource([logs], ReadSettings(), follow=False, clock=lambda: START + 10**6 * MINUTE)) as source:
        pipeline = Pipeline(source, open_engine(SETTINGS), store, SETTINGS)
        while pipeline.poll() or not source.exhausted:
            pass
        pipeline.close_windows()
    store.close()
    return folder / "s.sqlite"


def without_lines(anomaly: Anomaly) -> Anomaly:
    """What doesn't rest on lines, which are not kept, nor on the other anomalies."""
    return replace(anomaly, incident=None, reasons=tuple(replace(one, samples=()) for one in anomaly.reasons))


def test_expected_ranges_made_again_from_the_stored_counts_are_those_that_are_stored(path: Path) -> None:
    with closing(open_reader(path)) as reader:
        found = reader.anomalies("shop", limit=1_000).items
        assert len(found) > 3
        assert all(one.reasons and one.reasons[0].windows >= 1 for one in found)

        def counts(since: int, until: int) -> list[WindowCounts]:
            return list(reader.counts("shop", since, until))

        engine = open_engine(SETTINGS)
        state = restore(reader, engine, SETTINGS)["shop"]
        cards = {card.version: card for card in reader.models("shop")}
        for one in found:
            part = (one.window, one.window + MINUTE, cards[one.model])
            since = one.window - CONTEXT * MINUTE
            templates, changes = engine.catalogue("shop"), reader.changes("shop")
            (again,) = state.score_again(counts, since, [part], templates, lambda *_: (), changes)
            assert [(r.expected_low, r.expected_high, r.observed) for r in again.reasons] == [
                (r.expected_low, r.expected_high, r.observed) for r in one.reasons
            ]
            shown = replace(without_lines(again), suppressed_by=one.suppressed_by)
            assert replace(shown, reasons=()) == replace(without_lines(one), reasons=())
