"""What the tests of templates need."""

from __future__ import annotations

import pytest

from tests.parsers.engines import ENGINES, NewEngine


@pytest.fixture(scope="session", params=ENGINES)
def new_engine(request: pytest.FixtureRequest) -> NewEngine:
    """Makes an engine of each kind in turn."""
    return ENGINES[request.param]
