"""What Watcher does with a watch, as far as ours need it: searches on a real server, conditions, throttling, templates.

The servers of the tests have no Watcher. Conditions compare as the reference says, a string or a number by the type of
what it is compared with; actions are held back for their throttle period after they last succeeded.
https://www.elastic.co/docs/explore-analyze/alerting/watcher/how-watcher-works
"""

from __future__ import annotations

import json
import operator
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote_plus

import chevron
from elasticsearch import Elasticsearch

Json = dict[str, Any]
_OPERATORS: Mapping[str, Callable[[int], bool]] = {
    "eq": lambda order: order == 0,
    "not_eq": lambda order: order != 0,
    "gt": lambda order: order > 0,
    "gte": lambda order: order >= 0,
    "lt": lambda order: order < 0,
    "lte": lambda order: order <= 0,
}
_JSON = {"accept": "application/json", "content-type": "application/json"}


@dataclass(frozen=True)
class Message:
    """What an action sends."""

    action: str
    content: Any
    """Of a webhook its body, decoded; of Slack and e-mail the message."""


@dataclass
class Watcher:
    """One watch, as Watcher runs it; `now` in microseconds UTC."""

    name: str
    watch: Json
    client: Elasticsearch
    reachable: Callable[[str], bool] = lambda _: True
    """Whether an action succeeds."""
    _succeeded: dict[str, int] = field(default_factory=dict)

    def look(self, now: int) -> list[Message]:
        """Run the watch once, as scheduled at that time; what was sent."""
        context = self.context(now)
        if not met(self.watch["condition"], context):
            return []
        sent = []
        for name, action in self.watch["actions"].items():
            if self._is_throttled(name, action, now) or not met(action.get("condition", {"always": {}}), context):
                continue
            if self.reachable(name):
                self._succeeded[name] = now
                sent.append(Message(name, content_of(action, context)))
        return sent

    def context(self, now: int) -> Json:
        """What templates and conditions see."""
        scheduled = datetime.fromtimestamp(now / 1e6, UTC)
        time = f"{scheduled:%Y-%m-%dT%H:%M:%SZ}".replace(":00Z", "Z")  # as Java writes a time on the minute
        own = {"watch_id": self.name, "metadata": self.watch["metadata"], "trigger": {"scheduled_time": time}}
        kind, body = next(iter(self.watch["input"].items()))
        if kind == "search":
            return {"ctx": {**own, "payload": self._searched(body, {"ctx": own})}}
        payload: Json = {}
        for part in body["inputs"]:
            ((name, search),) = part.items()
            payload[name] = self._searched(search["search"], {"ctx": {**own, "payload": payload}})
        return {"ctx": {**own, "payload": payload}}

    def _searched(self, search: Json, context: Json) -> Any:
        asked = search["request"]
        path = f"/{','.join(asked['indices'])}/_search?ignore_unavailable=true&allow_no_indices=true"
        if asked["rest_total_hits_as_int"]:
            path += "&rest_total_hits_as_int=true"
        body = json.loads(rendered(json.dumps(asked["body"]), context, as_json))
        return self.client.perform_request("POST", path, headers=_JSON, body=body).body

    def _is_throttled(self, name: str, action: Json, now: int) -> bool:
        last = self._succeeded.get(name)
        period = re.fullmatch(r"(\d+)s", action.get("throttle_period", "5s"))
        assert period is not None
        return last is not None and now - last <= timedelta(seconds=int(period[1])) // timedelta(microseconds=1)


def met(condition: Json, context: Json) -> bool:
    """Whether a condition holds."""
    ((kind, body),) = condition.items()
    if kind == "always":
        return True
    ((path, said),) = body.items()
    if kind == "compare":
        ((name, value),) = said.items()
        return _holds(name, _at(context, path), value)
    assert kind == "array_compare", kind
    ((name, asked),) = ((name, one) for name, one in said.items() if name != "path")
    assert asked["quantifier"] == "some"
    return any(_holds(name, _at(item, said["path"]), asked["value"]) for item in _at(context, path) or [])


def _at(tree: Any, path: str) -> Any:
    for name in path.split("."):
        tree = tree.get(name) if isinstance(tree, dict) else None
    return tree


def _holds(name: str, found: Any, value: Any) -> bool:
    assert isinstance(value, int)
    if found is None:
        return name == "not_eq"
    return _OPERATORS[name](operator.gt(found, value) - operator.lt(found, value))


def content_of(action: Json, context: Json) -> Any:
    """What an action sends."""
    if "webhook" in action:
        body = action["webhook"]["body"]
        assert body.startswith("__json__::"), "without it values are not escaped"
        return json.loads(rendered(body.removeprefix("__json__::"), context, as_json))
    message = action.get("slack", {}).get("message") or action["email"]
    return _texts(message, context)


def _texts(tree: Any, context: Json) -> Any:
    if isinstance(tree, dict):
        return {name: _texts(value, context) for name, value in tree.items()}
    return rendered(tree, context, str) if isinstance(tree, str) else tree


def as_json(text: str) -> str:
    """A value inside a JSON string."""
    return json.dumps(text, ensure_ascii=False)[1:-1]


def as_in_address(text: str) -> str:
    """As Java encodes forms: an asterisk stays, a tilde doesn't."""
    return quote_plus(text, safe="*").replace("~", "%7E")


def rendered(template: str, context: Json, escape: Callable[[str], str]) -> str:
    """A template with its values, escaped; beside the sections of Mustache, Elasticsearch's own `{{#url}}`."""
    raw = re.sub(r"\{\{([^#^/{}]+)\}\}", r"{{{\1}}}", template)
    values: Any = {**_escaped(context, escape), "url": lambda text, render: as_in_address(render(text))}
    return chevron.render(raw, values)


def _escaped(tree: Any, escape: Callable[[str], str]) -> Any:
    if isinstance(tree, dict):
        return {name: _escaped(value, escape) for name, value in tree.items()}
    if isinstance(tree, list):
        return [_escaped(item, escape) for item in tree]
    return escape(tree) if isinstance(tree, str) else tree
