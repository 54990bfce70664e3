"""The service over a real cluster: it reads what was shipped, keeps there what it finds, and has second thoughts."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable
from contextlib import closing
from datetime import timedelta
from threading import Thread

import pytest

from detector.cli.logs import configure_logs
from detector.errors import StoreError
from detector.service import Service
from detector.settings import Settings
from detector.store.port import Reader
from detector.wiring import open_reader
from tests.ingest.elasticsearch.documents import load, make_index
from tests.servers.elasticsearch import Server
from tests.service.shipped import SECOND, errors, settings, usual
from tests.service.test_trouble import status, until
from tests.store.clusters import set_up


def now() -> int:
    return time.time_ns() // 1_000


@pytest.fixture
def index(elasticsearch: Server, prefix: str) -> str:
    """A store that is set up, and an index for logs that is empty."""
    set_up(elasticsearch.client, prefix)
    make_index(elasticsearch.client, f"filebeat-{prefix}")
    return f"filebeat-{prefix}"


def serve(told: Settings, since: int, during: Callable[[str], None]) -> None:
    """Run the service in this thread, and `during` in another, which is told the address; ends when that ends."""
    failed: list[BaseException] = []

    def watch(address: str) -> None:
        try:
            during(address)
        except BaseException as error:
            failed.append(error)
        finally:
            os.kill(os.getpid(), signal.SIGTERM)

    configure_logs("console")  # to where standard error is now
    watcher: list[Thread] = []

    def begin(address: str) -> None:
        watcher.append(Thread(target=watch, args=[address]))
        watcher[0].start()

    Service(told, [], clock=now, since=since, on_address=begin).run()
    watcher[0].join()
    if failed:
        raise failed[0]


def refusals(reader: Reader) -> list[int]:
    """When those incidents began that are about the error."""
    return sorted(one.start for one in reader.incidents().items if "refused the connection" in one.summary)


def test_it_reads_from_the_cluster_keeps_its_findings_there_and_hears_of_late_lines(
    elasticsearch: Server, prefix: str, index: str, capfd: pytest.CaptureFixture[str]
) -> None:
    told = settings(
        elasticsearch, prefix, window=timedelta(seconds=2), lateness=timedelta(seconds=1), learn=timedelta(seconds=400)
    )
    begin = now() // (2 * SECOND) * 2 * SECOND - 600 * SECOND
    known = [*usual(begin, begin + 594 * SECOND, 5), *errors(begin + 500 * SECOND, begin + 506 * SECOND, 20)]
    load(elasticsearch.client, index, known)
    late = errors(begin + 540 * SECOND, begin + 546 * SECOND, 20)

    def during(address: str) -> None:
        until(lambda: status(address)["phase"] == "live")
        told_progress = status(address)["source"]
        assert told_progress["unit"] == "windows"
        with closing(open_reader(told)) as reader:
            until(lambda: (reader.closed_until() or 0) > begin + 590 * SECOND)
            assert refusals(reader) == [begin + 500 * SECOND]
            load(elasticsearch.client, index, late)
            until(lambda: len(refusals(reader)) == 2)

    serve(told, begin, during)

    with closing(open_reader(told)) as reader:
        assert refusals(reader) == [begin + 500 * SECOND, begin + 540 * SECOND]
        lines = sum(int(one.counts.sum()) for one in reader.counts("shop"))
        assert lines == len(known) + len(late)
        assert reader.tally().read == lines
        assert reader.tally().balanced
        assert sum(template.count for template in reader.templates()) == lines
    said = capfd.readouterr().err
    assert "revised" in said
    assert "error" not in said


def test_a_cluster_that_is_not_set_up_ends_it_with_advice(elasticsearch: Server, prefix: str) -> None:
    told = settings(elasticsearch, prefix)
    with pytest.raises(StoreError, match="drainwatch setup elasticsearch"):
        Service(told, [], clock=now).run()


def test_an_index_that_may_not_be_read_is_logged_with_advice(
    elasticsearch: Server, prefix: str, index: str, capfd: pytest.CaptureFixture[str]
) -> None:
    told = settings(elasticsearch, prefix, user="writer")
    serve(told, now() - 60 * SECOND, lambda address: until(lambda: status(address)["phase"] == "live"))

    said = capfd.readouterr().err
    assert "The user writer may not" in said
    assert "Grant it" in said
    assert "Traceback" not in said
