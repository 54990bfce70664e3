"""The example of the overview in the OpenAPI document: the same story as in `examples`."""

from __future__ import annotations

from detector.api.examples import Example

LANES: Example = {
    "since": "2026-11-21T06:00:00Z",
    "until": "2026-11-21T07:10:00Z",
    "step_seconds": 600.0,
    "closed_until": "2026-11-21T07:07:00Z",
    "total": 1,
    "items": [
        {
            "namespace": "shop",
            "state": "ready",
            "learning_until": None,
            "learning_windows": None,
            "windows": 4_320,
            "last_line": "2026-11-21T07:06:00Z",
            "muted": False,
            "silenced": False,
            "worst": 87.4,
            "severity": "critical",
            "incidents": 1,
            "open": 1,
            "scores": [0, 0, 17, 0, 0, 0, 87],
        }
    ],
    "next_cursor": None,
    "links": {"self": "/api/v1/lanes?since=2026-11-21T06:00:00Z"},
}
