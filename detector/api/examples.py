"""Examples for the OpenAPI document: one story, an outage of a payment database, told by every shape."""

from __future__ import annotations

from typing import Any

Example = dict[str, Any]

REASON: Example = {
    "template_id": "5d1c7e0f9a3b2468",
    "template": "could not connect to <HOST> after <NUM> attempts",
    "workload": "checkout",
    "level": "error",
    "kind": "new",
    "observed": 214,
    "expected_low": 0.0,
    "expected_high": 0.0,
    "windows": 1,
    "share": 1.0,
    "first_seen": "2026-11-21T07:00:04.120000Z",
    "samples": ["could not connect to payments-db-0 after 5 attempts"],
}
CHANGE: Example = {
    "id": "77c0ffee1f6c93d2",
    "namespace": "shop",
    "workload": "checkout",
    "kind": "image",
    "time": "2026-11-21T06:58:10Z",
    "before": "registry.example/shop/checkout:1.4",
    "after": "registry.example/shop/checkout:1.5",
    "summary": "image 1.5 of checkout was rolled out (before: 1.4)",
}
DIFFERENCE: Example = {
    "template_id": "5d1c7e0f9a3b2468",
    "template": "could not connect to <HOST> after <NUM> attempts",
    "workload": "checkout",
    "level": "error",
    "kind": "new",
    "before": 0,
    "after": 214,
    "windows_before": 180,
    "windows_after": 60,
    "expected": 0.0,
    "lift": None,
    "chance": 1.2e-14,
    "certain": True,
    "first_seen": "2026-11-21T07:00:04.120000Z",
    "example": "could not connect to payments-db-0 after 5 attempts",
}
CHANGED: Example = {
    "namespace": "shop",
    "before_since": "2026-11-21T03:58:00Z",
    "before_until": "2026-11-21T06:58:00Z",
    "since": "2026-11-21T06:58:00Z",
    "until": "2026-11-21T07:58:00Z",
    "step_seconds": 60.0,
    "windows_before": 180,
    "windows_after": 60,
    "lines_before": 110_204,
    "lines_after": 36_918,
    "release": [CHANGE],
    "changes": [CHANGE],
    "differences": [DIFFERENCE],
    "links": {
        "self": "/api/v1/changes?namespace=shop&since=last-deploy",
        "namespace": "/api/v1/namespaces/shop",
    },
}
ANOMALY: Example = {
    "id": "0b77aa7e1f6c93d2",
    "namespace": "shop",
    "start": "2026-11-21T07:00:00Z",
    "end": "2026-11-21T07:01:00Z",
    "score": 87.4,
    "severity": "critical",
    "scores": {"forest": 31.2, "surprise": 87.4},
    "reasons": [REASON],
    "model": "2026-11-21T00:00:00Z-1",
    "incident": "9c41d0be7a52f318",
    "suppressed_by": None,
    "change": CHANGE,
    "links": {
        "self": "/api/v1/anomalies/0b77aa7e1f6c93d2",
        "namespace": "/api/v1/namespaces/shop",
        "incident": "/api/v1/incidents/9c41d0be7a52f318",
    },
}
INCIDENT: Example = {
    "id": "9c41d0be7a52f318",
    "namespace": "shop",
    "source": "logs",
    "start": "2026-11-21T07:00:00Z",
    "end": "2026-11-21T07:06:00Z",
    "score": 87.4,
    "severity": "critical",
    "open": False,
    "anomalies": 6,
    "summary": "checkout wrote 214 lines of a statement never seen before.",
    "reasons": [REASON],
    "change": CHANGE,
    "part_of": None,
    "links": {
        "self": "/api/v1/incidents/9c41d0be7a52f318",
        "namespace": "/api/v1/namespaces/shop",
        "changes": "/api/v1/changes?namespace=shop&since=2026-11-21T06%3A58%3A10Z&until=2026-11-21T07%3A58%3A10Z",
    },
}
METRIC: Example = {
    "template_id": "",
    "template": "5xx responses a minute",
    "workload": "",
    "level": "",
    "kind": "more",
    "observed": 148,
    "expected_low": 0.0,
    "expected_high": 3.0,
    "windows": 1,
    "share": 1.0,
    "first_seen": None,
    "samples": [],
}
PART: Example = {
    **INCIDENT,
    "id": "17d0be7a52f3189c",
    "source": "metrics",
    "score": 71.0,
    "severity": "major",
    "summary": "shop: 5xx responses a minute: 148, 0 to 3 expected, since 2026-11-21 07:01 UTC",
    "reasons": [METRIC],
    "change": None,
    "part_of": "9c41d0be7a52f318",
    "links": {
        "self": "/api/v1/incidents/17d0be7a52f3189c",
        "namespace": "/api/v1/namespaces/shop",
        "changes": "/api/v1/changes?namespace=shop&since=2026-11-21T06%3A58%3A10Z&until=2026-11-21T07%3A58%3A10Z",
        "whole": "/api/v1/incidents/9c41d0be7a52f318",
    },
}
INCIDENT_DETAIL: Example = {
    **INCIDENT,
    "links": INCIDENT["links"]
    | {
        "alert": "/api/v1/alerts/5a52f3189c41d0be",
        "related": "/api/v1/incidents/9c41d0be7a52f318/related",
        "markdown": "/api/v1/incidents/9c41d0be7a52f318/markdown",
    },
    "threshold": 25.0,
    "windows": [ANOMALY],
    "parts": [PART],
}
FEEDBACK_IN: Example = {
    "kind": "mute",
    "template": "5d1c7e0f9a3b2468",
    "for": "7d",
    "author": "Kim",
    "note": "the nightly import, see ticket 1234",
}
FEEDBACK: Example = {
    "id": "e1f20c9b7d3a5648",
    "kind": "mute",
    "namespace": "shop",
    "incident": "",
    "template": "5d1c7e0f9a3b2468",
    "workload": "",
    "subject": "could not connect to <HOST> after <NUM> attempts",
    "since": "2026-11-21T07:06:00Z",
    "until": "2026-11-28T07:06:00Z",
    "author": "Kim",
    "note": "the nightly import, see ticket 1234",
    "created": "2026-11-21T07:06:00Z",
    "withdrawn": None,
    "active": True,
    "links": {
        "self": "/api/v1/feedback/e1f20c9b7d3a5648",
        "namespace": "/api/v1/namespaces/shop",
        "template": "/api/v1/templates/5d1c7e0f9a3b2468",
    },
}
SUGGESTION: Example = {
    "kind": "mute",
    "namespace": "shop",
    "template": "5d1c7e0f9a3b2468",
    "workload": "",
    "alert_budget": None,
    "subject": "cache rebuilt in <DURATION>",
    "marked": 10,
    "before": {"alerts_a_day": 5.4, "found": 4, "known": 4},
    "after": {"alerts_a_day": 1.7, "found": 4, "known": 4},
    "apply": {"kind": "mute", "namespace": "shop", "template": "5d1c7e0f9a3b2468"},
}
NAMESPACE: Example = {
    "namespace": "shop",
    "state": "ready",
    "learning_until": None,
    "learning_windows": None,
    "first_window": "2026-11-20T07:00:00Z",
    "last_window": "2026-11-21T07:06:00Z",
    "last_line": "2026-11-21T07:06:00Z",
    "windows": 1447,
    "lines": 892_113,
    "templates": 143,
    "last_score": 3.1,
    "severity": "warning",
    "model": {
        "version": "2026-11-21T00:00:00Z-1",
        "trained_from": "2026-11-20T07:00:00Z",
        "trained_until": "2026-11-21T00:00:00Z",
        "age_seconds": 25_620.0,
        "windows": 1020,
        "templates": 139,
    },
    "unwell": [],
    "links": {
        "self": "/api/v1/namespaces/shop",
        "anomalies": "/api/v1/namespaces/shop/anomalies",
        "incidents": "/api/v1/namespaces/shop/incidents",
        "templates": "/api/v1/namespaces/shop/templates",
        "counts": "/api/v1/namespaces/shop/counts",
    },
}
TEMPLATE: Example = {
    "id": "5d1c7e0f9a3b2468",
    "namespace": "shop",
    "workload": "checkout",
    "text": "could not connect to <HOST> after <NUM> attempts",
    "level": "error",
    "first_seen": "2026-11-21T07:00:04.120000Z",
    "last_seen": "2026-11-21T07:05:59.871000Z",
    "count": 1204,
    "example": "could not connect to <HOST> after <NUM> attempts",
    "muted": False,
    "muted_by": None,
    "links": {
        "self": "/api/v1/templates/5d1c7e0f9a3b2468",
        "namespace": "/api/v1/namespaces/shop",
        "counts": "/api/v1/namespaces/shop/counts?template=5d1c7e0f9a3b2468",
    },
}
TEMPLATES: Example = {
    "items": [TEMPLATE],
    "next_cursor": None,
    "links": {"self": "/api/v1/templates?level=error&q=connect"},
    "total": 1,
    "facets": {"levels": {"error": 1, "info": 3}, "workloads": {"checkout": 1}},
}
COUNTS: Example = {
    "namespace": "shop",
    "template": "5d1c7e0f9a3b2468",
    "workload": None,
    "start": "2026-11-21T06:58:00Z",
    "end": "2026-11-21T07:02:00Z",
    "step_seconds": 60.0,
    "counts": [0, 0, 214, 197],
    "links": {"self": "/api/v1/namespaces/shop/counts?template=5d1c7e0f9a3b2468"},
}
SCORES: Example = {
    "since": "2026-11-20T07:07:00Z",
    "until": "2026-11-21T07:07:00Z",
    "step_seconds": 60.0,
    "rows": [
        {"namespace": "shop", "times": ["2026-11-21T07:00:00Z", "2026-11-21T07:01:00Z"], "scores": [87.4, 84.9]},
    ],
    "links": {"self": "/api/v1/scores"},
}
PROBLEM: Example = {
    "type": "about:blank",
    "title": "Unprocessable Entity",
    "status": 422,
    "detail": "since: 'yesterday' is not a time. Write it like 2026-11-21T07:00:00Z or -1h.",
    "instance": "/api/v1/namespaces/shop/anomalies",
}
