"""A server that takes messages as Slack's incoming webhooks do, and refuses them as those do.

https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks#handling_errors and the limits of
https://docs.slack.dev/reference/block-kit/blocks
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from tests.servers.inbox import Inbox, Posted, Reply

PATH = "/services/T00000000/B00000000/not-a-real-secret"
_MOST = {"header": 150, "section": 3_000, "field": 2_000, "button": 75}
_KEYS = {
    "header": {"type", "text", "block_id"},
    "section": {"type", "text", "fields", "accessory", "block_id", "expand"},
    "divider": {"type", "block_id"},
    "context": {"type", "elements", "block_id"},
    "actions": {"type", "elements", "block_id"},
}


class SlackInbox(Inbox):
    """`url` is the webhook; `messages` is what people got to see."""

    def __init__(self, port: int = 0) -> None:
        super().__init__(_judge, port)

    @property
    def url(self) -> str:
        return self.address + PATH

    @property
    def messages(self) -> list[dict[str, Any]]:
        return [posted.json for posted in self.taken]


def too_many(seconds: str = "1") -> Reply:
    """As Slack says that it is asked too often."""
    return Reply(429, b"rate_limited", {"Retry-After": seconds})


def _judge(posted: Posted) -> Reply:
    if posted.path != PATH:
        return Reply(404, b"no_service")
    if not posted.headers.get("content-type", "").startswith("application/json"):
        return Reply(400, b"invalid_payload")
    try:
        message = json.loads(posted.body)
    except ValueError:
        return Reply(400, b"invalid_payload")
    if not isinstance(message, dict) or not (message.get("text") or message.get("blocks")):
        return Reply(400, b"no_text")
    wrong = next(problems(message), None)
    return Reply() if wrong is None else Reply(400, wrong.encode())


def problems(message: dict[str, Any]) -> Iterator[str]:
    """What Slack wouldn't take of a message."""
    blocks = message.get("blocks", [])
    if len(blocks) > 50:
        yield "invalid_blocks: more than 50"
    if len(json.dumps(blocks, ensure_ascii=False)) > 13_000:
        yield "msg_blocks_too_long"
    for number, block in enumerate(blocks):
        for wrong in _block(block):
            yield f"invalid_blocks: {number}: {wrong}"


def _block(block: dict[str, Any]) -> Iterator[str]:
    kind = block.get("type")
    if kind not in _KEYS:
        yield f"unknown type {kind}"
        return
    if unknown := block.keys() - _KEYS[kind]:
        yield f"unknown {unknown}"
    if kind == "header":
        yield from _text(block["text"], _MOST["header"], {"plain_text"})
    if kind == "section":
        if "text" not in block and "fields" not in block:
            yield "neither text nor fields"
        if "text" in block:
            yield from _text(block["text"], _MOST["section"], {"plain_text", "mrkdwn"})
        if not 1 <= len(block.get("fields", [0])) <= 10:
            yield "1 to 10 fields"
        for one in block.get("fields", []):
            yield from _text(one, _MOST["field"], {"plain_text", "mrkdwn"})
    if kind == "context":
        if not 1 <= len(block["elements"]) <= 10:
            yield "1 to 10 elements"
        for one in block["elements"]:
            yield from _text(one, _MOST["section"], {"plain_text", "mrkdwn"})
    if kind == "actions":
        yield from _buttons(block["elements"])


def _buttons(elements: list[dict[str, Any]]) -> Iterator[str]:
    if not 1 <= len(elements) <= 25:
        yield "1 to 25 elements"
    if len({one.get("action_id", number) for number, one in enumerate(elements)}) < len(elements):
        yield "an action_id twice"
    for one in elements:
        if one["type"] != "button" or one.keys() - {"type", "text", "url", "action_id", "style", "value"}:
            yield "no button"
        yield from _text(one["text"], _MOST["button"], {"plain_text"})
        if not re.match(r"https?://\S+$", one.get("url", "http://none")) or len(one.get("url", "")) > 3_000:
            yield "no address"


def _text(text: dict[str, Any], most: int, kinds: set[str]) -> Iterator[str]:
    if text.get("type") not in kinds:
        yield f"no text of type {text.get('type')}"
    if not 1 <= len(text.get("text", "")) <= most:
        yield f"a text of {len(text.get('text', ''))} characters"
    allowed = {"type", "text", "emoji"} if text.get("type") == "plain_text" else {"type", "text", "verbatim"}
    if unknown := text.keys() - allowed:
        yield f"unknown {unknown}"
