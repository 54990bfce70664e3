"""What the API answers about tokens and the audit log, by example."""

from __future__ import annotations

from pydantic import JsonValue

TOKEN_IN: dict[str, JsonValue] = {"name": "grafana", "namespaces": ["pay*", "shop"], "right": "read", "for": "90d"}
TOKEN = {
    "id": "mzxw6ytboi5hk4tf",
    "name": "grafana",
    "namespaces": ["pay*", "shop"],
    "right": "read",
    "author": "ana",
    "created": "2026-11-21T07:00:00Z",
    "expires": "2027-02-19T07:00:00Z",
    "revoked": None,
    "used": "2026-11-21T08:12:44Z",
    "active": True,
    "links": {"self": "/api/v1/tokens/mzxw6ytboi5hk4tf"},
}
TOKEN_MADE = {**TOKEN, "used": None, "token": "dw_mzxw6ytboi5hk4tf_…"}
ACT = {
    "id": "9f2c6f0c51b8d7aa",
    "time": "2026-11-21T07:00:00Z",
    "who": "ana",
    "how": "session",
    "what": "token-made",
    "subject": "mzxw6ytboi5hk4tf",
    "namespace": "",
    "address": "10.0.0.7",
    "detail": "grafana: read in pay*, shop until 2027-02-19T07:00:00Z",
}
