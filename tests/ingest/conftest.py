"""Reading files is the same whoever does it: these tests are run with Python's feed and with the compiled core's."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from ingest.core import native, why_not
from tests.ingest.logs import READER
from tests.servers.missing import skip

READING = ("test_assemble", "test_bad_input", "test_files", "test_following", "test_real_logs")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run what reads files both ways."""
    if metafunc.module.__name__.endswith(READING):
        metafunc.parametrize("reader", ["python", "native"], indirect=True)


@pytest.fixture(autouse=True)
def reader(request: pytest.FixtureRequest) -> Iterator[None]:
    """Say who reads."""
    if getattr(request, "param", "") == "native":
        READER.core = native() or skip(f"no compiled core: {why_not()} `make native` builds it")
    yield
    READER.core = None
