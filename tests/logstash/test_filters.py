"""What filters make of documents: run by Logstash's Ruby and Elasticsearch's grok engine (filters.rb)."""

from __future__ import annotations

import gzip
import itertools
import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from ingest.filebeat import parse
from ingest.identity import origin_of_document, origin_of_path
from parsers.miner import DrainEngine
from parsers.redaction import redact
from tests.docs.markdown import ROOT
from tests.logstash.documents import AT, IDENTIFIED, NAMESPACES, PATHS, REFUSED, WHY_REFUSED
from tests.logstash.lines import ACCESS, HOSTILE, LEVELS, OBJECTS, PERSONAL, PLANTED, UNMASKABLE
from tests.logstash.running import Document, Ran, Run, run
from tests.parsers.batches import batch_of

DATA = ROOT.parent / "shared" / "data"
GOLDEN = Path(__file__).parents[1] / "parsers" / "golden"


def said(messages: Sequence[str]) -> list[Document]:
    return [{"@timestamp": AT, "message": message, "kubernetes": {"namespace": "shop"}} for message in messages]


def filebeat_documents() -> list[Document]:
    """What a real Filebeat sent."""
    if not DATA.is_dir():
        if os.environ.get("DRAINWATCH_REQUIRE_SERVERS") == "1":
            pytest.fail(f"no data under {DATA}")
        pytest.skip("no real logs beside the project")
    files = [path.read_text("utf-8").split("\n") for path in sorted((DATA / "filebeat").glob("*.ndjson"))]
    found = [json.loads(line) for lines in files for line in lines if line]
    # Filebeat's own metadata is no field of the event.
    return [{name: value for name, value in one.items() if name != "@metadata"} for one in found]


def real_documents() -> list[Document]:
    """Lines of many programs, of a real Filebeat, and of the services of Train Ticket."""
    found = filebeat_documents()
    found += said("\n".join(path.read_text("utf-8") for path in sorted(GOLDEN.glob("*.log"))).splitlines())
    for path in sorted((DATA / "train-ticket" / "containers").glob("*.log.gz")):
        with gzip.open(path, "rt", encoding="utf-8") as lines:
            found += said([json.loads(line)["log"].rstrip("\n") for line in itertools.islice(lines, 30)])
    return found


@pytest.fixture(scope="module")
def real() -> list[Document]:
    return real_documents()


@pytest.fixture(scope="module")
def ran(real: list[Document]) -> Mapping[str, Ran]:
    """Everything that the tests below look at, in one process."""
    with_json = [{"@timestamp": AT, "message": json.dumps(one)} for one, _ in OBJECTS]
    runs = {
        "plain": Run(real, environment={"MASK": "off"}),
        "masked": Run(real),
        "personal": Run(said([line for line, _ in PERSONAL]), files=["30-mask"]),
        "network": Run(
            said([line for line, _ in PERSONAL]), files=["30-mask"], environment={"MASK_ADDRESSES": "network"}
        ),
        "planted": Run([PLANTED]),
        "unmaskable": Run([UNMASKABLE]),
        "access": Run(said([line for line, _ in ACCESS])),
        "json": Run(with_json),
        "levels": Run(said([line for line, _ in LEVELS])),
        "hostile": Run(said(HOSTILE)),
        "paths": Run([{"message": "x", "log": {"file": {"path": path}}} for path in PATHS], files=["20-namespace"]),
        "routes": Run(
            [{"kubernetes": {"namespace": name}, "data_stream": {"dataset": "nginx.access"}} for name in NAMESPACES],
            files=["70-tidy", "80-route-by-namespace"],
        ),
        "ids": Run(IDENTIFIED, files=["91-output-daily"], then=shown("id", "line_id")),
        "keys": Run([*said(["x"]), {"message": "x"}], files=["92-output-kafka"], then=shown("key", "key")),
        "refused": Run([REFUSED], files=["dead-letters"]),
        "reasons": Run(
            [
                {"message": "x", "told": told}
                for told in (WHY_REFUSED, WHY_REFUSED.replace("'abc'", "'def'"), "Why not")
            ],
            files=["dead-letters"],
            before='filter { mutate { add_field => { "[@metadata][dead_letter_queue][reason]" => "%{told}" } } }',
        ),
    }
    return dict(zip(runs, run(runs.values()), strict=True))


def shown(name: str, inside: str) -> str:
    """A filter that shows what is in @metadata."""
    return f'filter {{ mutate {{ add_field => {{ "{name}" => "%{{[@metadata][{inside}]}}" }} }} }}'


def at(document: Document, path: str) -> Any:
    found: Any = document
    for name in path.split("."):
        found = found.get(name) if isinstance(found, dict) else None
    return found


def flat(document: Document, before: str = "") -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in document.items():
        found |= flat(value, f"{before}{name}.") if isinstance(value, dict) else {f"{before}{name}": value}
    return found


def added(document: Document) -> dict[str, Any]:
    """What filters added to a line of `said`."""
    return {
        name: value
        for name, value in flat(document).items()
        if name not in ("@timestamp", "message", "kubernetes.namespace")
    }


def templates(documents: Sequence[Document]) -> list[tuple[str, str]]:
    """Level and id of each document's template, in order, as drainwatch reads them."""
    read = [parse(json.dumps(one)) for one in documents]
    engine = DrainEngine()
    batch = batch_of([one.message or "" for one in read if one], levels=[one.level for one in read if one])
    parsed, catalogue = engine.parse(batch), engine.catalogue("shop")
    return [(catalogue[id_].level, id_) for id_ in (parsed.templates[number] for number in parsed.template)]


def test_drainwatch_reads_the_same_with_and_without_logstash(real: list[Document], ran: Mapping[str, Ran]) -> None:
    file = origin_of_path("logs.ndjson", "default")
    for before, after in zip(real, ran["plain"].documents, strict=True):
        one, other = parse(json.dumps(before)), parse(json.dumps(after))
        assert one is not None
        assert other is not None
        assert origin_of_document(other.names, file) == origin_of_document(one.names, file)
        same = {"level": "", "names": None}
        assert other._asdict() | same == one._asdict() | same
    assert templates(ran["plain"].documents) == templates(real)


def test_masked_lines_fall_into_the_same_templates(real: list[Document], ran: Mapping[str, Ran]) -> None:
    pairs = set(zip(templates(real), templates(ran["masked"].documents), strict=True))
    assert len(pairs) > 150
    assert len(pairs) == len({one for one, _ in pairs}) == len({other for _, other in pairs})
    assert all(one[0] == other[0] for one, other in pairs)  # levels


def test_it_is_masked_what_drainwatch_masks_and_no_less(real: list[Document], ran: Mapping[str, Ran]) -> None:
    for before, after in zip(real, ran["masked"].documents, strict=True):
        if isinstance(message := before.get("message"), str):
            masked = after["message"]
            assert redact(masked) == masked
            if "<VALUE>" not in masked and "<USER>" not in masked and not message.startswith("{"):
                assert masked == redact(message)


@pytest.mark.parametrize("number", range(len(PERSONAL)))
def test_personal_data_is_masked_and_the_rest_is_readable(ran: Mapping[str, Ran], number: int) -> None:
    assert ran["personal"].documents[number]["message"] == PERSONAL[number][1]


def test_the_network_of_addresses_can_be_kept(ran: Mapping[str, Ran]) -> None:
    kept = "\n".join(one["message"] for one in ran["network"].documents)
    assert "from 192.0.2.0 port 55001" in kept
    assert "2001:db8:1::" in kept
    assert "192.0.2.7" not in kept
    assert "2001:db8:1:2" not in kept


def test_nothing_planted_is_left_anywhere(ran: Mapping[str, Ran]) -> None:
    (after,) = ran["planted"].documents
    left = json.dumps(after)
    for secret in ("anna", "example.com", "192.0.2.7", "4111", "hunter2", "DE89", "eyJ", "170 1234567"):
        assert secret not in left, secret
    assert after["app"] == {"user": "<EMAIL>", "deep": [{"a": "<IP>"}, 7, None, True]}
    assert after["login"] == {"password": "<SECRET>", "api_key": ["<SECRET>"], "pin_token": None, "card": None}
    assert after["seen"] == {"<EMAIL>": 1, "token_count": 5}
    assert at(after, "kubernetes.pod.ip") == "10.244.0.9"
    assert at(after, "event.original") is None


def test_a_line_that_can_be_neither_masked_nor_emptied_is_left_out(ran: Mapping[str, Ran]) -> None:
    assert ran["unmaskable"].documents == [None]


def test_json_stays_json_when_it_is_masked(real: list[Document], ran: Mapping[str, Ran]) -> None:
    for before, after in zip(real, ran["masked"].documents, strict=True):
        try:
            whole = json.loads(before.get("message", ""))
        except ValueError:
            continue
        masked = json.loads(after["message"])
        if isinstance(whole, dict):
            assert list(masked) == list(whole)


@pytest.mark.parametrize("number", range(len(ACCESS)))
def test_access_logs(ran: Mapping[str, Ran], number: int) -> None:
    assert added(ran["access"].documents[number]) == ACCESS[number][1]


@pytest.mark.parametrize("number", range(len(OBJECTS)))
def test_json_of_applications(ran: Mapping[str, Ran], number: int) -> None:
    after = ran["json"].documents[number]
    assert json.loads(after["message"]) == OBJECTS[number][0]
    assert added(after) == OBJECTS[number][1]
    assert after["@timestamp"] == AT


@pytest.mark.parametrize("number", range(len(LEVELS)))
def test_levels(ran: Mapping[str, Ran], number: int) -> None:
    assert at(ran["levels"].documents[number], "log.level") == LEVELS[number][1]


def test_hostile_lines_take_no_longer_than_they_are_long(ran: Mapping[str, Ran]) -> None:
    assert ran["hostile"].seconds < 60  # an exponential mask would take hours
    for before, after in zip(HOSTILE, ran["hostile"].documents, strict=True):
        assert "_masking_failed" not in after.get("tags", [])
        assert "_access_log_timeout" not in after.get("tags", [])
        assert "_level_timeout" not in after.get("tags", [])
        assert len(after["message"]) <= 2 * len(before)


def test_the_path_of_the_file_says_who_wrote_it(ran: Mapping[str, Ran]) -> None:
    for after, expected in zip(ran["paths"].documents, PATHS.values(), strict=True):
        found = tuple(at(after, f"kubernetes.{name}") for name in ("namespace", "pod.name", "container.name"))
        assert found == expected
        assert "tags" not in after


def test_a_namespace_has_a_data_stream_of_its_own_and_no_document_chooses_one(ran: Mapping[str, Ran]) -> None:
    for after, expected in zip(ran["routes"].documents, NAMESPACES.values(), strict=True):
        dataset = at(after, "data_stream.dataset")
        assert dataset == expected
        assert dataset is None or (len(dataset) <= 100 and "-" not in dataset)


def test_a_dead_letter_has_only_what_fits_any_mapping(ran: Mapping[str, Ran]) -> None:
    (after,) = ran["refused"].documents
    assert flat(after) == {
        "@timestamp": AT,
        "message": "x" * 1_000_000,
        "kubernetes.namespace": "shop",
        "kubernetes.pod.name": "web-0",
        "log.file.path": "/var/log/containers/a.log",
        "log.level": "error",
        "log.offset": 7,
        "event.reason": "",
        "tags": ["_dead_letter"],
    }


def test_a_dead_letter_says_why_it_was_refused_and_not_what_it_was(ran: Mapping[str, Ran]) -> None:
    first, second, other = (at(one, "event.reason") for one in ran["reasons"].documents)
    assert first == second
    assert first == ("document_parsing_exception: failed to parse field [http.response.status_code] of type [long]")
    assert other == "Why not"


def test_the_same_line_gets_the_same_id_and_no_other_line_does(ran: Mapping[str, Ran]) -> None:
    first, again, later, elsewhere, *unknown = (one["id"] for one in ran["ids"].documents)
    assert first == again
    assert len({first, later, elsewhere, *unknown}) == 3 + len(unknown)


def test_a_message_is_keyed_by_its_namespace(ran: Mapping[str, Ran]) -> None:
    assert [one["key"] for one in ran["keys"].documents] == ["shop", "unknown"]
