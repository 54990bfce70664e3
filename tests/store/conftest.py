from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest

from detector.store import elasticsearch, sqlite
from detector.store.port import Store
from tests.servers.elasticsearch import PINNED, Server
from tests.servers.missing import MissingError, skip
from tests.servers.names import fresh_prefix, remove
from tests.servers.pool import Pool
from tests.servers.proxy import Proxy
from tests.store.clusters import empty, set_up

Opener = Callable[[], Store]


class Places:
    """Where the stores of a session lie."""

    def __init__(self, servers: Pool) -> None:
        self._servers = servers
        self._prefixes: dict[str, str] = {}

    def in_file(self, folder: Path) -> Opener:
        """A store in a file of its own."""
        return lambda: sqlite.open_store(folder / "drainwatch.sqlite")

    def in_cluster(self, _folder: Path, version: str) -> Opener:
        """A store in a cluster, which the tests before left empty, with the rights that the service has."""
        server = self._servers.get(version)
        if version not in self._prefixes:
            self._prefixes[version] = fresh_prefix()
            set_up(server.client, self._prefixes[version])
        else:
            empty(server.client, self._prefixes[version])
        return lambda: elasticsearch.open_store(server.connection("writer"), self._prefixes[version])

    def server(self, version: str) -> Server:
        """The server that such stores lie in."""
        return self._servers.get(version)

    def prefix(self, version: str) -> str:
        """What the names of their indices begin with."""
        return self._prefixes[version]

    def close(self) -> None:
        """Leave nothing behind."""
        for version, prefix in self._prefixes.items():
            remove(self._servers.get(version).client, prefix)


IMPLEMENTATIONS: dict[str, Callable[[Places, Path], Opener]] = {
    "sqlite": Places.in_file,
    **{f"elasticsearch-{version}": partial(Places.in_cluster, version=version) for version in PINNED},
}
"""Each opens the store that it keeps in a place. A new one earns the tests of `test_conformance` with a line here."""


@pytest.fixture(scope="session")
def places(servers: Pool) -> Iterator[Places]:
    """Where the stores of a session lie."""
    made = Places(servers)
    yield made
    made.close()


@pytest.fixture(params=IMPLEMENTATIONS)
def opened(request: pytest.FixtureRequest, places: Places, tmp_path: Path) -> Opener:
    """Opens the store of this test, again after it was closed."""
    try:
        return IMPLEMENTATIONS[request.param](places, tmp_path)
    except MissingError as missing:
        skip(str(missing))


@pytest.fixture
def store(opened: Opener) -> Iterator[Store]:
    """An empty store."""
    made = opened()
    yield made
    made.close()


@pytest.fixture
def ready(elasticsearch: Server, prefix: str) -> str:
    """The prefix of a store that is set up and has never been written."""
    set_up(elasticsearch.client, prefix)
    return prefix


@pytest.fixture
def proxy(elasticsearch: Server) -> Iterator[Proxy]:
    """Before the server."""
    made = Proxy(elasticsearch)
    yield made
    made.close()
