"""Writes are sent in requests of bounded size, and each failure has its own consequence."""

from __future__ import annotations

import msgspec
import pytest

from detector.store.elasticsearch.operations import (
    MOST_OPERATIONS,
    BulkAnswer,
    Lost,
    Operation,
    Outcome,
    Reason,
    batches,
    sort_out,
)

WRITE, REMOVE = Operation("index", "i", "1", b"{}"), Operation("delete", "i", "2")


def answer(*outcomes: tuple[int, str]) -> BulkAnswer:
    """What a request of alternating writes and removals is answered; no type means no error."""
    items = [Outcome(status, Reason(kind, "because") if kind else None) for status, kind in outcomes]
    return BulkAnswer([{"any": item} for item in items], errors=True)


def test_a_request_is_bounded_in_bytes_and_documents_and_keeps_the_order() -> None:
    writes = [Operation("index", "i", str(number), b"x" * 1_000) for number in range(100)]
    parts = list(batches(writes, most_bytes=10_000))
    assert [one for part in parts for one in part] == writes
    assert {len(part) for part in parts} == {9, 1}
    assert [len(part) for part in batches([WRITE] * (MOST_OPERATIONS + 1))] == [MOST_OPERATIONS, 1]
    assert [len(part) for part in batches([WRITE, Operation("index", "i", "2", b"x" * 20_000), WRITE], 10_000)] == [
        *(1, 1, 1)
    ]
    assert list(batches([])) == []


def test_lines_are_those_of_the_bulk_api() -> None:
    assert WRITE.lines(None) == [b'{"index":{"_index":"i","_id":"1"}}', b"{}"]
    assert REMOVE.lines(7) == [
        b'{"delete":{"_index":"i","_id":"2","version":7,"version_type":"external_gte"}}',
    ]


def test_what_succeeded_or_was_gone_already_needs_nothing_more() -> None:
    result = sort_out([WRITE, REMOVE], answer((201, ""), (404, "")))
    assert (result.again, result.settled.lost, result.refused) == ([], [], None)
    assert sort_out([REMOVE], answer((404, "index_not_found_exception"))).refused is None


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (429, "es_rejected_execution_exception"),
        (429, "cluster_block_exception"),
        (403, "cluster_block_exception"),
        (503, "unavailable_shards_exception"),
    ],
)
def test_what_is_only_for_now_is_tried_again(status: int, kind: str) -> None:
    result = sort_out([WRITE, REMOVE], answer((status, kind), (200, "")))
    assert result.again == [WRITE]
    assert result.busy == Reason(kind, "because")


@pytest.mark.parametrize(
    ("status", "kind"),
    [(403, "security_exception"), (400, "index_closed_exception"), (404, "index_not_found_exception")],
)
def test_what_somebody_has_to_mend_stops_the_pass(status: int, kind: str) -> None:
    assert sort_out([WRITE], answer((status, kind))).refused == Reason(kind, "because")


def test_what_the_index_refuses_is_lost_with_its_reason() -> None:
    result = sort_out([WRITE, REMOVE], answer((400, "document_parsing_exception"), (200, "")))
    assert result.settled.lost == [Lost("i", "1", "document_parsing_exception: because")]
    assert result.again == []


def test_what_was_written_later_is_left() -> None:
    result = sort_out([WRITE, REMOVE], answer((409, "version_conflict_engine_exception"), (200, "")))
    assert result.settled.overtaken == [WRITE]
    assert result.settled.lost == []


def test_a_write_survives_the_journal() -> None:
    for one in (WRITE, REMOVE):
        assert msgspec.msgpack.decode(msgspec.msgpack.encode(one), type=Operation) == one
