"""Documents of every shape become entries: by the struct where they fit it, the careful way where they don't."""

from __future__ import annotations

import json
from typing import Any

import pytest

from ingest.accounting import DropReason, Remark
from ingest.elasticsearch.columns import Columns
from ingest.elasticsearch.hits import Reader
from ingest.elasticsearch.settings import FieldNames
from ingest.settings import SECOND
from parsers.formats import read_record
from tests.ingest.logs import NOON
from tests.parsers.events import falco, kubernetes, line, metricbeat

AT = "2026-03-02T12:00:01.234Z"
PATH = "/var/log/containers/web-7d9c5b6f4-x2x9p_shop_web-" + "a" * 64 + ".log"
METADATA: dict[str, Any] = {
    "kubernetes": {"namespace": "shop", "pod": {"name": "web-7d9c5b6f4-x2x9p"}, "container": {"name": "web"}},
    "container": {"image": {"name": "web:1.0"}},
}


def page(*sources: Any) -> bytes:
    """Hits as they come over the wire."""
    hits = [{"_index": "logs", "_id": f"id-{at}", "_source": each, "sort": [at]} for at, each in enumerate(sources)]
    return json.dumps({"pit_id": "x", "hits": {"hits": hits}}, ensure_ascii=False).encode()


def columns(*sources: Any, names: FieldNames | None = None, **options: Any) -> Columns:
    reader = Reader(names or FieldNames(), **options)
    found = reader.begin()
    reader.read(page(*sources), NOON, NOON + 60 * SECOND, found)
    assert found.tally.read == len(found.message) + found.tally.dropped.total()
    assert found.hits == len(sources)
    return found


def beat(message: Any = "hello", **fields: Any) -> dict[str, Any]:
    log = {"offset": 17, "file": {"path": PATH}}
    return {"@timestamp": AT, "message": message, "stream": "stdout", "log": log, **METADATA, **fields}


def entry(found: Columns, row: int = 0) -> tuple[Any, ...]:
    origin = found.origins[found.writer[row]]
    return (
        (found.time[row] - NOON) / SECOND,
        (origin.namespace, origin.workload, origin.pod, origin.container, origin.image),
        found.strands[found.strand[row]].partition,
        found.position[row],
        (found.stream[row], found.level[row], found.message[row]),
    )


WHOLE = (1.234, ("shop", "web", "web-7d9c5b6f4-x2x9p", "web", "web:1.0"), PATH, 17, ("stdout", "", "hello"))


def test_a_document_of_filebeat() -> None:
    assert entry(columns(beat())) == WHOLE


@pytest.mark.parametrize(
    "other",
    [
        {"message": {"an": "object"}, "@timestamp": AT},
        {"@timestamp": 1772452801234, "message": "a number of milliseconds"},
        {"@timestamp": AT, "message": "of another kind", "kubernetes": "a string"},
        {"@timestamp": AT, "message": "with dots", "kubernetes.namespace": "shop"},
        {"@timestamp": AT, "log": "of another shape", "kubernetes": {"namespace_name": "shop"}},
        {"@timestamp": AT, "message": None},
    ],
    ids=lambda other: str(other)[-30:],
)
def test_a_document_that_does_not_fit_leaves_the_others_as_they_are(other: dict[str, Any]) -> None:
    found = columns(beat(), other, beat())
    assert entry(found, 0) == entry(found, -1) == WHOLE


def test_the_careful_way_finds_the_same_as_the_fast_one() -> None:
    names = FieldNames(message=("nowhere",))
    assert entry(columns(beat(level="warn"), names=names)) == entry(columns(beat(level="warn")))


def test_keys_with_dots() -> None:
    document = {
        "@timestamp": AT,
        "message": "hello",
        "stream": "stdout",
        "log.offset": 17,
        "log.file.path": PATH,
        "kubernetes.namespace": "shop",
        "kubernetes.pod.name": "web-7d9c5b6f4-x2x9p",
        "kubernetes.container": {"name": "web"},
        "container.image.name": "web:1.0",
    }
    assert entry(columns(document)) == WHOLE


def test_what_fluent_bit_writes() -> None:
    kubernetes = {"namespace_name": "shop", "pod_name": "web-7d9c5b6f4-x2x9p", "container_name": "web", "host": "n1"}
    found = columns({"@timestamp": AT, "log": "hello\n", "stream": "stdout", "kubernetes": kubernetes})
    time, origin, partition, _, text = entry(found)
    assert (time, origin[:4], partition) == (1.234, ("shop", "web", "web-7d9c5b6f4-x2x9p", "web"), "logs")
    assert text == ("stdout", "", "hello")


def test_other_names_of_fields() -> None:
    names = FieldNames(
        time="when.exactly",
        message=("what", "payload.text"),
        level=("payload.severity",),
        namespace=("team",),
        workload=("app.name",),
        pod=("host.pod",),
        container=("unit",),
    )
    document = {
        "when": {"exactly": AT},
        "payload": {"text": "hello", "severity": "ERROR"},
        "message": "not this one",
        "team": "shop",
        "app.name": "cart",
        "host": {"pod": "cart-0"},
        "unit": "main",
    }
    time, origin, _, _, text = entry(columns(document, names=names))
    assert (time, origin[:4], text) == (1.234, ("shop", "cart", "cart-0", "main"), ("", "ERROR", "hello"))


def test_another_name_of_the_time_alone_is_read_as_fast() -> None:
    document = beat()
    document["event_time"] = document.pop("@timestamp")
    assert entry(columns(document, names=FieldNames(time="event_time"))) == WHOLE


@pytest.mark.parametrize(
    ("at", "seconds"),
    [
        ("2026-03-02T12:00:01.234567891Z", 1.234567),
        ("2026-03-02T12:00:01Z", 1.0),
        ("2026-03-02T12:00:01.5Z", 1.5),
        ("2026-03-02T14:00:01.234+02:00", 1.234),
        ("2026-03-02T12:00:01.234", 1.234),
        (1_772_452_801_234, 1.234),
        ("1772452801234", 1.234),
    ],
)
def test_times_in_the_forms_that_elasticsearch_takes(at: str | int, seconds: float) -> None:
    assert entry(columns(beat(**{"@timestamp": at})))[0] == pytest.approx(seconds)


def test_a_time_that_cannot_be_read_is_counted() -> None:
    found = columns(beat(**{"@timestamp": "yesterday"}), beat(**{"@timestamp": [[AT], None]}), beat())
    assert found.tally.dropped == {DropReason.NO_TIME: 2}
    assert entry(found) == WHOLE


def test_a_time_outside_of_what_was_searched_is_counted() -> None:
    found = columns(beat(**{"@timestamp": "2031-03-02T12:00:01.000Z"}))
    assert found.tally.dropped == {DropReason.IMPLAUSIBLE_TIME: 1}


def test_no_message_or_an_empty_one_is_counted() -> None:
    nothing = beat()
    del nothing["message"]
    assert columns(nothing, beat(""), beat(" \n")).tally.dropped == {DropReason.EMPTY: 3}


def test_an_object_as_message_is_its_json() -> None:
    assert columns(beat({"a": [1, "b"]})).message == ['{"a":[1,"b"]}']


def test_control_characters() -> None:
    found = columns(beat("a\x00b"), beat("\x01\x02\x03"), beat("\x1b[31mred\x1b[0m"), beat("tab\there"))
    assert found.message == ["a\ufffdb", "\x1b[31mred\x1b[0m", "tab\there"]
    assert found.tally.dropped == {DropReason.BINARY: 1}
    assert found.tally.remarks == {Remark.UNDECODABLE: 1}


def test_bytes_that_are_no_utf8_are_replaced() -> None:
    reader = Reader(FieldNames())
    found = reader.begin()
    reader.read(
        page(beat("caf\N{LATIN SMALL LETTER E WITH ACUTE}")).replace(b"\xc3\xa9", b"\xed\xa0\xbd"),
        NOON,
        NOON + 60 * SECOND,
        found,
    )
    assert found.message == ["caf\ufffd\ufffd\ufffd"]
    assert found.tally.remarks == {Remark.UNDECODABLE: 1}


def test_a_source_that_is_no_object_is_counted() -> None:
    assert columns("text", beat()).tally.dropped == {DropReason.MALFORMED: 1}


@pytest.mark.parametrize("junk", [b"", b"{}", b'{"hits": {"hits": 7}}', b"\xff"])
def test_what_is_no_page_is_an_error(junk: bytes) -> None:
    reader = Reader(FieldNames())
    with pytest.raises(ValueError, match="no page of hits"):
        reader.read(junk, NOON, NOON + 1, reader.begin())


def test_only_the_namespaces_that_are_asked_for() -> None:
    other = {**METADATA, "kubernetes": {"namespace": "infra"}}
    found = columns(beat("ours"), beat("theirs", **other), {**beat({}), **other}, wanted=["shop"])
    assert (found.message, found.tally.read) == (["ours"], 1)


def test_files_of_the_same_path_on_several_machines_are_told_apart() -> None:
    log = {"offset": 0, "file": {"path": "/var/log/syslog"}}
    document = {"@timestamp": AT, "message": "hello", "log": log}
    found = columns(*({**document, "host": {"name": name}} for name in ("a", "b", "a")))
    assert [entry(found, row)[2] for row in range(3)] == ["a:/var/log/syslog", "b:/var/log/syslog", "a:/var/log/syslog"]


def test_a_file_whose_metadata_comes_later_is_one_file() -> None:
    early = beat()
    del early["kubernetes"], early["container"]
    found = columns(early, beat())
    assert found.strand[0] == found.strand[1]
    assert [found.origins[number].image for number in found.writer] == ["", "web:1.0"]


def test_documents_without_a_place_have_one_from_their_id() -> None:
    document = {"@timestamp": AT, "message": "hello", "kubernetes": {"namespace": "shop"}}
    found = columns(document, document)
    assert found.position[0] != found.position[1]
    assert all(0 <= position < 1 << 63 for position in found.position)
    assert found.position == columns(document, document).position


def test_writers_of_the_past_are_forgotten() -> None:
    reader = Reader(FieldNames(), many=2)
    for number in range(5):
        found = reader.begin()
        kubernetes = {"namespace": "shop", "pod": {"name": f"pod-{number}"}}
        reader.read(page(beat(kubernetes=kubernetes)), NOON, NOON + 60 * SECOND, found)
        assert len(found.origins) <= 3
        assert found.origins[found.writer[0]].pod == f"pod-{number}"


def test_events_that_came_as_fields_are_the_json_that_they_were() -> None:
    event = kubernetes()
    falcosidekick = {"@timestamp": AT, **falco()}
    decoded = beat(event["message"], **{key: event[key] for key in ("reason", "type", "count", "involvedObject")})
    found = columns(beat("one"), decoded, falcosidekick, {**metricbeat(event), "@timestamp": AT}, beat("two"))
    told = [read_record(message) for message in found.message]
    assert told[1:4] == [read_record(line(event)), read_record(line(falco())), read_record(line(event))]
    assert (found.message[0], found.message[4]) == ("one", "two")
    assert entry(found, 1)[1] == WHOLE[1]
