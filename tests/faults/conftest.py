from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.faults.logs import make_index
from tests.servers.elasticsearch import Server
from tests.servers.proxy import Proxy


@pytest.fixture
def proxy(elasticsearch: Server) -> Iterator[Proxy]:
    """Before the shared server."""
    made = Proxy(elasticsearch)
    yield made
    made.close()


@pytest.fixture
def index(elasticsearch: Server, prefix: str) -> str:
    """An empty index for logs."""
    name = f"filebeat-{prefix}"
    make_index(elasticsearch.client, name)
    return name
