"""Messages to an incoming webhook of Slack, as Block Kit.

https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks, https://docs.slack.dev/reference/block-kit/blocks
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterator
from datetime import datetime
from typing import TYPE_CHECKING, Any

from detector.alert import AlertKind
from detector.alerts.channels import wording
from detector.alerts.channels.harmless import block, visible
from detector.alerts.channels.posting import Peer, secret_parts
from detector.alerts.notice import IncidentNotice, Notice, ReasonNotice
from detector.errors import ServerError

if TYPE_CHECKING:
    from detector.outgoing import Network

Block = dict[str, Any]

PACE = 1.05
"""Seconds: Slack takes about a message a second."""
MOST_BLOCKS, MOST_IN_ALL, _HEADER, _SECTION, _BUTTON = 50, 13_000, 150, 3_000, 75
"""Characters, of what Slack takes; of all blocks together that was seen, and isn't documented."""
_LOCK_SCREEN, _FENCED = 400, 1_300
_DETAIL = ((5, 10, 600), (5, 5, 300), (5, 3, 200), (4, 2, 120), (3, 1, 80), (1, 1, 80))
"""Incidents, reasons of each and characters of a line: the first that fits is taken."""
_PING = re.compile(r"(?<!\w)@(?=\w)|<(?=[!@#]|\w+:|mailto)")


class Slack:
    """Posts to one webhook, which belongs to one channel of Slack."""

    kind, repeats = "slack", False

    def __init__(
        self,
        name: str,
        url: str,
        *,
        ca_file: str = "",
        pace: float = PACE,
        inside: Collection[Network] | None = None,
    ) -> None:
        self.name = name
        secrets = secret_parts(url)
        self._peer = Peer(f"Slack (channel {name})", url, secrets=secrets, ca_file=ca_file, pace=pace, inside=inside)

    def send(self, notice: Notice, now: datetime) -> str:
        """Post it; Slack doesn't know repeats. Raises as the port says."""
        body = json.dumps(payload(notice, now), ensure_ascii=False).encode(errors="replace")
        answer = self._peer.post(body, {"Content-Type": "application/json; charset=utf-8"}, now)
        if answer.text != "ok" and not re.match(r'\{\s*"(ok|success)"\s*:\s*true', answer.text):
            raise ServerError(
                f"{self._peer.who} answers {answer.status} without `ok`: {answer.text}.",
                "What listens at that address doesn't seem to be Slack.",
            )
        return answer.text

    def close(self) -> None:
        """Let go of the connection."""
        self._peer.close()


def payload(notice: Notice, now: datetime) -> dict[str, Any]:
    """What is posted: blocks, and as `text` what a lock screen shows and what knows no blocks."""
    for detail in _DETAIL:
        blocks = [*_blocks(notice, now, *detail)]
        if len(blocks) <= MOST_BLOCKS and len(json.dumps(blocks, ensure_ascii=False)) <= MOST_IN_ALL - 1_000:
            break
    return {"text": _fallback(notice, now), "blocks": blocks, "unfurl_links": False, "unfurl_media": False}


def _fallback(notice: Notice, now: datetime) -> str:
    parts = [f"{wording.symbol(notice)} {wording.headline(notice)}", wording.title(notice, _LOCK_SCREEN)]
    parts.append(f"{wording.began(notice).lower()} {wording.since(notice, now)}")
    if said := wording.late(notice, now):
        parts.append(said)
    found = wording.links(notice)
    return _escaped("\n".join(parts)) + (f"\n<{_address(found[0][1])}|{found[0][0]}>" if found else "")


def _blocks(notice: Notice, now: datetime, incidents: int, reasons: int, width: int) -> Iterator[Block]:
    yield {"type": "header", "text": _plain(f"{wording.symbol(notice)} {wording.headline(notice)}", _HEADER - 5)}
    if said := wording.late(notice, now):
        yield _section(f":hourglass: *{_escaped(said)}*")
    for line in _lines(notice):
        yield {"type": "section", "text": _plain(line, _SECTION)}
    yield {"type": "section", "fields": [_mrkdwn(field) for field in _fields(notice, now)]}
    fitting = wording.fitting(notice)
    for incident in fitting[:incidents]:
        yield from _incident(incident, len(notice.incidents) > 1, reasons, width)
    hidden = len(notice.incidents) - len(fitting[:incidents]) + notice.more
    if hidden and fitting:
        yield _context(f"and {hidden:,} more incident{'s' * (hidden > 1)}")
    if found := wording.links(notice):
        yield {"type": "actions", "elements": [_button(*link, n == 0) for n, link in enumerate(found)]}
    if typed := wording.commands(notice):
        yield _context("   ".join(f"`{command}`" for command in typed))


def _lines(notice: Notice) -> Iterator[str]:
    """What is wrong, as plain text: so that nothing of it is markup."""
    yield wording.title(notice, 500)
    if said := wording.note(notice):
        yield said
    if said := wording.changes(notice):
        yield f"Changed shortly before: {said}"
    if len(notice.namespaces) > 3:
        yield f"Namespaces: {visible(', '.join(notice.namespaces), 1_000)}"


def _fields(notice: Notice, now: datetime) -> Iterator[str]:
    yield f"*{wording.began(notice)}*\n{wording.since(notice, now)}"
    if notice.kind is AlertKind.INCIDENT:
        yield f"*Score*\n{wording.sureness(notice)}"


def _incident(incident: IncidentNotice, several: bool, reasons: int, width: int) -> Iterator[Block]:
    yield {"type": "divider"}
    if several:
        link = f"  <{_address(incident.page)}|open>" if incident.page.startswith("http") else ""
        yield _section(f"{_code(incident.namespace, 63)}  {wording.place(incident)}{link}")
    for reason in incident.reasons[:reasons]:
        yield _section(_reason(reason, width))
    if hidden := len(incident.reasons[reasons:]):
        yield _context(f"and {hidden} more reason{'s' * (hidden > 1)}")


def _reason(reason: ReasonNotice, width: int) -> str:
    """What was seen and expected, and lines that look so."""
    whose = f"{_code(said, 100)} " if (said := wording.where(reason)) else ""
    level = f" · {reason.level[:20]}" if reason.level.isalpha() and reason.level.isascii() else ""
    said = f"{whose}*{wording.finding(reason)}*{level}"
    for line in wording.shown(reason):
        more = f"\n{_fenced(line, width)}"
        if len(said) + len(more) <= _SECTION:
            said += more
    return said


def _section(text: str) -> Block:
    return {"type": "section", "text": _mrkdwn(text)}


def _context(text: str) -> Block:
    return {"type": "context", "elements": [_mrkdwn(text)]}


def _mrkdwn(text: str) -> Block:
    return {"type": "mrkdwn", "text": text, "verbatim": True}


def _plain(text: str, most: int) -> Block:
    text = _harmless(text)
    return {"type": "plain_text", "text": text if len(text) <= most else f"{text[: most - 1]}…", "emoji": False}


def _button(words: str, address: str, first: bool) -> Block:
    style = {"style": "primary"} if first else {}
    return {"type": "button", "text": _plain(words, _BUTTON), "url": address, "action_id": words, **style}


def _code(text: str, limit: int) -> str:
    """In a line of prose, so that nothing in it is a format, an emoji or a name."""
    text = visible(text, limit).replace("`", "ˋ") or "–"
    return f"`{_escaped(text)}`"


def _fenced(text: str, limit: int) -> str:
    text = block(text, limit).replace("```", "ˋˋˋ") or "–"
    while len(said := _escaped(text)) > _FENCED:
        text = f"{text[: len(text) * 2 // 3]}…"
    return f"```{said}```"


def _escaped(text: str) -> str:
    """https://docs.slack.dev/messaging/formatting-message-text#escaping ."""
    return _harmless(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _harmless(text: str) -> str:
    """Without what pings people or leads elsewhere, were it read as markup, in Slack's like too (`@here`)."""
    return _PING.sub(lambda found: f"{found[0]}\u2060", text)


def _address(address: str) -> str:
    return address.replace("&", "&amp;").replace("<", "%3C").replace(">", "%3E").replace("|", "%7C")
