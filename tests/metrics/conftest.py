from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.conftest import begin
from tests.metrics.watching import history
from tests.servers.prometheus import Prometheus


@pytest.fixture(scope="session")
def server() -> Iterator[Prometheus]:
    """A Prometheus with what `tests.metrics.watching` looks at; whoever kills it starts it again."""
    running = Prometheus(history=history())
    begin(running)
    yield running
    running.close()
