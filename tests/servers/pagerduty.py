"""A server that takes events as PagerDuty's Events API v2 does, and refuses them as that does.

https://developer.pagerduty.com/docs/send-alert-event, https://developer.pagerduty.com/docs/events-api-v2-overview
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from tests.servers.inbox import Inbox, Posted, Reply

ROUTING_KEY = "0123456789abcdef0123456789abcdef"


class PagerDutyInbox(Inbox):
    """`incidents` are those that are open, by dedup_key, with all that was triggered."""

    def __init__(self) -> None:
        super().__init__(_judge)

    @property
    def url(self) -> str:
        return f"{self.address}/v2/enqueue"

    @property
    def incidents(self) -> dict[str, list[dict[str, Any]]]:
        found: dict[str, list[dict[str, Any]]] = {}
        for event in (posted.json for posted in self.taken):
            if event["event_action"] == "resolve":
                found.pop(event["dedup_key"], None)
            else:
                found.setdefault(event["dedup_key"], []).append(event)
        return found


def _judge(posted: Posted) -> Reply:
    if posted.path != "/v2/enqueue":
        return Reply(404, b"")
    if len(posted.body) > 512 * 1024:
        return Reply(413, b"")
    try:
        event = json.loads(posted.body)
        errors = list(_errors(event))
    except (ValueError, KeyError, TypeError) as error:
        errors = [f"malformed: {error}"]
    if errors:
        said = {"status": "invalid event", "message": "Event object is invalid", "errors": errors}
        return Reply(400, json.dumps(said).encode())
    said = {"status": "success", "message": "Event processed", "dedup_key": event["dedup_key"]}
    return Reply(202, json.dumps(said).encode())


def _errors(event: dict[str, Any]) -> Iterator[str]:
    if event["routing_key"] != ROUTING_KEY:
        yield "Invalid routing key"
    if event["event_action"] not in ("trigger", "acknowledge", "resolve"):
        yield "event_action is invalid"
    if not 1 <= len(event.get("dedup_key", "x")) <= 255:
        yield "Length of 'dedup_key' is incorrect"
    if event["event_action"] != "trigger":
        return
    payload = event["payload"]
    if not 1 <= len(payload["summary"]) <= 1_024:
        yield "Length of 'payload.summary' is incorrect"
    if not payload["source"]:
        yield "'payload.source' is missing or blank"
    if payload["severity"] not in ("critical", "error", "warning", "info"):
        yield "'payload.severity' is invalid"
    for link in event.get("links", []):
        if not link["href"].startswith("http"):
            yield "'links' is invalid"
