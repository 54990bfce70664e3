"""Files of lines and labels as users have them."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

from tests.evaluate.sessions.made import NOON, SECOND, Steps


def ndjson(path: Path, made: Iterable[Steps], field: str = "session") -> Path:
    """One JSON object a line; gzipped where the name says so."""
    lines = [json.dumps(one) for one in documents(made, field)]
    data = ("\n".join(lines) + "\n").encode()
    path.write_bytes(gzip.compress(data) if path.suffix == ".gz" else data)
    return path


def documents(made: Iterable[Steps], field: str = "session") -> list[dict[str, str]]:
    """By time: sessions overlap."""
    found = [
        (NOON + (2 * number + at) * SECOND, f"req-{number}", text)
        for number, one in enumerate(made)
        for at, text in enumerate(one)
    ]
    return [
        {"@timestamp": moment(time), "message": f"{text} in {name}", field: name}
        for time, name, text in sorted(found, key=lambda line: line[0])
    ]


def moment(time: int) -> str:
    """RFC 3339."""
    return datetime.fromtimestamp(time / SECOND, UTC).isoformat()


def labels(path: Path, values: Iterable[int], header: str = "session,label") -> Path:
    """A row a session."""
    path.write_text("\n".join([header, *(f"req-{number},{value}" for number, value in enumerate(values))]) + "\n")
    return path
