"""What the servers of the tests have no handler for is taken by their own parsers and by the API's specification."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from detector.assets import asset_folder
from detector.setup import Choices, Kind, Part, Wanted, wanted
from detector.setup.compare import differences
from detector.setup.watches import WatchChoices, Webhook, wanted_watches
from tests.servers.elasticsearch import PINNED
from tests.servers.missing import MissingError, skip
from tests.setup.java_parsers import Body, Verdict, by_server, by_specification

ILM = asset_folder("ilm")
pytestmark = pytest.mark.timeout(300)  # the first run downloads
IN_SERVER = {Kind.POLICY: "ilm", Kind.SNAPSHOTS: "slm", Kind.ROLE: "role", Kind.COMPONENT: "settings"}
"""The kinds that the server's own parsers are asked about."""


def everything() -> list[Wanted]:
    """All objects, with both ways of keeping logs."""
    found = {}
    for logs in (Part.LOGS, Part.LOGS_WITHOUT_ILM):
        parts = frozenset({Part.ROLES, Part.SNAPSHOTS, logs})
        choices = Choices("watch", ("logs-*-*",), parts, "saved", ("shop",), keep_counts=timedelta(days=90))
        found.update({(one.kind, one.name, str(one.body)): one for one in wanted(ILM, choices)})
    return list(found.values())


def watches() -> list[Wanted]:
    """All watches, with every way to people."""
    hook = Webhook("https", "hooks.slack.com", 443, "/services/T0/B0/x")
    ways: list[dict[str, Any]] = [{"webhook": hook, "emails": ("ops@example.com",)}, {"account": "ops"}]
    folder = asset_folder("kibana/watches")
    return [one for way in ways for one in wanted_watches(folder, WatchChoices("watch", ("logs-*-*",), **way))]


def asked(one: Wanted) -> Body:
    """As the server's parser takes it: without what the request wraps it in."""
    body = {Kind.POLICY: lambda: one.body["policy"], Kind.COMPONENT: lambda: one.body["template"].get("settings", {})}
    return Body(IN_SERVER[one.kind], one.name, body.get(one.kind, lambda: one.body)())


@pytest.fixture(scope="module", params=PINNED)
def server_says(request: pytest.FixtureRequest) -> Iterator[list[tuple[Wanted, Verdict]]]:
    objects = [one for one in everything() if one.kind in IN_SERVER]
    try:
        yield list(zip(objects, by_server(request.param, map(asked, objects)), strict=True))
    except MissingError as missing:
        skip(str(missing))


def test_the_servers_parsers_take_them(server_says: list[tuple[Wanted, Verdict]]) -> None:
    assert [(one.name, verdict.said) for one, verdict in server_says if not verdict.taken] == []


def test_what_the_server_makes_of_them_is_the_same_to_us(server_says: list[tuple[Wanted, Verdict]]) -> None:
    for one, verdict in server_says:
        given_back = json.loads(verdict.said)
        if one.kind is Kind.COMPONENT:
            given_back = {**one.body, "template": {**one.body["template"], "settings": given_back}}
        assert differences(one.kind, one.body, given_back) == [], one.name


@pytest.mark.parametrize("version", PINNED)
def test_the_servers_parsers_would_find_a_mistake(version: str) -> None:
    wrong = [
        Body("ilm", "x", {"phases": {"hot": {"actions": {"shrnk": {}}}}}),
        Body("ilm", "x", {"phases": {"delete": {"min_age": "90", "actions": {"delete": {}}}}}),
        Body("slm", "x", {"name": "<x>", "schedule": "at night", "repository": "x"}),
        Body("role", "x", {"cluster": [], "indices": [{"names": ["x"], "privilege": ["read"]}]}),
        Body("settings", "x", {"index.lifecycle.nme": "x"}),
    ]
    try:
        assert [verdict.taken for verdict in by_server(version, wrong)] == [False] * len(wrong)
    except MissingError as missing:
        skip(str(missing))


def test_the_specification_of_the_api_has_all_fields() -> None:
    retention = json.loads((ILM / "data-stream-lifecycle" / "retention.json").read_text("utf-8"))
    objects = [*everything(), *watches()]
    bodies = [Body(one.kind, one.name, one.body) for one in objects if one.kind is not Kind.INDEX]
    bodies.append(Body("retention", "logs-*", retention))
    try:
        verdicts = by_specification(bodies)
    except MissingError as missing:
        skip(str(missing))
    refused = [(one.name, verdict.said) for one, verdict in zip(bodies, verdicts, strict=True) if not verdict.taken]
    assert refused == []


def test_the_specification_would_find_a_mistake() -> None:
    wrong = [
        Body("snapshot repository", "x", {"type": "s3", "settings": {"bucket": "x", "bse_path": "y"}}),
        Body("snapshot repository", "x", {"type": "s3", "settings": {"base_path": "y"}}),
        Body("retention", "x", {"data_retenton": "90d"}),
        Body("index template", "x", {"index_pattern": ["x"]}),
        Body("watch", "x", {"trigger": {"schedule": {"intervall": "1m"}}}),
        Body("watch", "x", {"condition": {"compare": {"ctx.payload.hits.total": {"more": 0}}}}),
        Body("watch", "x", {"input": {"search": {"request": {"indexes": ["x"]}}}}),
        Body("watch", "x", {"actions": {"x": {"webhook": {"hosts": "x"}}}}),
        Body("watch", "x", {"actions": {"x": {"throttle": "1m", "email": {"to": ["x"]}}}}),
    ]
    try:
        assert [verdict.taken for verdict in by_specification(wrong)] == [False] * len(wrong)
    except MissingError as missing:
        skip(str(missing))
