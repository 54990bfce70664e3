"""Examples of alerts and silences for the OpenAPI document; they go on with the story of `detector.api.examples`."""

from __future__ import annotations

from detector.api.examples import INCIDENT, Example

TOLD: Example = {
    "channel": "oncall",
    "event": "resolved",
    "severity": "critical",
    "namespaces": ["shop"],
    "at": "2026-11-21T07:12:02.140000Z",
}
ALERT: Example = {
    "id": "2f6a0c1be4d97835",
    "kind": "incident",
    "namespaces": ["shop"],
    "incidents": ["9c41d0be7a52f318"],
    "start": "2026-11-21T07:00:00Z",
    "end": "2026-11-21T07:06:00Z",
    "score": 87.4,
    "severity": "critical",
    "open": False,
    "summary": "checkout wrote 214 lines of a statement never seen before.",
    "opened": "2026-11-21T07:01:02.100000Z",
    "changed": "2026-11-21T07:12:02.140000Z",
    "resolved": "2026-11-21T07:12:02.140000Z",
    "told": [TOLD],
    "quiet": "",
    "links": {"self": "/api/v1/alerts/2f6a0c1be4d97835", "page": "/alerts/2f6a0c1be4d97835"},
}
ALERT_DETAIL: Example = ALERT | {"members": [INCIDENT]}
SILENCE_IN: Example = {"namespace": "shop", "workload": "checkout", "for": "2h", "author": "Kim", "note": "migration"}
SILENCE: Example = {
    "id": "c5b1d2e07f6a9340",
    "namespace": "shop",
    "workload": "checkout",
    "template": "",
    "subject": "checkout in shop",
    "since": "2026-11-21T07:10:00Z",
    "until": "2026-11-21T09:10:00Z",
    "author": "Kim",
    "note": "migration",
    "created": "2026-11-21T07:10:00Z",
    "withdrawn": None,
    "active": True,
    "coming": False,
    "links": {"self": "/api/v1/silences/c5b1d2e07f6a9340"},
}
