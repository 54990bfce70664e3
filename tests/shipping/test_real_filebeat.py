"""A real Filebeat with our configuration: drainwatch counts what it sends as it counts the files themselves."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from confluent_kafka import Message

from ingest.accounting import DropReason
from tests.kafka.running import everything, undisturbed
from tests.length import AT_LENGTH
from tests.servers.kafka import Broker
from tests.servers.kafka_access import PASSWORD, SUPERUSER
from tests.servers.missing import MissingError, skip
from tests.shipping.configuration import INPUTS, Tree, reading
from tests.shipping.filebeat import Filebeat, adapted, build, built, to_file, to_kafka, to_logstash
from tests.shipping.lumberjack import listening, write_certificates
from tests.shipping.nodes import CONTROL, UID, Found, add, in_order, node, parts, records
from tests.shipping.traces import container_lines

# The first one may have to build it.
pytestmark = [pytest.mark.long, pytest.mark.timeout(1_800 if AT_LENGTH else 120)]


@pytest.fixture(scope="module", autouse=True)
def program() -> Path:
    """Filebeat, which takes minutes to build: only at length, or where that was done before."""
    if not AT_LENGTH and not built().is_file():
        pytest.skip("Filebeat isn't built yet: DRAINWATCH_AT_LENGTH=1 builds it")
    try:
        return build()
    except MissingError as missing:
        skip(str(missing))


@pytest.fixture(scope="module")
def logs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A node's root."""
    return node(tmp_path_factory.mktemp("node"))


@contextmanager
def shipping(file: str, root: Path, output: Tree) -> Iterator[Filebeat]:
    filebeat = Filebeat(adapted(file, root), output)
    try:
        filebeat.start()
        filebeat.wait()
        yield filebeat
    finally:
        filebeat.close()


def settled(filebeat: Filebeat) -> None:
    """Wait until nothing has come for longer than a stack trace may wait for its next line."""
    seen: list[int] = []

    def is_quiet(counters: dict[str, int]) -> bool:
        seen.append(counters.get("acked", 0))
        return len(seen) > 70 and len(set(seen[-70:])) == 1 and bool(seen[-1])

    filebeat.until(is_quiet)


def of_files(root: Path) -> Counter[Found]:
    """What drainwatch finds in the files, less what ends beyond where Filebeat cuts."""
    found = records(sorted((root / "var/log/containers").iterdir()))
    assert any(record.message.count("\n") > 5 for record in found)
    return found


@pytest.mark.parametrize("file", INPUTS)
def test_drainwatch_counts_its_documents_as_it_counts_the_files(file: str, logs: Path, tmp_path: Path) -> None:
    with shipping(file, logs, to_file(tmp_path)) as filebeat:
        settled(filebeat)
    found, wanted = records([in_order(tmp_path / "documents")]), of_files(logs)
    assert found - wanted == Counter()
    assert wanted - found == Counter()


def test_kafka_gets_every_line_under_its_namespace_whatever_happens_meanwhile(
    kafka: Broker, topic: Callable[..., str], tmp_path: Path
) -> None:
    name = topic(3)
    log = add(tmp_path, "shop", "web-0", "app", "".join(container_lines(said(0, 500))).encode())
    add(tmp_path, "pay", "bank-0", "app", "".join(container_lines(said(0, 500), 1)).encode())
    add(tmp_path, "pay", "long-0", "app", parts(CONTROL).encode())
    output = to_kafka(kafka.sasl_address, name, kafka.ca_file, SUPERUSER, PASSWORD)
    with shipping("input-static.yml", tmp_path, output) as filebeat:
        filebeat.has_sent(500)
        with log.open("a") as file:
            file.writelines(container_lines(said(500, 1_000), 2))
        filebeat.kill()
        filebeat.start()
        filebeat.wait()
        until_arrived(filebeat, kafka, name, said(0, 1_000))
        log.rename(log.with_name("0.log.20260302-120003"))
        log.write_text("".join(container_lines(said(1_000, 1_500), 4)))
        until_arrived(filebeat, kafka, name, said(0, 1_500))
    sent = arrived(kafka, name)
    for document, message in sent:
        assert (message.key() or b"").decode() == document["kubernetes"]["namespace"]
        assert len(message.value() or b"") <= 1_000_000
    longest = max((document for document, _ in sent), key=lambda one: len(one["message"]))
    assert len(longest["message"]) == reading("input-static.yml")["message_max_bytes"]
    assert longest["log"]["flags"] == ["truncated"]
    found = undisturbed(tmp_path / "store", kafka.address, name)
    read, records_, joined, pending, dropped = found["lines"]
    assert (records_, joined, pending) == (1_500 + 500, 0, 0)
    assert dropped.pop(DropReason.BINARY) == 1
    assert read - records_ - 1 == dropped.pop(DropReason.DUPLICATE, 0)
    assert not dropped


def arrived(kafka: Broker, topic: str) -> list[tuple[dict[str, Any], Message]]:
    """What the topic holds."""
    messages = [message for some in everything(kafka.address, topic).values() for message in some]
    return [(json.loads(message.value() or b""), message) for message in messages]


def until_arrived(filebeat: Filebeat, kafka: Broker, topic: str, lines: list[str]) -> None:
    """Wait until all these lines of `shop` are there."""

    def are_there(_: object) -> bool:
        documents = (document for document, _ in arrived(kafka, topic))
        return set(lines) <= {one["message"] for one in documents if one["kubernetes"]["namespace"] == "shop"}

    filebeat.until(are_there)


def said(begin: int, end: int) -> list[str]:
    """Lines that differ."""
    return [f"INFO added item {number} to cart" for number in range(begin, end)]


def test_logstash_and_filebeat_know_each_other_by_their_certificates(tmp_path: Path) -> None:
    context = write_certificates(tmp_path)
    add(tmp_path, "shop", "web-0", "app", "".join(container_lines(said(0, 3))).encode())
    # What ships logs is not to ship its own, and a file of less than 64 bytes can't be told from others yet.
    add(tmp_path, "logging", "filebeat-x2x7k", "filebeat", "".join(container_lines(said(0, 9), 1)).encode())
    add(tmp_path, "logging", "kibana-0", "kibana", "".join(container_lines(said(0, 9), 2)).encode())
    add(tmp_path, "shop", "short-0", "app", "".join(container_lines(["OK"], 3)).encode())
    with listening(context) as receiver:
        with shipping("input-static.yml", tmp_path, to_logstash(receiver.address, tmp_path)) as filebeat:
            filebeat.has_sent(3 + 9)
        assert receiver.clients == {"filebeat"}
        assert receiver.versions == {"TLSv1.3"}
        pods = Counter(document["kubernetes"]["pod"]["name"] for document in receiver.documents)
        assert pods == {"web-0": 3, "kibana-0": 9}


def test_a_document_says_what_is_needed_and_little_more(logs: Path, tmp_path: Path) -> None:
    with shipping("input-static.yml", logs, to_file(tmp_path)) as filebeat:
        filebeat.has_sent(1_000)
    documents = [json.loads(line) for line in (tmp_path / "documents").read_bytes().splitlines()]
    for document in documents:
        pod, container = document["log"]["file"]["path"].split("/")[-3:-1]
        names = document["kubernetes"]
        assert f"{names['namespace']}_{names['pod']['name']}_{UID}" == pod
        assert names["container"]["name"] == container
        assert document["host"] == {"name": "node-1"}
        assert document["stream"] in ("stdout", "stderr")
        assert set(document["log"]) - {"flags"} == {"offset", "file"}
        assert set(document) == {"@timestamp", "@metadata", "agent", "host", "kubernetes", "log", "message", "stream"}
