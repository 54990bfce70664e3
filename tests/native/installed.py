"""The compiled core, for tests that compare it with Python."""

from __future__ import annotations

from types import ModuleType

from ingest.core import native, why_not
from tests.servers.missing import skip


def installed() -> ModuleType:
    """The core; where it isn't installed, the test is skipped, or fails where nothing may be missing."""
    return native() or skip(f"no compiled core: {why_not()} `make native` builds it")
