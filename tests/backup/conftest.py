from __future__ import annotations

from contextlib import closing
from pathlib import Path

import pytest

from detector.store.sqlite import open_store
from tests.backup.everything import fill


@pytest.fixture
def store(tmp_path: Path) -> Path:
    """One of everything, closed."""
    path = tmp_path / "drainwatch.sqlite"
    with closing(open_store(path)) as opened:
        fill(opened)
    return path
