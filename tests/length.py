"""How long the longest tests run."""

from __future__ import annotations

import os

import pytest

from tests.servers.elasticsearch import NEWEST, PINNED

AT_LENGTH = os.environ.get("DRAINWATCH_AT_LENGTH") == "1"
"""Whether the longest tests run in full, as before a release: else a shorter form of them, so that CI ends in time."""
in_full = [pytest.mark.long, pytest.mark.skipif(not AT_LENGTH, reason="DRAINWATCH_AT_LENGTH=1 runs it")]
"""What is only run then: more of the same, or what CI does anyway."""
older_in_full = pytest.mark.parametrize(
    "elasticsearch",
    [version if version == NEWEST else pytest.param(version, marks=in_full) for version in PINNED],
    indirect=True,
)
"""For what takes long and is less about the server than about us: on the older one only then."""
