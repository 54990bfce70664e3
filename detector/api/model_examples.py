"""Examples of models for the OpenAPI document."""

from __future__ import annotations

from detector.api.examples import Example

CHOICE_IN: Example = {
    "namespace": "shop",
    "version": "a1b2c3d4e5f60718",
    "author": "ana",
    "note": "Learned the outage of Friday.",
}
CHOICE: Example = CHOICE_IN | {"time": "2026-11-21T07:10:00Z"}
VERSION: Example = {
    "version": "a1b2c3d4e5f60718",
    "namespace": "shop",
    "at_work": True,
    "chosen": None,
    "cause": "drift",
    "trained_from": "2026-11-18T06:00:00Z",
    "trained_until": "2026-11-21T06:00:00Z",
    "windows": 4320,
    "templates": 84,
    "seed": 1,
    "method": 2,
    "drift": [{"what": "5d1c7e0f9a3b2468", "workload": "checkout", "statistic": 0.97, "p_value": 3.1e-09}],
    "feedback": ["0c7d1a52b3e4f689"],
    "left_out": [{"start": "2026-11-19T14:02:00Z", "end": "2026-11-19T14:31:00Z"}],
    "links": {"self": "/api/v1/models/a1b2c3d4e5f60718", "namespace": "/api/v1/namespaces/shop"},
}
_MOVED: Example = {
    "template_id": "5d1c7e0f9a3b2468",
    "template": "could not connect to <HOST> after <NUM> attempts",
    "workload": "checkout",
    "level": "error",
    "before": 0.4,
    "after": 3.2,
}
COMPARED: Example = {
    "old": VERSION | {"version": "99aa77bb55cc33dd", "at_work": False, "cause": "schedule", "drift": []},
    "new": VERSION,
    "only_old": [],
    "only_new": [],
    "moved": [_MOVED],
    "since": "2026-11-20T07:10:00Z",
    "until": "2026-11-21T07:10:00Z",
    "flagged": {"windows": 1440, "old": 31, "new": 2, "both": 2},
    "links": {
        "self": "/api/v1/models/compare?old=99aa77bb55cc33dd&new=a1b2c3d4e5f60718",
        "namespace": "/api/v1/namespaces/shop",
    },
}
