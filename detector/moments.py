"""Times as people and documents have them; everywhere else they are microseconds since 1970, UTC."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def moment(time: int) -> datetime:
    """Microseconds as a time in UTC, exactly."""
    return EPOCH + timedelta(microseconds=time)
