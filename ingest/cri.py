"""Lines of the container runtime interface: `<RFC3339Nano> <stdout|stderr> <tags> <content>`.

The first of the `:`-separated tags is `P` where the line goes on in the next one of its stream, else `F`
(kubernetes/kubernetes, staging/src/k8s.io/cri-client/pkg/logs/logs.go).
"""

from __future__ import annotations

from ingest.timestamps import rfc3339

Framed = tuple[int, str, bool, str]
"""A line out of its frame: the runtime's time (microseconds UTC), stream, whether it goes on, text."""


def frame(line: str) -> Framed | None:
    """A line out of its frame, or None where it is no CRI line."""
    parts = line.split(" ", 3)
    if len(parts) < 3:
        return None
    stamp, stream, tags = parts[:3]
    if stream not in ("stdout", "stderr"):
        return None
    time = rfc3339(stamp)
    if time is None:
        return None
    text = parts[3] if len(parts) == 4 else ""
    if tags == "F":
        return time, stream, False, text
    tag = tags.partition(":")[0]
    return (time, stream, tag == "P", text) if tag in ("P", "F") else None
