"""Documents become the same records however the time is cut into ranges, and however they come within one."""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from ingest.accounting import DropReason, Remark, Tally
from ingest.batch import LogBatch
from ingest.elasticsearch.hits import Reader
from ingest.elasticsearch.joining import Joiner
from ingest.elasticsearch.settings import FieldNames
from ingest.elasticsearch.stamps import times_of
from ingest.settings import SECOND, ReadSettings
from ingest.timestamps import rfc3339
from tests.ingest.elasticsearch.documents import document
from tests.ingest.elasticsearch.reading import MINUTE, Row, rows
from tests.ingest.elasticsearch.test_hits import page
from tests.ingest.elasticsearch.test_source import PODS, TRACE, by_file_source, story
from tests.ingest.logs import NOON, stamp

END = NOON + 10 * MINUTE


def joined(documents: Sequence[dict[str, Any]], cuts: Sequence[int] = (), **settings: Any) -> tuple[list[Row], Tally]:
    """The records, and what became of the documents, read in ranges that end at these times."""
    joiner, reader = Joiner(ReadSettings(**settings), 10 * SECOND), Reader(FieldNames())
    batches, tally = [], Tally()
    begin = NOON
    for end in (*cuts, END):
        found = reader.begin()
        inside = [each for each in documents if begin <= (rfc3339(each["@timestamp"]) or 0) < end]
        reader.read(page(*inside), begin, end, found)
        joiner.push(found, None if end == END else end)
        batches.append(joiner.take())
        begin = end
    assert joiner.pending == 0
    assert joiner.tally.balanced
    tally = joiner.tally
    return rows(LogBatch.concat(batches).in_order()), tally


@pytest.mark.parametrize("seed", range(20))
def test_any_order_and_any_cuts_give_the_same(seed: int) -> None:
    documents, chance = story(3), random.Random(seed)
    expected = joined(documents)
    cuts = sorted(NOON + chance.randrange(180_000) * 1_000 for _ in range(chance.randint(1, 12)))
    shuffled = chance.sample(documents, len(documents))
    assert joined(shuffled, cuts) == expected
    assert expected[1].joined > 50


def test_lines_too_many_records_after_a_trace_began_are_not_its(tmp_path: Path) -> None:
    """As in files: also where the assembler doesn't see the records in between."""
    documents = [document(PODS[0], 0, stamp(1), TRACE[0], "stderr")]
    documents += [
        document(PODS[0], number, stamp(1 + number / 1_000), f"{stamp(1)} line {number}") for number in range(1, 1_100)
    ]
    documents += [document(PODS[0], 1_200 + number, stamp(3), line, "stderr") for number, line in enumerate(TRACE[1:])]
    found = joined(documents)
    assert found == by_file_source(documents, tmp_path)
    assert found[1].joined == 2


def test_a_long_line_is_cut_and_said_to_be() -> None:
    documents = [document(PODS[0], number, stamp(number), f"{number} " + "x" * 3_000) for number in range(3)]
    found, tally = joined(documents, max_line_bytes=2_000)
    assert [len(row.message) for row in found] == [2_000] * 3
    assert tally.remarks == {Remark.TRUNCATED: 3}


def test_of_two_that_say_the_same_the_one_that_tells_who_wrote_it_counts() -> None:
    one = document(PODS[0], 7, stamp(1), "2 the same")
    bare = {key: value for key, value in one.items() if key not in ("kubernetes", "container")}
    assert joined([one, bare]) == joined([bare, one])
    assert joined([one, bare])[0][0].origin.image == "registry.example/web:1.0"


def test_the_same_place_with_another_text_or_time_is_no_duplicate() -> None:
    one = document(PODS[0], 7, stamp(1), "2 the same")
    others = [document(PODS[0], 7, stamp(1), "2 another"), document(PODS[0], 7, stamp(2), "2 the same")]
    found, tally = joined([one, *others, one])
    assert len(found) == 3
    assert tally.dropped == {DropReason.DUPLICATE: 1}
    assert joined([*others, one, one]) == (found, tally)


@pytest.mark.parametrize(
    "odd",
    [
        "",
        "2026-03-02T12:00:01Z",
        "2026-03-02 12:00:01.234Z",
        "2026-03-32T12:00:01.234Z",
        "2026-03-02T25:00:01.234Z",
        "2026-03-02T12:0a:01.234Z",
        "2026-03-02T12:0/:01.234Z",
        "2026-03-02T12:00:01.23\N{ARABIC-INDIC DIGIT FOUR}Z",
    ],
)
def test_a_time_of_another_form_is_left_to_others(odd: str) -> None:
    assert times_of(["2026-03-02T12:00:01.234Z", odd]) is None


def test_many_times_at_once() -> None:
    chance = random.Random(7)
    moments = [chance.randrange(2_000_000_000_000) for _ in range(1_000)]
    texts = [datetime.fromtimestamp(at / 1_000, UTC).isoformat(timespec="milliseconds")[:23] + "Z" for at in moments]
    assert times_of(texts) == [rfc3339(text) for text in texts]
    assert times_of([]) == []
