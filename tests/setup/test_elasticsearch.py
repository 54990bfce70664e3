"""Setting up real servers: what is made, what is left alone, and what is said."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from detector.assets import asset_folder
from detector.errors import ServerError
from detector.setup import Action, Choices, Kind, Part, Step, apply, plan, wanted
from ingest.elasticsearch.client import connect
from tests.servers.elasticsearch import Server

ILM = asset_folder("ilm")


def planned(server: Server, prefix: str, *parts: Part, user: str = "setup") -> list[Step]:
    objects = wanted(ILM, Choices(prefix, ("logs-*-*",), frozenset(parts), bucket="saved", namespaces=("shop",)))
    client = connect(server.connection(user))
    try:
        return plan(client, objects)
    finally:
        client.close()


def applied(server: Server, steps: Sequence[Step], user: str = "setup") -> list[Step]:
    client = connect(server.connection(user))
    try:
        return list(apply(client, steps))
    finally:
        client.close()


def by_action(steps: Sequence[Step], action: Action) -> list[str]:
    return [f"{step.wanted.kind} {step.wanted.name}" for step in steps if step.action is action]


def test_everything_is_made_once_and_then_there_is_nothing_to_change(elasticsearch: Server, prefix: str) -> None:
    first = applied(elasticsearch, planned(elasticsearch, prefix))
    single = ("access", "alerts", "changes", "feedback", "state", "templates")
    names = sorted((*single, "anomalies", "counts", "hours", "incidents"))
    assert by_action(first, Action.CREATE) == [
        *(f"index template {prefix}-{name}" for name in names),
        *(f"index {prefix}-{name}" for name in single),
    ]
    second = planned(elasticsearch, prefix)
    assert [step for step in second if step.pending] == []
    assert len(by_action(second, Action.KEEP)) == 16
    assert by_action(first, Action.FAIL) == by_action(second, Action.FAIL) == []


def test_planning_changes_nothing(elasticsearch: Server, prefix: str) -> None:
    planned(elasticsearch, prefix)
    assert planned(elasticsearch, prefix) == planned(elasticsearch, prefix)
    assert not elasticsearch.client.indices.exists(index=f"{prefix}-state")


def test_what_the_server_lacks_is_skipped_with_a_word(elasticsearch: Server, prefix: str) -> None:
    parts = (Part.SNAPSHOTS, Part.LOGS)
    steps = applied(elasticsearch, planned(elasticsearch, prefix, *parts, user="superuser"), user="superuser")
    reasons = {step.wanted.kind: step.reason for step in steps if step.action is Action.SKIP}
    assert reasons == {
        Kind.POLICY: "this server has no index lifecycle management",
        Kind.COMPONENT: "there is no ILM policy that it could name",
        Kind.REPOSITORY: "this server has no repositories of the type s3",
        Kind.SNAPSHOTS: "this server has no snapshot lifecycle management",
    }
    assert by_action(steps, Action.FAIL) == []


def test_what_the_server_refuses_is_told_and_does_not_stop_the_rest(elasticsearch: Server, prefix: str) -> None:
    # The build for tests can't make the index that roles are kept in: a module that it needs is missing.
    steps = planned(elasticsearch, prefix, Part.ROLES, user="superuser")
    done = applied(elasticsearch, sorted(steps, key=lambda step: step.wanted.kind is not Kind.ROLE), user="superuser")
    failed = [step for step in done if step.action is Action.FAIL]
    assert {step.wanted.kind for step in failed} == {Kind.ROLE}
    assert "pattern_capture" in failed[0].reason
    assert len(by_action(done, Action.CREATE)) == 16


def test_a_template_that_somebody_changed_is_shown_and_set_right(elasticsearch: Server, prefix: str) -> None:
    applied(elasticsearch, planned(elasticsearch, prefix))
    template = elasticsearch.client.indices.get_index_template(name=f"{prefix}-counts")["index_templates"][0]
    body = template["index_template"]
    body["template"]["settings"]["index"]["number_of_shards"] = "2"
    body = {name.strip("_"): body[name] for name in ("index_patterns", "template", "priority", "version", "_meta")}
    elasticsearch.client.indices.put_index_template(name=f"{prefix}-counts", **body)
    (step,) = [step for step in planned(elasticsearch, prefix) if step.pending]
    assert ("template.settings.index.number_of_shards", "2", "1") in [
        (line.path, line.is_now, line.should_be) for line in step.lines
    ]
    applied(elasticsearch, [step])
    assert not [step for step in planned(elasticsearch, prefix) if step.pending]


def test_an_older_index_gets_the_fields_that_are_new(elasticsearch: Server, prefix: str) -> None:
    applied(elasticsearch, planned(elasticsearch, prefix))
    elasticsearch.client.indices.delete(index=f"{prefix}-templates")
    elasticsearch.client.indices.delete_index_template(name=f"{prefix}-templates")
    elasticsearch.client.indices.create(
        index=f"{prefix}-templates",
        mappings={"dynamic": False, "properties": {"@timestamp": {"type": "date"}, "own": {"type": "keyword"}}},
    )
    steps = planned(elasticsearch, prefix)
    assert by_action(steps, Action.CHANGE) == [f"index {prefix}-templates"]
    assert by_action(applied(elasticsearch, steps), Action.FAIL) == []
    mapping = elasticsearch.client.indices.get_mapping(index=f"{prefix}-templates")[f"{prefix}-templates"]["mappings"]
    assert {"own", "template"} <= set(mapping["properties"])
    assert mapping["_meta"]["drainwatch"]["holds"] == "templates"


def test_an_index_that_is_mapped_otherwise_is_left_and_told(elasticsearch: Server, prefix: str) -> None:
    elasticsearch.client.index(index=f"{prefix}-state", document={"drainwatch": {"kind": 3}, "@timestamp": "today"})
    steps = planned(elasticsearch, prefix)
    (step,) = [step for step in steps if step.action is Action.FAIL]
    assert step.wanted.name == f"{prefix}-state"
    assert "Choose another elasticsearch.prefix" in step.reason
    assert {line.path for line in step.lines} == {
        "mappings.properties.@timestamp.type", "mappings.properties.drainwatch.properties.kind.type",
    }  # fmt: skip
    done = applied(elasticsearch, steps)
    assert by_action(done, Action.FAIL) == [f"index {prefix}-state"]
    assert f"index {prefix}-templates" in by_action(done, Action.CREATE)


def test_a_template_of_a_newer_version_is_left(elasticsearch: Server, prefix: str) -> None:
    elasticsearch.client.indices.put_index_template(
        name=f"{prefix}-counts", index_patterns=[f"{prefix}-counts-*"], priority=520, version=99
    )
    steps = {step.wanted.name: step for step in planned(elasticsearch, prefix) if step.wanted.kind is Kind.TEMPLATE}
    assert steps[f"{prefix}-counts"].reason == "of a newer drainwatch: use that one to set up"


def test_what_belongs_to_others_is_left_and_the_setting_is_named(elasticsearch: Server, prefix: str) -> None:
    client = elasticsearch.client
    client.cluster.put_component_template(name="logs@custom", template={"settings": {"number_of_shards": 3}})
    try:
        (step,) = [step for step in planned(elasticsearch, prefix, Part.LOGS_WITHOUT_ILM) if step.wanted.shared]
        assert (step.action, step.reason) == (
            Action.SKIP,
            "somebody else's; add to it yourself: lifecycle.data_retention: 90d, index.lifecycle.prefer_ilm: false",
        )
        client.cluster.delete_component_template(name="logs@custom")
        steps = planned(elasticsearch, prefix, Part.LOGS_WITHOUT_ILM)
        assert "component template logs@custom" in by_action(applied(elasticsearch, steps), Action.CREATE)
        steps = planned(elasticsearch, prefix, Part.LOGS_WITHOUT_ILM)
        assert "component template logs@custom" in by_action(steps, Action.KEEP)
    finally:
        client.options(ignore_status=404).cluster.delete_component_template(name="logs@custom")


def test_who_may_not_set_up_is_told_which_privilege_is_missing(elasticsearch: Server, prefix: str) -> None:
    steps = applied(elasticsearch, planned(elasticsearch, prefix, user="writer"), user="writer")
    reasons = {step.reason for step in steps if step.wanted.kind is Kind.TEMPLATE}
    assert reasons == {"the user lacks the privilege manage_index_templates"}
    assert len(by_action(steps, Action.FAIL)) == 16


def test_an_index_is_not_made_without_its_template(elasticsearch: Server, prefix: str) -> None:
    steps = applied(elasticsearch, planned(elasticsearch, prefix), user="writer")
    failed = {step.wanted.name: step.reason for step in steps if step.action is Action.FAIL}
    assert failed[f"{prefix}-state"] == "its template could not be made"
    assert not elasticsearch.client.indices.exists(index=f"{prefix}-state")


def test_a_server_that_is_not_there_is_one_sentence(prefix: str, elasticsearch: Server) -> None:
    from dataclasses import replace

    away = replace(elasticsearch.connection(), hosts=("https://localhost:1",), patience=0.0)
    client = connect(away)
    with pytest.raises(ServerError, match="can't be reached"):
        plan(client, wanted(ILM, Choices(prefix, ("logs-*-*",))))
    client.close()
