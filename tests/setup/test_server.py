"""What a whole server answers, as its reference says, is compared with what is wanted: the build for tests has less.

https://www.elastic.co/docs/api/doc/elasticsearch/
"""

from __future__ import annotations

from typing import Any

import pytest

from detector.assets import asset_folder
from detector.setup import Choices, Kind, Part, Wanted, wanted
from detector.setup.compare import differences
from detector.setup.server import unwrapped

CHOICES = Choices("watch", ("logs-*-*",), frozenset({Part.ROLES, Part.SNAPSHOTS}), bucket="saved")
WANTED = {(one.kind, one.name): one for one in wanted(asset_folder("ilm"), CHOICES)}
DATE = "2026-11-21T07:00:00.000Z"


def answers(one: Wanted) -> dict[str, Any]:
    """To a GET request: the body as it was put, with what the server adds."""
    body = one.body
    if one.kind is Kind.POLICY:
        return {one.name: {"version": 3, "modified_date": DATE, **body, "in_use_by": {"indices": ["x"]}}}
    if one.kind is Kind.ROLE:
        return {one.name: {**body, "applications": [], "run_as": [], "metadata": {}}}
    if one.kind is Kind.REPOSITORY:
        return {one.name: {"uuid": "a-b", **body}}
    if one.kind is Kind.SNAPSHOTS:
        return {one.name: {"version": 1, "policy": body, "next_execution_millis": 2, "stats": {"policy": one.name}}}
    return {f"{one.name}-000001": {"aliases": {one.name: {}}, "mappings": body["mappings"]}}


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        (Kind.POLICY, "watch-findings"), (Kind.ROLE, "watch_writer"), (Kind.REPOSITORY, "watch"),
        (Kind.SNAPSHOTS, "watch-nightly"), (Kind.INDEX, "watch-state"),
    ],
)  # fmt: skip
def test_what_a_server_answers_is_as_it_should_be(kind: Kind, name: str) -> None:
    one = WANTED[kind, name]
    assert differences(kind, one.body, unwrapped(one, answers(one))) == []


def test_a_policy_that_somebody_changed_is_told() -> None:
    one = WANTED[Kind.POLICY, "watch-findings"]
    answer = answers(one)
    phases = answer[one.name]["policy"]["phases"]
    answer[one.name]["policy"] = {"phases": {**phases, "delete": {"min_age": "10d", "actions": {"delete": {}}}}}
    lines = {
        line.path: (line.is_now, line.should_be) for line in differences(one.kind, one.body, unwrapped(one, answer))
    }
    assert lines["phases.delete.min_age"] == ("10d", "400d")
