"""Commands over a real cluster: `detect` and `backfill` read it, and what is kept there can be listed."""

from __future__ import annotations

import json
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from detector.cli.app import execute
from detector.store.sqlite import open_reader
from tests.ingest.elasticsearch.documents import load, make_index
from tests.servers.elasticsearch import Server
from tests.service.shipped import SECOND, environ, errors, rfc3339, usual
from tests.store.clusters import set_up

MINUTE = 60 * SECOND
NOON = 1_788_955_200 * SECOND
"""2026-09-09T12:00:00Z: a time that is past."""
FAULT = range(90, 94)


@pytest.fixture
def shipped(elasticsearch: Server, prefix: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> int:
    """How many lines of two hours were shipped, in which something broke after one and a half."""
    for name, value in environ(elasticsearch, prefix, DETECTION__LEARN="30m").items():
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(tmp_path)
    index = f"filebeat-{prefix}"
    make_index(elasticsearch.client, index)
    lines = usual(NOON, NOON + 120 * MINUTE, 0.5)
    lines += errors(NOON + FAULT.start * MINUTE, NOON + FAULT.stop * MINUTE, 0.2)
    return load(elasticsearch.client, index, lines)


def at(minute: int) -> str:
    return rfc3339(NOON + minute * MINUTE)


def listed(capfd: pytest.CaptureFixture[str], *arguments: str) -> list[dict[str, Any]]:
    capfd.readouterr()
    assert execute([*arguments, "-o", "ndjson"]) == 0
    return [json.loads(line) for line in capfd.readouterr().out.splitlines()]


def contents(store: Path) -> dict[str, Any]:
    """All that was found and counted."""
    with closing(open_reader(store)) as reader:
        return {
            "counts": [
                (one.window, dict(sorted(zip(one.templates, one.counts.tolist(), strict=True))))
                for one in reader.counts("shop")
            ],
            "templates": sorted((one.id, one.count, one.first_seen, one.last_seen) for one in reader.templates()),
            "anomalies": reader.anomalies(limit=1_000).items,
            "incidents": reader.incidents(limit=1_000).items,
            "models": reader.models(),
            "statuses": reader.statuses(),
        }


def test_detect_prints_the_incidents_of_a_past_time(shipped: int, capfd: pytest.CaptureFixture[str]) -> None:
    (incident,) = listed(
        capfd, "detect", "--from", "elasticsearch", "--since", at(0), "--until", at(120), "--train-until", at(60)
    )
    assert (incident["start"], incident["namespace"]) == (at(FAULT.start)[:19] + "Z", "shop")
    assert "cart store refused the connection after <NUM> ms" in incident["summary"]


def test_detect_reads_only_the_namespaces_that_are_named(shipped: int, capfd: pytest.CaptureFixture[str]) -> None:
    assert execute(["detect", "--from", "elasticsearch", "--since", at(0), "--until", at(120), "-n", "bank"]) == 0
    assert "0 lines read" in capfd.readouterr().err


def test_a_past_time_is_read_into_the_cluster_and_listed_from_there(
    elasticsearch: Server, prefix: str, shipped: int, capfd: pytest.CaptureFixture[str]
) -> None:
    set_up(elasticsearch.client, prefix)
    assert execute(["backfill", "--since", at(0), "--until", at(120), "--store", "elasticsearch"]) == 0
    assert f"{shipped:,} lines read: {shipped:,} counted." in capfd.readouterr().err

    (incident,) = listed(capfd, "incidents", "--store", "elasticsearch")
    assert incident["start"] == at(FAULT.start)[:19] + "Z"
    assert listed(capfd, "anomalies", "--store", "elasticsearch")
    templates = listed(capfd, "templates", "--store", "elasticsearch")
    assert sum(one["count"] for one in templates) == shipped


def test_in_how_many_pieces_a_past_time_is_read_makes_no_difference(
    shipped: int, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    whole, pieces = tmp_path / "whole.sqlite", tmp_path / "pieces.sqlite"
    assert execute(["backfill", "--since", at(0), "--until", at(120), "--store", str(whole)]) == 0
    for end in (45, 92, 120, 120):
        assert execute(["backfill", "--since", at(0), "--until", at(end), "--store", str(pieces)]) == 0

    assert contents(pieces) == contents(whole)
    assert contents(whole)["incidents"]


def test_windows_before_all_that_was_read_are_added_and_judged(
    shipped: int, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    store = tmp_path / "store.sqlite"
    assert execute(["backfill", "--since", at(60), "--until", at(120), "--store", str(store)]) == 0
    before = contents(store)
    assert execute(["backfill", "--since", at(0), "--until", at(60), "--store", str(store)]) == 0
    after = contents(store)

    assert "Counted and judged again" in capfd.readouterr().err
    assert sum(sum(counts.values()) for _, counts in after["counts"]) == shipped
    assert sum(count for _, count, _, _ in after["templates"]) == shipped
    assert after["counts"][-len(before["counts"]) :] == before["counts"]
    assert after["statuses"][0].first_window == NOON
    assert after["statuses"][0].lines == shipped


def test_reading_again_what_is_no_longer_there_takes_nothing_away(
    elasticsearch: Server, prefix: str, shipped: int, tmp_path: Path
) -> None:
    store = tmp_path / "store.sqlite"
    assert execute(["backfill", "--since", at(0), "--until", at(120), "--store", str(store)]) == 0
    before = contents(store)
    elasticsearch.client.indices.delete(index=f"filebeat-{prefix}")
    assert execute(["backfill", "--since", at(0), "--until", at(120), "--store", str(store)]) == 0

    assert contents(store) == before


def test_some_namespaces_only_are_not_read_on_where_the_store_has_others(
    shipped: int, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    store = tmp_path / "store.sqlite"
    assert execute(["backfill", "--since", at(0), "--until", at(60), "--store", str(store)]) == 0
    assert execute(["backfill", "--since", at(0), "--until", at(120), "-n", "bank", "--store", str(store)]) == 0

    assert "Left to drainwatch run: from 2026-09-09T13:00:00Z until" in capfd.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["run", "/var/log", "--from", "elasticsearch"], "/var/log is a path, but lines come from Elasticsearch."),
        (["run", "--since", "-1h"], "--since is for lines from Elasticsearch. Add --from elasticsearch."),
        (["detect", ".", "--index", "logs-*"], "--index is for lines from Elasticsearch."),
        (["detect"], "There is nothing to read. Name files or folders, or say --from elasticsearch."),
        (["backfill", "--since", "-1s"], "There is no whole window in that time that is past."),
        (["backfill", "--since", "now", "--until", "-1h"], "--since now isn't before --until -1h."),
    ],
)
def test_what_does_not_go_together_is_refused_in_a_sentence(
    arguments: list[str],
    sentence: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    assert execute(arguments) == 2
    assert sentence in capfd.readouterr().err
