from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from detector.api.app import create_app
from detector.api.live import LiveStatus
from detector.store.sqlite import SqliteStore, open_store
from ingest.source import Progress
from tests.store.shop import minute, morning


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqliteStore]:
    """An empty store."""
    made = open_store(tmp_path / "s.sqlite")
    yield made
    made.close()


@pytest.fixture
def live() -> LiveStatus:
    """A service that has caught up."""
    return LiveStatus("drain3", minute(-5), "live", Progress(512, 512), None, minute(10), 12.5, None)


@pytest.fixture
def empty(store: SqliteStore, live: LiveStatus) -> Iterator[TestClient]:
    """The API over a store without anything, at 07:10."""
    with TestClient(
        create_app(
            store, live=live, clock=lambda: minute(10), version="1.2.3", say=store.say, host_names=["testserver"]
        )
    ) as client:
        yield client


@pytest.fixture
def api(empty: TestClient, store: SqliteStore) -> TestClient:
    """The API over the morning, at 07:10."""
    for result in morning():
        store.commit(result)
    return empty
