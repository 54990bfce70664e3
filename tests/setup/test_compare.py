"""The same object in the server's words and in ours is the same; everything else is told line by line."""

from __future__ import annotations

from typing import Any

import pytest

from detector.setup.compare import Line, differences, impossible
from detector.setup.wanted import Kind

POLICY = {"policy": {"phases": {"hot": {"min_age": "0ms", "actions": {"readonly": {}}}}}}
MAPPINGS: dict[str, Any] = {"dynamic": False, "properties": {"a": {"type": "date"}, "b": {"properties": {}}}}

SAME: dict[str, tuple[Kind, dict[str, Any], dict[str, Any]]] = {
    "settings nested, as text": (
        Kind.COMPONENT,
        {"template": {"settings": {"index.lifecycle.name": "x", "number_of_shards": 1, "index": {"hidden": True}}}},
        {"template": {"settings": {"index": {"lifecycle": {"name": "x"}, "number_of_shards": "1", "hidden": "true"}}}},
    ),
    "dates of its own": (
        Kind.TEMPLATE,
        {"index_patterns": ["x-*"], "priority": 520},
        {"index_patterns": ["x-*"], "priority": 520, "created_date_millis": 1, "modified_date_millis": 2},
    ),
    "empty parts": (
        Kind.TEMPLATE,
        {"index_patterns": ["x-*"], "template": {"settings": {}, "aliases": {}}, "composed_of": []},
        {"index_patterns": ["x-*"], "template": {"mappings": {}}},
    ),
    "a life cycle's default": (
        Kind.COMPONENT,
        {"template": {"lifecycle": {"data_retention": "90d"}}},
        {"template": {"lifecycle": {"enabled": True, "data_retention": "90d"}}},
    ),
    "a policy, unwrapped": (Kind.POLICY, POLICY, dict(POLICY["policy"])),
    "a role's defaults": (
        Kind.ROLE,
        {"cluster": ["monitor", "manage_ilm"], "indices": [{"names": ["x"], "privileges": ["read", "index"]}]},
        {
            "cluster": ["manage_ilm", "monitor"],
            "indices": [{"names": ["x"], "privileges": ["index", "read"], "allow_restricted_indices": False}],
            "applications": [],
            "run_as": [],
            "metadata": {},
            "transient_metadata": {"enabled": True},
        },
    ),
    "a role's filter as text": (
        Kind.ROLE,
        {"indices": [{"names": ["x"], "privileges": ["read"], "query": {"term": {"a": "b"}}}]},
        {"indices": [{"names": ["x"], "privileges": ["read"], "query": '{"term":{"a":"b"}}'}]},
    ),
    "an index with more fields": (
        Kind.INDEX,
        {"mappings": MAPPINGS},
        {"mappings": {"dynamic": "false", "properties": {"a": {"type": "date"}, "c": {"type": "long"}}}},
    ),
    "an object's type": (
        Kind.INDEX,
        {"mappings": {"properties": {"a": {"type": "object", "properties": {"b": {"type": "long"}}}}}},
        {"mappings": {"properties": {"a": {"properties": {"b": {"type": "long"}}}}}},
    ),
    "a repository's settings as text": (
        Kind.REPOSITORY,
        {"type": "s3", "settings": {"bucket": "x", "compress": True}},
        {"type": "s3", "settings": {"bucket": "x", "compress": "true"}},
    ),
}  # fmt: skip


@pytest.mark.parametrize("what", SAME)
def test_means_the_same(what: str) -> None:
    kind, ours, theirs = SAME[what]
    assert differences(kind, ours, theirs) == []


def test_a_value_that_differs_is_told_with_both() -> None:
    ours = {"template": {"settings": {"number_of_shards": 1}}, "version": 2}
    theirs = {"template": {"settings": {"index": {"number_of_shards": "3"}}}, "version": 1}
    assert differences(Kind.TEMPLATE, ours, theirs) == [
        Line("template.settings.index.number_of_shards", "3", "1"),
        Line("version", "1", "2"),
    ]


def test_what_somebody_added_is_told() -> None:
    theirs = {"phases": {**POLICY["policy"]["phases"], "cold": {"min_age": "5d"}}}
    assert differences(Kind.POLICY, POLICY, theirs) == [Line("phases.cold.min_age", "5d", None)]


def test_an_action_without_options_counts() -> None:
    theirs = {"phases": {"hot": {"min_age": "0ms", "actions": {}}}}
    assert Line("phases.hot.actions.readonly", None, "{}") in differences(Kind.POLICY, POLICY, theirs)


def test_a_wider_filter_of_a_role_is_told() -> None:
    ours = {"indices": [{"names": ["x"], "privileges": ["read"], "query": '{"term": {"a": "b"}}'}]}
    theirs = {"indices": [{"names": ["x"], "privileges": ["read"]}]}
    assert [line.path for line in differences(Kind.ROLE, ours, theirs)] == ["indices.0.query"]


def test_new_fields_can_be_added_to_an_index_and_others_can_not_be_changed() -> None:
    theirs = {"mappings": {"dynamic": "true", "properties": {"a": {"type": "keyword"}}}}
    ours = {"mappings": {"dynamic": False, "properties": {"a": {"type": "date"}, "n": {"type": "long"}}}}
    lines = differences(Kind.INDEX, ours, theirs)
    assert [line.path for line in lines] == [
        "mappings.dynamic",
        "mappings.properties.a.type",
        "mappings.properties.n.type",
    ]
    assert impossible(lines) == [Line("mappings.properties.a.type", "keyword", "date")]
