"""What the compiled core is given: the patterns, tables and limits of the Python way, as plain data."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def text_spec(masks: Mapping[str, str] | None = None) -> dict[str, Any]:
    """All that reading texts stands on; `masks` are the reader's own (name → regular expression).

    Raises `ValueError` with a sentence for the reader where one of them can't be used.
    """
    return {"masks": dict(masks or {})}
