"""What is to be set up follows from the files of ilm/ and the settings."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from detector.assets import asset_folder
from detector.errors import UsageError
from detector.setup import Choices, Kind, Part, Wanted, wanted
from detector.setup.plan import ours
from detector.setup.wanted import filled

ILM = asset_folder("ilm")
LOGS = ("logs-*-*", "filebeat-*")


def chosen(*parts: Part, **more: Any) -> list[Wanted]:
    return wanted(ILM, Choices(prefix="watch", logs=LOGS, parts=frozenset(parts), **more))


def of_kind(kind: Kind, objects: list[Wanted]) -> dict[str, Wanted]:
    return {one.name: one for one in objects if one.kind is kind}


def test_what_nobody_asked_for_is_left_out() -> None:
    kinds = {one.kind for one in chosen()}
    assert kinds == {Kind.POLICY, Kind.COMPONENT, Kind.TEMPLATE, Kind.INDEX}
    assert not [one.name for one in chosen() if "logs" in one.name]


def test_names_begin_with_the_prefix_and_nothing_is_left_to_fill_in() -> None:
    everything = chosen(Part.ROLES, Part.SNAPSHOTS, Part.LOGS, bucket="saved", namespaces=("shop",))
    assert [one.name for one in everything if not one.name.startswith("watch") and not one.shared] == []
    assert "__" not in json.dumps([[one.name, one.body] for one in everything])


def test_objects_come_after_those_that_they_need() -> None:
    order = list(Kind)
    kinds = [order.index(one.kind) for one in chosen(Part.ROLES, Part.SNAPSHOTS, Part.LOGS, bucket="saved")]
    assert kinds == sorted(kinds)


def test_the_indices_that_are_not_made_by_the_day_are_made_at_once() -> None:
    singles = ["watch-access", "watch-alerts", "watch-changes", "watch-feedback", "watch-state", "watch-templates"]
    assert sorted(of_kind(Kind.INDEX, chosen())) == singles


def test_every_life_cycle_that_a_template_names_is_there() -> None:
    components = of_kind(Kind.COMPONENT, chosen())
    named = {name for one in of_kind(Kind.TEMPLATE, chosen()).values() for name in one.body.get("composed_of", ())}
    assert named == set(components)
    policies = {one.body["template"]["settings"]["index.lifecycle.name"] for one in components.values()}
    assert policies == set(of_kind(Kind.POLICY, chosen()))


def test_a_server_without_life_cycles_takes_the_templates_all_the_same() -> None:
    for template in of_kind(Kind.TEMPLATE, chosen()).values():
        lifecycles = template.body.get("composed_of", [])
        assert template.body.get("ignore_missing_component_templates", []) == lifecycles


def test_the_reader_reads_what_is_searched_and_the_snapshots_save_it() -> None:
    everything = chosen(Part.ROLES, Part.SNAPSHOTS, bucket="saved")
    reader = of_kind(Kind.ROLE, everything)["watch_reader"].body
    assert reader["indices"][0]["names"] == list(LOGS)
    saved = of_kind(Kind.SNAPSHOTS, everything)["watch-nightly"].body
    assert saved["config"]["indices"] == ["watch-*", *LOGS]
    assert of_kind(Kind.REPOSITORY, everything)["watch"].body["settings"]["bucket"] == "saved"


def test_each_namespace_that_is_named_gets_a_viewer_of_its_own() -> None:
    roles = of_kind(Kind.ROLE, chosen(Part.ROLES, namespaces=("shop", "pay-ments")))
    assert set(roles) == {
        "watch_reader", "watch_writer", "watch_viewer", "watch_setup", "watch_viewer_shop", "watch_viewer_pay-ments",
        "watch_lector-logs", "watch_admin-elk",
    }  # fmt: skip
    (indices,) = roles["watch_viewer_shop"].body["indices"]
    assert json.loads(indices["query"]) == {"term": {"kubernetes.namespace": "shop"}}
    assert roles["watch_viewer_shop"].needs_dls


def test_roles_for_people_go_by_their_own_names_unless_several_drainwatches_share_the_cluster() -> None:
    usual = of_kind(Kind.ROLE, wanted(ILM, Choices("drainwatch", LOGS, frozenset({Part.ROLES}))))
    assert {"lector-logs", "admin-elk", "drainwatch_reader"} <= set(usual)
    assert not {"lector-logs", "admin-elk"} & set(of_kind(Kind.ROLE, chosen(Part.ROLES)))


def test_a_role_of_that_name_that_somebody_else_made_is_not_taken_over() -> None:
    roles = of_kind(Kind.ROLE, chosen(Part.ROLES))
    for name, role in roles.items():
        assert role.shared == (name in {"watch_lector-logs", "watch_admin-elk"})
        assert not role.shared or ours(Kind.ROLE, role.body)
    assert not ours(Kind.ROLE, {"cluster": ["all"], "metadata": {}})


@pytest.mark.parametrize(
    ("counts", "findings", "ages"),
    [
        (timedelta(0), timedelta(0), ("37d", "400d")),
        (timedelta(days=90), timedelta(days=365), ("97d", "400d")),
        (timedelta(days=30, hours=1), timedelta(days=800), ("38d", "800d")),
    ],
)
def test_a_policy_never_deletes_what_the_settings_keep(
    counts: timedelta, findings: timedelta, ages: tuple[str, str]
) -> None:
    policies = of_kind(Kind.POLICY, chosen(keep_counts=counts, keep_findings=findings))
    phases = [policies[name].body["policy"]["phases"] for name in ("watch-counts", "watch-findings")]
    assert tuple(phase["delete"]["min_age"] for phase in phases) == ages, "counts are rolled up first"


def test_a_month_of_hours_is_kept_until_its_last_hour_is_old_enough() -> None:
    policies = of_kind(Kind.POLICY, chosen(keep_hours=timedelta(days=700)))
    assert policies["watch-hours"].body["policy"]["phases"]["delete"]["min_age"] == "731d"


def test_results_are_never_made_read_only_because_late_lines_change_them() -> None:
    for policy in of_kind(Kind.POLICY, chosen()).values():
        actions = {action for phase in policy.body["policy"]["phases"].values() for action in phase["actions"]}
        assert not actions & {"readonly", "forcemerge", "shrink", "rollover"}


@pytest.mark.parametrize("part", [Part.LOGS, Part.LOGS_WITHOUT_ILM])
def test_logs_are_kept_one_way_or_the_other(part: Part) -> None:
    (component,) = [one for one in chosen(part) if one.shared]
    assert component.name == "logs@custom"
    assert component.needs_policy == (part is Part.LOGS)


@pytest.mark.parametrize(
    ("parts", "more", "advice"),
    [
        ((Part.LOGS, Part.LOGS_WITHOUT_ILM), {}, "Name one of the two."),
        ((Part.SNAPSHOTS,), {}, "Name it with --bucket."),
        ((Part.ROLES,), {"namespaces": ('sh"op',)}, ""),
    ],
)
def test_what_does_not_go_together_is_refused(parts: tuple[Part, ...], more: dict[str, Any], advice: str) -> None:
    with pytest.raises(UsageError) as refused:
        chosen(*parts, **more)
    assert refused.value.advice == advice


def test_words_are_filled_in_wherever_they_stand() -> None:
    tree = {"__PREFIX__-a": ["__LOGS__", {"of": "<__PREFIX__-{now/d}>"}, 3, None]}
    assert filled(tree, {"__PREFIX__": "watch"}, {"__LOGS__": ["x", "y"]}) == {
        "watch-a": ["x", "y", {"of": "<watch-{now/d}>"}, 3, None]
    }


def test_every_file_of_ilm_is_json_that_says_who_manages_it() -> None:
    files = [path for path in ILM.rglob("*.json") if path.parent.name in ("policies", "component-templates")]
    assert files
    for file in files:
        body = json.loads(Path(file).read_text("utf-8"))
        assert body.get("policy", body)["_meta"]["managed_by"] == "drainwatch", file
