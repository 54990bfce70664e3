"""What Elasticsearch refuses, loses or mixes up is said, and what can be saved is saved."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from ingest.accounting import DropReason
from tests.faults.logs import SECOND, Document, Writer, by_window, make_index, ship
from tests.faults.program import Pace, Program, set_up
from tests.faults.results import closed_until, counts_by_window, tally
from tests.faults.shipping import Shipper
from tests.length import older_in_full
from tests.servers.elasticsearch import Server

WINDOW = 2 * SECOND
PACE = Pace(window="2s", learn="20s", patience="1s")


class Running:
    """A service that follows what is shipped while a test does what it likes."""

    def __init__(self, server: Server, prefix: str, folder: Path) -> None:
        self.server, self.prefix, self.index = server, prefix, f"filebeat-{prefix}-1"
        make_index(server.client, self.index)
        set_up(server, prefix, folder / "setup")
        begin = (time.time_ns() // 1_000 - 30 * SECOND) // WINDOW * WINDOW
        self.shipper = Shipper(server.client, self.index, begin)
        self.program = Program(
            folder / "service", server.connection("service"), f"filebeat-{prefix}-*", prefix, PACE, history="1h"
        )

    def begin(self) -> None:
        """Until it is live."""
        self.shipper.start()
        self.program.serve()
        self.program.wait_for(lambda: bool(self.program.status()["phase"] == "live"))

    def goes_on(self) -> None:
        """Waits until windows are closed that begin only now."""
        now = time.time_ns() // 1_000
        self.program.wait_for(lambda: closed_until(self.server.connection(), self.prefix) > now + WINDOW)
        assert self.program.status()["error"] is None

    def end(self) -> int:
        """Waits until all that was shipped is read; the end of the last whole window (microseconds UTC)."""
        end = self.shipper.stop() // WINDOW * WINDOW
        self.program.wait_for(lambda: closed_until(self.server.connection(), self.prefix) >= end)
        return end


@contextmanager
def running(server: Server, prefix: str, folder: Path) -> Iterator[Running]:
    service = Running(server, prefix, folder)
    service.begin()
    try:
        yield service
        assert service.program.stop() == 0
        assert tally(server.connection(), prefix).balanced
        assert "Traceback" not in service.program.text
    finally:
        service.shipper.stop()
        service.program.kill()


def counted(service: Running, end: int) -> bool:
    """Whether every line that was shipped is in the count of its window."""
    found = counts_by_window(service.server.connection(), service.prefix, end)
    return found == by_window(service.shipper.written, WINDOW, end)


@older_in_full
def test_a_disk_that_is_full_is_told_until_there_is_room_again_and_then_nothing_is_missing(
    elasticsearch: Server, prefix: str, tmp_path: Path
) -> None:
    with running(elasticsearch, prefix, tmp_path) as service:
        # What Elasticsearch does by itself above the flood-stage watermark.
        block: Callable[[bool | None], Any] = lambda on: elasticsearch.client.indices.put_settings(  # noqa: E731
            index=f"{prefix}-*", settings={"index.blocks.read_only_allow_delete": on}
        )
        block(True)
        service.program.wait_for_error("disk is nearly full")
        block(None)
        service.goes_on()
        assert counted(service, service.end())


@older_in_full
def test_an_index_of_logs_that_is_deleted_is_no_reason_to_stop_and_takes_nothing_back(
    elasticsearch: Server, prefix: str, tmp_path: Path
) -> None:
    with running(elasticsearch, prefix, tmp_path) as service:
        make_index(elasticsearch.client, f"filebeat-{prefix}-2")
        service.shipper.index = f"filebeat-{prefix}-2"
        service.goes_on()  # so that all of the first one is read
        elasticsearch.client.indices.delete(index=f"filebeat-{prefix}-1")
        service.goes_on()
        assert counted(service, service.end())


@pytest.mark.long
@older_in_full
def test_indices_of_results_that_are_deleted_are_made_again_with_their_mappings(
    elasticsearch: Server, prefix: str, tmp_path: Path
) -> None:
    with running(elasticsearch, prefix, tmp_path) as service:
        before = elasticsearch.client.indices.get(index=f"{prefix}-counts-*")
        for index in before:
            elasticsearch.client.indices.delete(index=index)
        service.goes_on()
        after = elasticsearch.client.indices.get(index=f"{prefix}-counts-*")
    assert {name: after[name]["mappings"] for name in before} == {name: before[name]["mappings"] for name in before}


@pytest.mark.long
@older_in_full
def test_a_state_that_is_deleted_is_told_with_what_to_do(elasticsearch: Server, prefix: str, tmp_path: Path) -> None:
    with running(elasticsearch, prefix, tmp_path) as service:
        elasticsearch.client.indices.delete(index=f"{prefix}-state")
        service.program.wait_for_error("drainwatch setup elasticsearch")
        set_up(elasticsearch, prefix, tmp_path / "again")
        service.goes_on()


@pytest.mark.long
@older_in_full
def test_an_index_whose_times_are_no_dates_is_named_and_the_others_are_read(
    elasticsearch: Server, prefix: str, tmp_path: Path
) -> None:
    odd = f"filebeat-{prefix}-odd"
    elasticsearch.client.indices.create(index=odd, mappings={"properties": {"@timestamp": {"type": "keyword"}}})
    with running(elasticsearch, prefix, tmp_path) as service:
        elasticsearch.client.index(index=odd, document={"@timestamp": "yesterday", "message": "?"})
        assert counted(service, service.end())
        assert odd in service.program.text


@pytest.mark.long
@older_in_full
def test_results_that_elasticsearch_refuses_for_good_are_named_and_the_others_are_kept(
    elasticsearch: Server, prefix: str, tmp_path: Path
) -> None:
    # Somebody made the index of today's counts by hand.
    days = {time.strftime("%Y.%m.%d", time.gmtime(time.time() + ahead)) for ahead in (-60, 0, 120)}
    with running(elasticsearch, prefix, tmp_path) as service:
        for day in days:
            elasticsearch.client.indices.delete(index=f"{prefix}-counts-{day}", ignore_unavailable=True)
            elasticsearch.client.indices.create(
                index=f"{prefix}-counts-{day}", mappings={"properties": {"event": {"type": "long"}}}
            )
        service.goes_on()
        service.program.wait_for(lambda: f"{prefix}-counts-" in service.program.text)


ODD: tuple[dict[str, Any], ...] = (
    {"message": None},
    {"message": ""},
    {"message": {"text": "an object", "n": 1}},
    {"message": ["a", "list"]},
    {"message": "\x00\x01\x02\x03\x04\x05\x06\x07"},
    {"kubernetes": None},
    {"kubernetes": {"namespace": {"name": "an object"}}},
    {"log": {"offset": -1}},
    {"stream": 7},
    {"error": {"message": "a message, but not the one"}},
)
"""What takes the place of the usual fields."""


@older_in_full
def test_documents_without_message_or_with_objects_for_text_are_all_accounted_for(
    elasticsearch: Server, prefix: str, tmp_path: Path
) -> None:
    written = odd_documents((time.time_ns() // 1_000 - 20 * SECOND) // WINDOW * WINDOW)
    index = f"filebeat-{prefix}-odd"
    elasticsearch.client.indices.create(
        index=index, mappings={"dynamic": False, "properties": {"@timestamp": {"type": "date"}}}
    )
    ship(elasticsearch.client, index, written)
    with running(elasticsearch, prefix, tmp_path) as service:
        service.end()
        lines = len(written) + len(service.shipper.written)
        service.program.wait_for(lambda: tally(elasticsearch.connection(), prefix).read == lines)
        assert tally(elasticsearch.connection(), prefix).dropped == {DropReason.EMPTY: 2, DropReason.BINARY: 1}


def odd_documents(time_us: int) -> list[Document]:
    """One of each odd kind, and one as it should be."""
    writer = Writer(seed=2)
    found = [writer.document(time_us, "odd", "app", "INFO as it should be")]
    for oddity in ODD:
        document = writer.document(time_us, "odd", "app", "INFO nearly as it should be")
        found.append({**document, **oddity} if oddity.get("message", ...) is not None else without(document, "message"))
    return found


def without(document: Document, name: str) -> Document:
    return {key: value for key, value in document.items() if key != name}


@pytest.mark.long
@older_in_full
@pytest.mark.parametrize("minutes", [-10, 10])
def test_a_clock_that_is_off_is_told_and_changes_nothing(
    elasticsearch: Server, prefix: str, tmp_path: Path, minutes: int
) -> None:
    service = Running(elasticsearch, prefix, tmp_path)
    service.shipper.start()
    try:
        service.program.serve(clock=minutes * 60)
        service.program.wait_for(lambda: bool(re.search(r"clock is 10 min", service.program.text)))
        service.program.wait_for(lambda: bool(service.program.status()["phase"] == "live"))
        service.goes_on()
        assert counted(service, service.end())
        assert service.program.stop() == 0
    finally:
        service.shipper.stop()
        service.program.kill()
