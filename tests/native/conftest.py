"""What the tests of the compiled core need."""

from __future__ import annotations

from types import ModuleType

import pytest

from tests.native.installed import installed


@pytest.fixture(scope="session")
def core() -> ModuleType:
    """The compiled core, where it is installed."""
    return installed()
