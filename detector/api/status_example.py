"""What the status says while the story of `detector.api.examples` is told."""

from __future__ import annotations

from detector.api.examples import Example

STATUS: Example = {
    "version": "0.1.0",
    "phase": "live",
    "engine": "native 0.1.0",
    "started_at": "2026-11-20T07:00:00Z",
    "last_pass_at": "2026-11-21T07:07:10Z",
    "closed_until": "2026-11-21T07:07:00Z",
    "lag_seconds": 10.0,
    "error": None,
    "notices": [],
    "parts": [
        {"name": "store", "state": "up", "since": "2026-11-20T07:00:00Z", "problem": None},
        {"name": "source", "state": "up", "since": "2026-11-20T07:00:00Z", "problem": None},
        {"name": "detection", "state": "up", "since": "2026-11-20T07:00:00Z", "problem": None},
        {
            "name": "channel:desk",
            "state": "down",
            "since": "2026-11-21T07:05:12Z",
            "problem": "Slack can't be reached. Check the address and the network.",
        },
    ],
    "source": {"done": 218_104_221, "total": 218_104_221, "unit": "bytes"},
    "partitions": [],
    "tally": {
        "read": 900_412,
        "records": 892_113,
        "joined": 8_201,
        "pending": 0,
        "dropped": {"empty": 98},
        "remarks": {"late": 12},
    },
    "sources": [{"kind": "files", "where": ["/var/log/containers"], "servers": []}],
    "store": {"kind": "sqlite", "where": "drainwatch.sqlite", "servers": [], "bytes": 48_234_496, "schema": 8},
    "outputs": [{"output": "alert:desk", "waiting": 0, "sent": 7, "failed": 1, "given_up": 0}],
    "channels": [
        {
            "channel": "desk",
            "kind": "slack",
            "sent": 7,
            "failed": 1,
            "refused": 0,
            "last_success": "2026-11-21T07:01:12Z",
        }
    ],
    "versions": {
        "drainwatch": "0.1.0",
        "python": "CPython 3.11.7",
        "elasticsearch": None,
        "packages": {"fastapi": "0.165.0", "numpy": "2.3.5"},
    },
    "namespaces": {"learning": 0, "ready": 3, "silent": 0},
    "templates": 402,
    "links": {"self": "/api/v1/status"},
}
