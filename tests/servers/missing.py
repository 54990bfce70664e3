"""What happens to a test whose server can't be had on this machine."""

from __future__ import annotations

import os
from typing import NoReturn

import pytest


class MissingError(Exception):
    """Something that has to be installed first; says what."""


def skip(reason: str) -> NoReturn:
    """Skip the test, saying what to install; where `DRAINWATCH_REQUIRE_SERVERS` is 1, as in CI, fail it."""
    if os.environ.get("DRAINWATCH_REQUIRE_SERVERS") == "1":
        pytest.fail(reason)
    pytest.skip(reason)
