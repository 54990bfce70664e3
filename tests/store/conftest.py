from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from detector.store.port import Store
from detector.store.sqlite import open_store

IMPLEMENTATIONS: dict[str, Callable[[Path], Store]] = {
    "sqlite": lambda folder: open_store(folder / "drainwatch.sqlite"),
}
"""Each opens the store that it keeps in a folder. A new one earns the tests of `test_conformance` with a line here."""


@pytest.fixture(params=IMPLEMENTATIONS)
def opened(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[[], Store]:
    """Opens the store of this test, again after it was closed."""
    return lambda: IMPLEMENTATIONS[request.param](tmp_path)


@pytest.fixture
def store(opened: Callable[[], Store]) -> Iterator[Store]:
    """An empty store."""
    made = opened()
    yield made
    made.close()
