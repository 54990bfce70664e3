"""The pass over real files and a real store: what it finds, and that stopping it anywhere changes nothing."""

from __future__ import annotations

from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from detector.errors import StoreError
from detector.findings import ReasonKind
from detector.pipeline import Pipeline
from detector.settings import DetectionSettings, Settings
from detector.store.port import PassResult
from detector.store.sqlite import SqliteStore, open_store
from detector.wiring import open_engine
from ingest.accounting import Remark
from ingest.files import FileSource
from ingest.settings import ReadSettings
from parsers.engine import EngineState
from tests.detector.cluster import FAULT, LEARNED, MINUTES, minute, write_logs
from tests.detector.records import MINUTE, START

SETTINGS = Settings(detection=DetectionSettings(learn=timedelta(minutes=LEARNED - 10), trees=20))
BLOCK = 512
"""Bytes read at a time: small, so that there are many places to be cut off at."""
NOW = START + 400 * MINUTE


def run(logs: Path, store: SqliteStore, polls: int | None = None) -> bool:
    """Read on from where the store is, to the end or for so many polls; returns whether the end was reached."""
    source = FileSource(
        [logs], ReadSettings(), follow=False, clock=lambda: NOW, checkpoints=store.checkpoints(), chunk=BLOCK
    )
    with closing(source):
        pipeline = Pipeline(source, open_engine(SETTINGS), store, SETTINGS)
        while polls is None or polls > 0:
            polls = None if polls is None else polls - 1
            records = pipeline.poll()
            pipeline.close_windows()
            if source.exhausted and not records:
                return True
    return False


def contents(store: SqliteStore) -> dict[str, Any]:
    """All that a store holds of what was found."""
    return {
        "counts": [
            (one.window, dict(zip(one.templates, one.counts.tolist(), strict=True))) for one in store.counts("shop")
        ],
        "templates": sorted(
            (one.id, one.workload, one.text, one.level, one.count, one.first_seen, one.last_seen, one.example)
            for one in store.templates()
        ),
        "anomalies": store.anomalies(limit=1000).items,
        "incidents": store.incidents(limit=1000).items,
        "models": store.models(),
        "changes": store.changes(),
        "deployed": store.deployed(),
        "statuses": store.statuses(),
        "until": store.closed_until(),
        "tally": store.tally(),
    }


@pytest.fixture(scope="module")
def logs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_logs(tmp_path_factory.mktemp("logs"))


@pytest.fixture(scope="module")
def undisturbed(logs: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    with closing(open_store(tmp_path_factory.mktemp("store") / "store.sqlite")) as store:
        assert run(logs, store)
        return contents(store)


def test_a_refused_connection_is_one_incident_with_its_reason(undisturbed: dict[str, Any]) -> None:
    (incident,) = undisturbed["incidents"]
    reason = incident.reasons[0]

    assert minute(incident.start) in (FAULT.start, FAULT.start + 1)
    assert minute(incident.end) >= FAULT.stop - 1
    assert (reason.kind, reason.workload, reason.level) == (ReasonKind.NEW, "cart", "error")
    assert "refused the connection" in reason.template
    assert reason.samples
    assert all("10.0.0." not in line for line in reason.samples), "addresses are masked in samples"
    assert not incident.open


def test_anomalies_point_to_their_incident_and_their_shares_sum_to_one(undisturbed: dict[str, Any]) -> None:
    incident = undisturbed["incidents"][0]
    own = [anomaly for anomaly in undisturbed["anomalies"] if anomaly.incident == incident.id]

    assert len(own) == incident.anomalies
    for anomaly in undisturbed["anomalies"]:
        assert sum(reason.share for reason in anomaly.reasons) == pytest.approx(1.0)


def test_every_line_is_in_a_count(undisturbed: dict[str, Any], logs: Path) -> None:
    written = sum(len(path.read_text().splitlines()) for path in logs.iterdir())

    assert sum(sum(counts.values()) for _, counts in undisturbed["counts"]) == written


def test_a_namespace_learns_first_and_says_until_when(logs: Path, tmp_path: Path) -> None:
    early = write_logs(tmp_path / "early", minutes=30)
    with closing(open_store(tmp_path / "store.sqlite")) as store:
        run(early, store)
        (status,) = store.statuses()

    assert status.model is None
    assert status.learning_until == START + (LEARNED - 10) * MINUTE


@pytest.mark.parametrize("polls", [1, 2, 5])
def test_a_run_that_is_cut_off_again_and_again_ends_with_the_same_store(
    polls: int, logs: Path, tmp_path: Path, undisturbed: dict[str, Any]
) -> None:
    path, turns = tmp_path / "store.sqlite", 0
    ended = False
    while not ended:
        with closing(open_store(path)) as store:
            # A little longer each time: what isn't committed is read again.
            ended = run(logs, store, polls=polls + turns)
        turns += 1

    with closing(open_store(path)) as store:
        assert contents(store) == undisturbed
    assert turns > 1


def test_a_late_line_is_counted_in_its_window_and_remarked(tmp_path: Path) -> None:
    logs = write_logs(tmp_path / "logs", minutes=5)
    with closing(open_store(tmp_path / "store.sqlite")) as store:
        run(logs, store)
        before = contents(store)["counts"]
        with next(logs.glob("cart*")).open("a") as file:
            file.write("2026-01-01T00:02:30.000000000Z stdout F INFO added item 1 to cart of user 2\n")
        run(logs, store)
        after, tally = contents(store)["counts"], store.tally()

    differing = [minute(window) for (window, one), (_, other) in zip(before, after, strict=True) if one != other]
    assert differing == [2]
    assert tally.remarks[Remark.LATE] == 1
    assert tally.balanced


def test_a_namespace_that_begins_with_late_lines_is_known_after_a_restart(tmp_path: Path) -> None:
    logs = write_logs(tmp_path / "logs", minutes=5)
    late = logs / f"job-0_media_job-{'1' * 64}.log"
    with closing(open_store(tmp_path / "store.sqlite")) as store:
        run(logs, store)
        late.write_text("2026-01-01T00:02:30.000000000Z stdout F INFO began\n")
        run(logs, store)
        with late.open("a") as file:
            file.write("2026-01-01T00:06:30.000000000Z stdout F INFO began\n")
        run(logs, store)
        media = next(status for status in store.statuses() if status.namespace == "media")
        texts = [template.text for template in store.templates("media")]

    assert (media.lines, media.first_window, texts) == (2, START + 2 * MINUTE, ["began"])


def test_a_store_whose_counts_were_pruned_is_gone_on_with(tmp_path: Path) -> None:
    logs = write_logs(tmp_path / "logs")
    with closing(open_store(tmp_path / "store.sqlite")) as store:
        run(logs, store)
        assert store.statuses()[0].model is not None
        store.prune(NOW, 0)
        run(logs, store)

        assert store.statuses()[0].lines > 0


def test_a_namespace_that_is_gone_is_not_written_again_and_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tests.detector.test_pipeline.NOW", START + 3 * 24 * 60 * MINUTE)
    logs = tmp_path / "logs"
    told: list[PassResult] = []
    logs.mkdir()
    shop, ci = (logs / f"pod-0_{name}_pod-{'1' * 64}.log" for name in ("shop", "ci"))
    ci.write_text("2026-01-01T00:00:30.000000000Z stdout F INFO began\n")
    with closing(open_store(tmp_path / "store.sqlite")) as store:
        commit = store.commit

        def listen(result: PassResult) -> None:
            told.append(result)
            commit(result)

        monkeypatch.setattr(store, "commit", listen)
        for time in ("01T00:00:31", "03T00:00:00", "03T00:01:00", "03T00:02:00"):
            with shop.open("a") as file:
                file.write(f"2026-01-{time}.000000000Z stdout F INFO began\n")
            told.clear()
            run(logs, store)
        assert {one.namespace for result in told for one in result.statuses} == {"shop"}
        last = {status.namespace: minute(status.last_window) for status in store.statuses()}

    assert last == {"ci": 24 * 60 - 1, "shop": 2 * 24 * 60 + 2}


def test_templates_that_a_newer_version_saved_are_refused_with_a_sentence(tmp_path: Path) -> None:
    state = EngineState(99, {("shop", "cart"): b"{}"})
    with closing(open_store(tmp_path / "store.sqlite")) as store:
        store.commit(PassResult(closed_until=START, engine=state))

        with pytest.raises(StoreError, match=r"newer drainwatch \(version 99\): update this one"):
            run(write_logs(tmp_path / "logs", minutes=1), store)


def test_the_end_of_the_input_is_no_silence(undisturbed: dict[str, Any]) -> None:
    assert undisturbed["until"] == START + MINUTES * MINUTE


def test_the_last_minutes_are_not_lost_at_the_end_of_the_input(undisturbed: dict[str, Any]) -> None:
    assert minute(undisturbed["counts"][-1][0]) == MINUTES - 1
