"""What Slack takes: the limits of Block Kit. https://docs.slack.dev/reference/block-kit/blocks ."""

from __future__ import annotations

import json
from typing import Any

MOST_BLOCKS, MOST_IN_ALL = 50, 13_000


def check(message: dict[str, Any]) -> None:
    """Fails for a message that Slack would refuse, and for one by which a line of a log could call a whole channel."""
    assert message["text"]
    assert not set(message["text"]) & set("<>&"), "the text that notifications show is markup"
    assert len(message["blocks"]) <= MOST_BLOCKS
    assert len(json.dumps(message)) <= MOST_IN_ALL
    for block in message["blocks"]:
        _BLOCKS[block["type"]](block)


def _header(block: dict[str, Any]) -> None:
    _plain(block["text"], 150)


def _section(block: dict[str, Any]) -> None:
    _plain(block["text"], 3_000)


def _context(block: dict[str, Any]) -> None:
    assert 1 <= len(block["elements"]) <= 10
    for element in block["elements"]:
        _plain(element, 2_000)


def _actions(block: dict[str, Any]) -> None:
    assert 1 <= len(block["elements"]) <= 25
    for button in block["elements"]:
        assert button["type"] == "button"
        _plain(button["text"], 75)
        assert button["url"].startswith("http")
        assert len(button["url"]) <= 3_000
        assert not set(button["url"]) & set(' "<>\n')


def _plain(text: dict[str, Any], most: int) -> None:
    assert text["type"] == "plain_text", "markup of what logs say is not to be read as such"
    assert 1 <= len(text["text"]) <= most


_BLOCKS = {"header": _header, "section": _section, "context": _context, "actions": _actions}
