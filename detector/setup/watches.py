"""The watches of kibana/watches/ as a cluster should have them, for those whose licence covers Watcher.

A file is what `PUT _watcher/watch/<id>` takes, with four liberties that are taken away here: words such as
`__PREFIX__` stand for what was chosen (a string that is nothing else becomes whatever that is, a number too, and an
item of a list several), `fragments` are parts that stand in several places, texts may be lists of lines, and of the
actions only those stay whose way to people was chosen.
https://www.elastic.co/docs/api/doc/elasticsearch/operation/operation-watcher-put-watch
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from detector.errors import UsageError
from detector.findings import Severity
from detector.settings.addresses import address_problem
from detector.setup.wanted import Json, Kind, Wanted
from detector.store.elasticsearch.findings import FLOORS

_SETTLED = timedelta(seconds=30)
"""So old are findings when the watch looks at them: by then they can be searched, whatever the pass had to write."""
_LOOKS = 5
"""So often a message that can't be sent is tried, and after so many looks the next one may follow."""
_SECONDS = timedelta(seconds=1)


class Watch(StrEnum):
    """The watches, by the names of their files."""

    ANOMALIES = "anomalies"
    SERVER_ERRORS = "server-errors"
    SILENCE = "silence"


@dataclass(frozen=True, slots=True)
class Webhook:
    """Where Slack, or what understands the same, takes messages. The path is the secret."""

    scheme: str
    host: str
    port: int
    path: str = field(repr=False)

    @classmethod
    def of(cls, address: str) -> Webhook:
        """The parts of an address. Raises `UsageError`, without the address, where it can't be one."""
        address = address.strip()
        problem = address_problem(address)
        parts = urlsplit("" if problem else address)
        if problem or parts.path in ("", "/") or parts.query or "{{" in parts.path:
            raise UsageError(
                f"The address of the Slack webhook {problem or 'is none of a webhook'}.",
                "Slack's look like https://hooks.slack.com/services/T…/B…/…",
            )
        return cls(
            parts.scheme, parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80), parts.path
        )


@dataclass(frozen=True, slots=True)
class WatchChoices:
    """Which watches there should be, and whom they tell."""

    prefix: str
    logs: Sequence[str]
    """Patterns of the indices with access logs."""
    watches: frozenset[Watch] = frozenset(Watch)
    webhook: Webhook | None = None
    account: str = ""
    """A Slack account in the settings of Elasticsearch, instead of a webhook."""
    emails: Sequence[str] = ()
    severity: Severity = Severity.MAJOR
    """Incidents of this one and of those above are told."""
    threshold: int = 100
    """More responses of 5xx than this in five minutes are told."""
    silent_after: timedelta = timedelta(minutes=10)
    interval: timedelta = timedelta(minutes=1)
    """From one look to the next."""
    throttle: timedelta = timedelta(minutes=15)
    """From one message about the same to the next, while it lasts."""
    page: str = ""
    """Address of drainwatch's page."""
    kibana: str = ""
    """Of Kibana, with the space."""
    data_view: str = "logs-*"
    """What Kibana shows."""

    def __post_init__(self) -> None:
        if self.webhook and self.account:
            raise UsageError("Slack is told by a webhook or by an account.", "Name one of the two.")
        if not (self.webhook or self.account or self.emails):
            raise UsageError(
                "The watches have nobody to tell.", "Name a Slack webhook, a Slack account or an e-mail address."
            )
        if not re.fullmatch(r"[\w-]*", self.account):
            raise UsageError(
                f"{self.account!r} is no name of a Slack account.",
                "Elasticsearch's settings name it, as in …account.ops.",
            )
        for email in self.emails:
            if not re.fullmatch(r"[^@\s{}]+@[^@\s{}]+", email):
                raise UsageError(f"{email!r} is no e-mail address.")
        for name, duration in (("interval", self.interval), ("throttle", self.throttle)):
            if duration < timedelta(seconds=10) or duration % _SECONDS:
                raise UsageError(
                    f"The {name} of the watches can't be {duration}.", "It is 10s or more, in whole seconds."
                )
        if self.silent_after < 3 * self.interval or self.silent_after % _SECONDS:
            raise UsageError(
                "drainwatch can't be silent so soon.", "Make it at least three times the interval, in whole seconds."
            )

    @property
    def ways(self) -> frozenset[str]:
        """The types of the actions that are wanted."""
        chosen = {"webhook": self.webhook, "slack": self.account, "email": self.emails}
        return frozenset(way for way, given in chosen.items() if given)


def wanted_watches(folder: Path, choices: WatchChoices) -> list[Wanted]:
    """The watches as they should be; `folder` is kibana/watches/."""
    return [
        Wanted(
            Kind.WATCH, watch_name(choices.prefix, watch), _body(folder / f"{watch}.json", watch, choices), shared=True
        )
        for watch in Watch
        if watch in choices.watches
    ]


def watch_name(prefix: str, watch: Watch) -> str:
    """The id of the watch: `drainwatch-silence`."""
    return f"{prefix}-{watch}"


def _body(file: Path, watch: Watch, choices: WatchChoices) -> Json:
    body: Json = json.loads(file.read_text("utf-8"))
    fragments = body.pop("fragments", {})
    body["actions"] = {
        name: _as_texts(action) for name, action in body["actions"].items() if choices.ways & action.keys()
    }
    words = _words(watch, choices)
    lists = {"__LOGS__": choices.logs, "__TO__": choices.emails}
    filled: Json = _filled(_filled(body, fragments, lists), words, lists)
    # A key without a value would be one that templates take for given.
    filled["metadata"] = {key: value for key, value in filled["metadata"].items() if value != ""}
    return filled


def _words(watch: Watch, choices: WatchChoices) -> Mapping[str, Any]:
    quiet = _LOOKS * choices.interval
    # A look late by a moment still finds the time over, and the one before it doesn't.
    throttle = quiet - choices.interval / 2 if watch is Watch.ANOMALIES else choices.throttle
    webhook = choices.webhook
    to = {} if webhook is None else {
        "__SCHEME__": webhook.scheme, "__HOST__": webhook.host, "__PORT__": webhook.port, "__PATH__": webhook.path
    }  # fmt: skip
    return {
        **to,
        "__PREFIX__": choices.prefix,
        "__ACCOUNT__": choices.account,
        "__SEVERITY__": str(choices.severity),
        "__FLOOR__": FLOORS[choices.severity],
        "__THRESHOLD__": choices.threshold,
        "__LEAST__": choices.threshold + 1,
        "__INTERVAL__": _seconds(choices.interval),
        "__QUIET__": _seconds(quiet),
        "__SETTLED__": _seconds(_SETTLED),
        "__THROTTLE__": _seconds(throttle),
        "__SILENT_AFTER__": _told(choices.silent_after),
        "__LINKS__": "yes" if choices.page or choices.kibana else "",
        "__PAGE__": choices.page.rstrip("/"),
        "__KIBANA__": choices.kibana.rstrip("/"),
        "__DATA_VIEW__": choices.data_view if choices.kibana else "",
    }


def _seconds(duration: timedelta) -> str:
    return f"{duration // _SECONDS}s"


def _told(duration: timedelta) -> str:
    """As people write it: `10m`."""
    minute = timedelta(minutes=1)
    return _seconds(duration) if duration % minute else f"{duration // minute}m"


def _as_texts(tree: Any) -> Any:
    """The tree with texts that are written as lists of lines put together."""
    if not isinstance(tree, dict):
        return tree
    return {
        name: "\n".join(value) if name in ("body", "text") and isinstance(value, list) else _as_texts(value)
        for name, value in tree.items()
    }


def _filled(tree: Any, words: Mapping[str, Any], lists: Mapping[str, Sequence[str]]) -> Any:
    """The tree with words replaced: whole strings by what they stand for, others inside, items of lists by several.

    >>> _filled({"size": "__N__", "in": ["__L__"], "a": "__P__-x"}, {"__N__": 3, "__P__": "dw"}, {"__L__": ["a", "b"]})
    {'size': 3, 'in': ['a', 'b'], 'a': 'dw-x'}
    """
    if isinstance(tree, dict):
        return {name: _filled(value, words, lists) for name, value in tree.items()}
    if isinstance(tree, list):
        return [_filled(item, words, lists) for one in tree for item in _several(one, lists)]
    if isinstance(tree, str):
        if tree in words:
            return words[tree]
        for word, value in words.items():
            tree = tree.replace(word, value) if isinstance(value, str) else tree
    return tree


def _several(item: Any, lists: Mapping[str, Sequence[str]]) -> Iterator[Any]:
    yield from lists[item] if isinstance(item, str) and item in lists else (item,)
