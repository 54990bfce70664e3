"""How many processors this process may use; one of the few places that ask the machine it runs on."""

from __future__ import annotations

import os
from pathlib import Path

_GROUPS = Path("/sys/fs/cgroup")


def usable(groups: Path = _GROUPS) -> int:
    """Processors that the process is allowed on, fewer where its container's quota is lower: 1 or more.

    A quota is read as Linux gives it (`cpu.max` of cgroup v2, `cpu.cfs_quota_us` of v1) and rounded down: for a part of
    a processor others would only wait.
    """
    allowed = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(1, min(allowed, _quota(groups) or allowed))


def _quota(groups: Path) -> int | None:
    """Whole processors' worth of time that the container may use; None without a limit."""
    written = _words(groups / "cpu.max") or [
        *_words(groups / "cpu" / "cpu.cfs_quota_us"),
        *_words(groups / "cpu" / "cpu.cfs_period_us"),
    ]
    if len(written) != 2 or not all(word.isdecimal() for word in written) or not int(written[1]):
        return None
    return max(1, int(written[0]) // int(written[1]))


def _words(path: Path) -> list[str]:
    try:
        return path.read_text("ascii").split()
    except (OSError, UnicodeDecodeError):
        return []
