"""A partition as a source: wherever reading stops and goes on, the same lines are counted, each once."""

from __future__ import annotations

import json
import random
from collections import Counter
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from detector.pipeline import Pipeline
from detector.settings import DetectionSettings, Settings
from detector.store.port import Store
from detector.store.sqlite import open_store
from ingest.accounting import DropReason, Tally
from ingest.feed import Rules
from ingest.kafka.messages import Message, Refused
from ingest.kafka.rules import PartitionRules
from ingest.kafka.source import AT_ONCE, PartitionSource
from ingest.settings import ReadSettings
from parsers.miner import DrainEngine
from tests.kafka.documents import SECOND, Node, messages, partition
from tests.native.installed import installed
from tests.parsers import events

BEGIN = 1_780_000_020 * SECOND
SETTINGS = Settings(detection=DetectionSettings(window="5s", lateness="1s", learn="24h"))


class Reading:
    """A partition that is read into a store, by one reader after another."""

    def __init__(self, log: Sequence[Message], store: Store, core: ModuleType | None = None, **rules: Any) -> None:
        self.log, self.store, self.now = log, store, BEGIN + 3_600 * SECOND
        self.rules = PartitionRules(
            Rules(ReadSettings(), SECOND, None, core),
            lateness=SECOND,
            **{"disorder": 3 * SECOND, "delay": SECOND, **rules},
        )
        self.refused: list[Refused] = []
        self.foreign: frozenset[str] = frozenset()
        self.begin()

    def begin(self, low: int = 0) -> None:
        """A reader takes over; all before the offset `low` is deleted by then."""
        self.source = PartitionSource(
            "logs",
            0,
            self.rules,
            clock=lambda: self.now,
            checkpoints=self.store.checkpoints(),
            topic_id="one",
            claim=lambda names: self.foreign & frozenset(names),
            refuse=self.refused.extend,
        )
        self.pipeline = Pipeline(self.source, DrainEngine(), self.store, SETTINGS)
        self.source.check(low)
        self.fetched = max(self.source.begin or 0, low)

    def fetch(self, most: int) -> bool:
        """Hand over the next messages and read them; False where there are no more."""
        some = self.log[self.fetched : self.fetched + most]
        self.source.put(list(some))
        self.fetched += len(some)
        self.pipeline.poll()
        return bool(some)

    def end(self) -> None:
        """Nothing comes any more: the clock goes on until all windows are closed."""
        while self.fetch(1_000):
            pass
        self.now += 3_600 * SECOND
        self.source.reached(self.now, len(self.log))
        self.pipeline.poll()
        self.now += 60 * SECOND
        self.source.reached(self.now, len(self.log))
        self.pipeline.poll()
        self.pipeline.close_windows()


def counts(store: Store) -> dict[str, list[tuple[int, dict[str, int]]]]:
    """By namespace, what each window holds by the text of its template."""
    text = {template.id: template.text for template in store.templates()}
    return {
        status.namespace: [
            (one.window, {text[id_]: n for id_, n in sorted(zip(one.templates, one.counts.tolist(), strict=True))})
            for one in store.counts(status.namespace)
        ]
        for status in store.statuses()
    }


def lines(store: Store) -> Counter[str]:
    """Records in all windows, by namespace."""
    return Counter(
        {
            name: total
            for name, windows in counts(store).items()
            if (total := sum(sum(one.values()) for _, one in windows))
        }
    )


@pytest.fixture(params=["python", "native"])
def core(request: pytest.FixtureRequest) -> ModuleType | None:
    """Either way of reading documents."""
    return None if request.param == "python" else installed()


def undisturbed(log: Sequence[Message], path: Path) -> tuple[dict[str, Any], Tally]:
    with closing(open_store(path)) as store:
        reading = Reading(log, store)
        reading.end()
        return counts(store), store.tally()


@pytest.mark.parametrize("seed", range(4))
def test_a_reader_that_is_replaced_at_any_moment_costs_nothing_and_doubles_nothing(
    tmp_path: Path, seed: int, core: ModuleType | None
) -> None:
    log = messages(list(partition(seed, BEGIN, 240)))
    expected, account = undisturbed(log, tmp_path / "one.sqlite")
    rng = random.Random(seed)
    with closing(open_store(tmp_path / "two.sqlite")) as store:
        reading, taken_over = Reading(log, store, core, remembered=50), set[int]()
        for _ in range(12):
            for _ in range(rng.randrange(1, 8)):
                reading.fetch(rng.choice((1, 20, 150)))
            if rng.random() < 0.7:
                reading.pipeline.close_windows()
            reading.begin()
            taken_over.add(reading.source.begin or 0)
        reading.end()
        assert counts(store) == expected
        assert (store.tally(), store.tally().balanced) == (account, True)
    assert len(taken_over) > 3
    assert account.read == len(log)
    assert account.joined > 0


def test_lines_of_a_trace_are_joined_across_a_handover(tmp_path: Path, core: ModuleType | None) -> None:
    node = Node("node-1", random.Random(1))
    texts = ("ERROR can't add", "java.lang.Error: no", "    at com.shop.A.b(A.java:1)")
    times = (4_900_000, 4_950_000, 5_500_000)  # the last line stands in a window that is still open
    trace = [node.document(BEGIN + time, "shop", "cart", text) for time, text in zip(times, texts, strict=True)]
    paid, done, more, end = (
        node.document(BEGIN + int(second * SECOND), namespace, "cart", f"INFO after {second} s")
        for second, namespace in ((6, "pay"), (7, "shop"), (7.5, "pay"), (7.6, "shop"))
    )
    log = messages([json.dumps(one).encode() for one in (*trace[:2], paid, trace[2], done, more, end)])
    with closing(open_store(tmp_path / "store.sqlite")) as store:
        reading = Reading(log, store, core, disorder=0)
        reading.fetch(7)
        reading.pipeline.close_windows()
        place = store.checkpoints()["logs/0"]
        assert (place.resume_at, json.loads(place.identity)["strays"]) == (2, [3])
        reading.begin()
        reading.end()
        assert lines(store) == {"shop": 3, "pay": 2}
        assert (store.tally().read, store.tally().joined) == (7, 2)


def test_a_document_that_was_sent_again_is_counted_once_also_by_the_next_reader(
    tmp_path: Path, core: ModuleType | None
) -> None:
    rng = random.Random(3)
    values = list(partition(3, BEGIN, 60))
    again = [json.dumps({**json.loads(value), "agent": {"ephemeral_id": "new"}}).encode() for value in values[-50:]]
    log = messages([*values, *again])
    expected, _ = undisturbed(messages(values), tmp_path / "one.sqlite")
    with closing(open_store(tmp_path / "two.sqlite")) as store:
        reading = Reading(log, store, core)
        for _ in range(8):
            while reading.fetch(rng.randrange(1, 60)) and rng.random() < 0.7:
                pass
            reading.pipeline.close_windows()
            reading.begin()
        reading.end()
        assert counts(store) == expected
        assert store.tally().dropped == {DropReason.DUPLICATE: 50}
        assert store.tally().read == len(log)


def test_what_another_partition_owns_is_refused_and_accounted_for(tmp_path: Path, core: ModuleType | None) -> None:
    log = messages(list(partition(4, BEGIN, 60)))
    with closing(open_store(tmp_path / "store.sqlite")) as store:
        reading = Reading(log, store, core)
        reading.foreign = frozenset({"pay"})
        reading.end()
        assert set(lines(store)) == {"shop"}
        tally = store.tally()
        assert tally.balanced
        assert tally.dropped[DropReason.FOREIGN] > 0
    documents = [json.loads(refused.message.value) for refused in reading.refused]
    assert {one["kubernetes"]["namespace"] for one in documents} == {"pay"}
    assert len(documents) == sum(b'"namespace":"pay"' in message.value for message in log)
    assert {refused.reason for refused in reading.refused} == {DropReason.FOREIGN}


def test_a_topic_that_was_made_anew_is_not_taken_for_the_old_one(tmp_path: Path, core: ModuleType | None) -> None:
    log = messages(list(partition(5, BEGIN, 30)))
    with closing(open_store(tmp_path / "store.sqlite")) as store:
        reading = Reading(log, store, core)
        reading.end()
        source = PartitionSource(
            "logs", 0, reading.rules, clock=lambda: BEGIN, checkpoints=store.checkpoints(), topic_id="two"
        )
    assert (source.name, source.begin) == ("logs/0@two", None)


def test_each_workload_of_a_namespace_that_is_split_is_a_namespace_of_its_own(
    tmp_path: Path, core: ModuleType | None
) -> None:
    node = Node("node-1", random.Random(1))
    log = messages(
        [
            json.dumps(node.document(BEGIN + i, namespace, workload, f"INFO line {i}")).encode()
            for i, (namespace, workload) in enumerate((("shop", "cart"), ("shop", "web"), ("pay", "desk")))
        ]
    )
    with closing(open_store(tmp_path / "store.sqlite")) as store:
        Reading(log, store, core, split=frozenset({"shop"})).end()
        assert lines(store) == {"shop.cart": 1, "shop.web": 1, "pay": 1}


def test_windows_close_by_the_clock_only_when_the_end_was_read(tmp_path: Path, core: ModuleType | None) -> None:
    log = messages(list(partition(6, BEGIN, 30)))
    with closing(open_store(tmp_path / "store.sqlite")) as store:
        reading = Reading(log, store, core)
        reading.fetch(20)
        reading.now += 600 * SECOND
        reading.source.reached(reading.now, len(log))
        reading.fetch(0)
        assert (reading.source.watermark or 0) < BEGIN + 30 * SECOND
        while reading.fetch(1_000):
            pass
        reading.fetch(0)
        assert (reading.source.watermark or 0) > BEGIN + 30 * SECOND


@pytest.mark.parametrize("read_before", [0, 250, 600])
def test_what_was_deleted_before_it_was_read_is_told_and_counted_and_reading_goes_on_behind_it(
    tmp_path: Path, core: ModuleType | None, read_before: int
) -> None:
    log, low = messages(list(partition(7, BEGIN, 120))), 300
    with closing(open_store(tmp_path / "store.sqlite")) as store:
        reading = Reading(log, store, core)
        reading.fetch(read_before)
        reading.pipeline.close_windows()
        resume = store.checkpoints()["logs/0"].resume_at if read_before else 0
        reading.begin(low)
        reading.end()
        tally = store.tally()
        assert (tally.read, tally.pending, tally.balanced) == (len(log), 0, True)
        if read_before < low:
            assert [problem.message for problem in reading.source.problems] == [
                f"{low - resume} messages, from offset {resume} on, were deleted before they were read, and are in no "
                "count. Keep messages longer than reading may be away or behind: retention.ms, retention.bytes."
            ]
            assert tally.dropped[DropReason.DELETED] >= low - read_before
            assert sum(lines(store).values()) < tally.records + tally.joined
        else:
            assert reading.source.problems == []
            assert counts(store) == undisturbed(log, tmp_path / "one.sqlite")[0]
        reading.begin(low)
        assert reading.source.problems == []


def test_what_is_deleted_while_it_is_about_to_be_read_is_lost_alone(tmp_path: Path, core: ModuleType | None) -> None:
    log = messages(list(partition(8, BEGIN, 120)))
    left = [message for message in log if not 200 <= message.offset < 350]
    with closing(open_store(tmp_path / "store.sqlite")) as store:
        reading = Reading(left, store, core)
        reading.fetch(200)
        reading.source.deleted_before(350)
        reading.end()
        assert store.tally().dropped == {DropReason.DELETED: 150}
        assert (store.tally().read, store.tally().balanced) == (len(log), True)
        assert len(reading.source.problems) == 1
        assert counts(store) == undisturbed(left, tmp_path / "one.sqlite")[0]


def test_offsets_that_hold_no_message_are_not_taken_for_lost_ones(tmp_path: Path, core: ModuleType | None) -> None:
    log = [Message(3 * message.offset, message.value) for message in messages(list(partition(9, BEGIN, 30)))]
    with closing(open_store(tmp_path / "store.sqlite")) as store:
        reading = Reading(log, store, core)
        reading.end()
        assert (reading.source.problems, store.tally().read) == ([], len(log))


def test_a_message_that_is_too_large_is_refused_and_counted(tmp_path: Path, core: ModuleType | None) -> None:
    values = list(partition(10, BEGIN, 20))
    large = json.dumps({"message": "x" * 5_000}).encode()
    log = messages([*values[:30], large, *values[30:]])
    with closing(open_store(tmp_path / "store.sqlite")) as store:
        reading = Reading(log, store, core, largest=5_000)
        reading.end()
        assert store.tally().dropped == {DropReason.TOO_LARGE: 1}
        assert (store.tally().read, store.tally().balanced) == (len(log), True)
        assert counts(store) == undisturbed(messages(values), tmp_path / "one.sqlite")[0]
    assert [(one.message.offset, one.reason) for one in reading.refused] == [(30, DropReason.TOO_LARGE)]


def test_a_record_that_is_refused_is_handed_on_with_its_lines_each_once(
    tmp_path: Path, core: ModuleType | None
) -> None:
    node = Node("node-1", random.Random(1))
    trace = [
        node.document(0, "shop", "cart", text) for text in ("ERROR no", "java.lang.Error: no", "\tat a.B(B.java:1)")
    ]
    log = messages([b"no JSON", *(json.dumps(one).encode() for one in trace), b'{"message": "when?"}'])
    with closing(open_store(tmp_path / "store.sqlite")) as store:
        reading = Reading(log, store, core)
        reading.end()
        assert store.tally().balanced
    assert [(one.message.offset, one.reason) for one in sorted(reading.refused, key=lambda it: it.message.offset)] == [
        (0, DropReason.MALFORMED),
        (1, DropReason.IMPLAUSIBLE_TIME),
        (2, DropReason.IMPLAUSIBLE_TIME),
        (3, DropReason.IMPLAUSIBLE_TIME),
        (4, DropReason.NO_TIME),
    ]


def test_where_the_broker_says_when_messages_came_windows_close_by_that(
    tmp_path: Path, core: ModuleType | None
) -> None:
    node = Node("node-1", random.Random(1))
    log = [
        Message(
            i,
            json.dumps(node.document(BEGIN + i * SECOND, "shop", "cart", "INFO on")).encode(),
            None,
            BEGIN + i * SECOND,
        )
        for i in range(30)
    ]
    with closing(open_store(tmp_path / "store.sqlite")) as store:
        reading = Reading(log, store, core)
        reading.fetch(30)
        assert reading.source.watermark == BEGIN + 28 * SECOND


@pytest.mark.parametrize("deleted", [False, True], ids=["marks", "deleted"])
def test_an_end_without_a_message_is_the_end_all_the_same(
    tmp_path: Path, core: ModuleType | None, deleted: bool
) -> None:
    log = messages(list(partition(12, BEGIN, 30)))
    end = len(log) + 3
    with closing(open_store(tmp_path / "store.sqlite")) as store:
        reading = Reading(log, store, core)
        reading.fetch(1_000)
        if deleted:
            reading.source.deleted_before(end)
        reading.source.passed(end)
        for _ in range(3):
            reading.now += 60 * SECOND
            reading.source.reached(reading.now, end)
            reading.pipeline.poll()
        reading.pipeline.close_windows()
        assert (store.closed_until() or 0) > reading.now - 20 * SECOND
        assert store.checkpoints()["logs/0"].resume_at == end
        assert store.tally().dropped == ({DropReason.DELETED: 3} if deleted else {})
        assert len(reading.source.problems) == deleted


def test_what_was_passed_is_believed_only_when_all_was_read_that_was_put_before(tmp_path: Path) -> None:
    log = messages(list(partition(13, BEGIN, 1_500)))
    with closing(open_store(tmp_path / "store.sqlite")) as store:
        reading = Reading(log, store)
        reading.source.put(list(log))
        reading.source.passed(len(log))
        reading.end()
        assert (len(log) > AT_ONCE, store.tally().read) == (True, len(log))


def test_what_falco_reports_is_an_incident_at_once(core: ModuleType | None, tmp_path: Path) -> None:
    node = Node("node-1", random.Random(1))
    shell, back_off = events.falco(), events.kubernetes()
    told = [node.document(BEGIN + SECOND, "security", "falco", events.line(shell))]
    told.append({**node.document(BEGIN + 2 * SECOND, "security", "exporter", back_off["message"]), **back_off})
    told += [node.document(BEGIN + at * SECOND, "security", "falco", "INFO at work") for at in range(3, 40)]
    log = messages([json.dumps(each).encode() for each in told])
    with closing(open_store(tmp_path / "store.sqlite")) as store:
        Reading(log, store, core).end()
        workloads = {template.text: template.workload for template in store.templates()}
        (incident,) = store.incidents().items
    assert workloads == {
        f"Falco: {events.RULE}": "payments/ledger",
        "Pod BackOff": "payments/ledger",
        "at work": "falco",
    }
    assert (incident.namespace, incident.reasons[0].template) == ("security", f"Falco: {events.RULE}")
