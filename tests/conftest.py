"""What tests of several folders need."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from tests.servers.elasticsearch import PINNED, Server, prepare
from tests.servers.missing import MissingError, skip
from tests.servers.names import fresh_prefix, remove
from tests.servers.pool import Pool

NOBODY = 65_534


@pytest.fixture
def unprivileged() -> Iterator[Path]:
    """A folder, and for the time of the test no rights of root, who may read everything."""
    folder = Path(tempfile.mkdtemp())
    root = os.geteuid() == 0
    if root:
        os.chown(folder, NOBODY, NOBODY)
        os.seteuid(NOBODY)
    yield folder
    if root:
        os.seteuid(0)
    for path in folder.rglob("*"):
        path.chmod(0o700)
    shutil.rmtree(folder)


def pytest_collection_finish(session: pytest.Session) -> None:
    """Download what the tests will need before the first one's time runs; what is missing they say themselves."""
    if session.config.option.collectonly:
        return
    own = any("own_server" in getattr(item, "fixturenames", ()) for item in session.items)
    for version in PINNED if own else versions_wanted(session):
        with suppress(MissingError):
            prepare(version)


def versions_wanted(session: pytest.Session) -> list[str]:
    """The versions of the shared servers that tests of this session ask for."""
    parameters = (item.callspec.params for item in session.items if hasattr(item, "callspec"))
    return sorted({chosen["elasticsearch"] for chosen in parameters if "elasticsearch" in chosen})


@pytest.fixture(scope="session")
def servers(request: pytest.FixtureRequest) -> Iterator[Pool]:
    """The Elasticsearch servers of the session, started when they are asked for."""
    pool = Pool(versions_wanted(request.session))
    yield pool
    pool.close()


@pytest.fixture(scope="session", params=PINNED)
def elasticsearch(request: pytest.FixtureRequest, servers: Pool) -> Server:
    """A real Elasticsearch, shared by all tests of the session, in each of the versions that are supported.

    Names of results begin with the fixture `prefix`; logs lie in `filebeat-<prefix>…`, `logs-<prefix>-…` or
    `logstash-<prefix>…`.
    """
    try:
        return servers.get(request.param)
    except MissingError as missing:
        skip(str(missing))


@pytest.fixture
def prefix(elasticsearch: Server) -> Iterator[str]:
    """Names of this test's own begin with it, or contain it; what has such a name is deleted after the test."""
    name = fresh_prefix()
    yield name
    remove(elasticsearch.client, name)


@pytest.fixture
def own_server() -> Iterator[Callable[[str], Server]]:
    """Starts a server of this test's own, which may be killed, paused and restarted; `own_server(NEWEST)`."""
    started: list[Server] = []

    def start(version: str) -> Server:
        server = Server(version)
        started.append(server)
        try:
            server.start()
        except MissingError as missing:
            skip(str(missing))
        server.wait()
        return server

    yield start
    for server in started:
        server.close()
