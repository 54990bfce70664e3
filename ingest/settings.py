"""What the readers of log lines can be told; plain data, so that no reader depends on where settings come from."""

from __future__ import annotations

from dataclasses import dataclass

SECOND = 1_000_000
"""Microseconds."""
DAY = 86_400 * SECOND


@dataclass(frozen=True, slots=True)
class ReadSettings:
    """How lines are read; times and durations are microseconds."""

    timezone: str | None = None
    """Zone of times in plain files that name none (IANA name); without it such times are not used."""
    link_folders: tuple[str, ...] = ()
    """More folders to which links may lead, see `ingest.roots`."""
    namespace: str = "local"
    """Namespace of files whose path doesn't name one."""
    max_line_bytes: int = 65_536
    """Longer lines, and longer records, are cut here and the rest is left out."""
    max_record_lines: int = 500
    """A record takes no more lines than this; the next line begins another one."""
    poll_interval: int = SECOND
    """How often followed folders are searched for new files."""
