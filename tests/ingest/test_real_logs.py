"""Real logs, where they are there: every line and every document is accounted for."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from ingest.accounting import DropReason, Remark
from ingest.files import FileSource
from ingest.settings import DAY, ReadSettings
from tests.ingest.logs import file_source, rows

DATA = Path(__file__).parents[3] / "shared" / "data"
AFTERWARDS = 1_798_761_600_000_000  # 2027-01-01


def real(name: str) -> Path:
    path = DATA / name
    if not path.exists():
        if os.environ.get("DRAINWATCH_REQUIRE_SERVERS") == "1":
            pytest.fail(f"{path} is missing")
        pytest.skip(f"{path} is missing: these tests need the real logs beside the project")
    return path


def consume(path: Path) -> tuple[FileSource, list[str], set[tuple[str, str]]]:
    source = file_source([path], ReadSettings(), follow=False, clock=lambda: AFTERWARDS - DAY)
    messages: list[str] = []
    owners = set()
    while not source.exhausted:
        batch = source.poll()
        assert source.tally.balanced
        messages += [row.message for row in rows(batch)]
        owners |= {(origin.namespace, origin.workload) for origin in batch.origins}
    source.close()
    return source, messages, owners


def test_all_container_logs_of_train_ticket() -> None:
    source, messages, owners = consume(real("train-ticket/containers"))
    tally = source.tally
    assert (tally.read, tally.records, tally.joined, tally.dropped.total()) == (175_209, 175_209, 0, 0)
    assert tally.remarks == {Remark.UNFINISHED: 2_418}  # pieces of 16 KiB whose rest was not published
    assert len(owners) == 27
    assert {namespace for namespace, _ in owners} == {"train-ticket"}
    assert all(workload.startswith("ts-") and workload[-1].isalpha() for _, workload in owners)
    assert len(messages) == tally.records


def test_all_documents_of_filebeats_container_input() -> None:
    source, messages, owners = consume(real("filebeat/container-input.ndjson"))
    tally = source.tally
    assert (tally.read, tally.records, tally.joined) == (406, 404, 1)
    assert tally.dropped == {DropReason.EMPTY: 1}
    assert owners == {("train-ticket", "ts-travel-service"), ("shop", "web")}
    assert (
        'Exception in thread "main" java.lang.NullPointerException\n    at com.example.Foo.bar(Foo.java:12)' in messages
    )


def test_all_documents_of_filebeats_autodiscover_the_hostile_ones_too() -> None:
    source, messages, owners = consume(real("filebeat/filestream-autodiscover.ndjson"))
    tally = source.tally
    assert tally.read == 404
    assert tally.records + tally.joined == 400
    assert tally.dropped == {DropReason.EMPTY: 4}
    shop = {("shop", workload) for workload in ("checkout", "pricing", "web", "weird")}
    assert owners == shop | {("infra", "gw"), ("legacy", "dock")}
    assert "own message" in messages
    assert "price computed for sku-0" in messages
    assert any(message.startswith("Traceback") and "ValueError" in message for message in messages)


def test_all_lines_of_hdfs() -> None:
    source, messages, owners = consume(real("hdfs/lines.ndjson.gz"))
    assert (source.tally.read, len(messages)) == (112_091, 112_091)
    assert owners == {("local", "lines")}
