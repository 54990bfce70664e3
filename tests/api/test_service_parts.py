"""Which parts of the service are well, as `/readyz`, `/api/v1/status` and `/metrics` tell it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from detector.api.app import create_app
from detector.api.live import LiveStatus
from detector.parts import Board
from detector.store.sqlite import SqliteReader, open_reader
from tests.cli.stored import MINUTE, SEVEN, filled


@pytest.fixture
def board() -> Board:
    board = Board(lambda: SEVEN)
    board.expect("store", "source", "channel:desk")
    return board


@pytest.fixture
def reader(tmp_path: Path) -> Iterator[SqliteReader]:
    with closing(open_reader(filled(tmp_path / "drainwatch.sqlite"))) as reader:
        yield reader


@pytest.fixture
def api(reader: SqliteReader, board: Board) -> TestClient:
    live = LiveStatus("python", SEVEN, board=board)
    return TestClient(create_app(reader, live=live, clock=lambda: SEVEN + MINUTE, host_names=["testserver"]))


def states(told: dict[str, Any]) -> dict[str, str]:
    return {part["name"]: part["state"] for part in told["parts"]}


def test_a_channel_that_is_down_is_told_and_is_no_reason_to_be_unready(api: TestClient, board: Board) -> None:
    board.fails("channel:desk", "Slack can't be reached. Check the network.")
    ready = api.get("/readyz")
    assert ready.status_code == 200
    assert ready.json()["parts"][2] == {
        "name": "channel:desk",
        "state": "down",
        "since": "2026-11-21T07:00:00Z",
        "problem": "Slack can't be reached. Check the network.",
    }
    assert states(api.get("/api/v1/status").json()) == {"store": "up", "source": "up", "channel:desk": "down"}
    lines = api.get("/metrics").text.splitlines()
    assert 'drainwatch_part_up{part="channel:desk"} 0.0' in lines
    assert 'drainwatch_part_up{part="store"} 1.0' in lines


def test_a_store_that_can_be_read_and_not_be_written_goes_on_answering(api: TestClient, board: Board) -> None:
    board.fails("store", "The disk is full.", "degraded")
    assert api.get("/readyz").status_code == 200
    assert states(api.get("/readyz").json())["store"] == "degraded"


def test_while_the_store_cannot_be_read_it_is_unready_and_everything_says_why(
    api: TestClient, reader: SqliteReader
) -> None:
    reader.close()
    unready = api.get("/readyz")
    assert unready.status_code == 503
    assert unready.headers["content-type"] == "application/problem+json"
    assert "is closed" in unready.json()["detail"]
    assert states(unready.json()) == {"store": "down", "source": "up", "channel:desk": "up"}
    assert states(api.get("/api/v1/status").json())["store"] == "down"
    scraped = api.get("/metrics")
    assert scraped.status_code == 200, "what the service knows without its store can be scraped"
    assert 'drainwatch_part_up{part="store"} 0.0' in scraped.text.splitlines()
    assert "drainwatch_event_streams" in scraped.text


def test_where_no_service_runs_the_store_alone_is_told(reader: SqliteReader) -> None:
    api = TestClient(create_app(reader, live=None, clock=lambda: SEVEN, host_names=["testserver"]))
    store = {"name": "store", "state": "up", "since": None, "problem": None}
    assert api.get("/api/v1/status").json()["parts"] == [store]
