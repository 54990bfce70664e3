"""What watches are to be set up follows from the files of kibana/watches/ and what was chosen."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest

from detector.assets import asset_folder
from detector.errors import UsageError
from detector.setup import Wanted
from detector.setup.watches import Watch, WatchChoices, Webhook, wanted_watches

FOLDER = asset_folder("kibana/watches")
HOOK = Webhook("https", "hooks.slack.com", 443, "/services/T0/B0/secret")


def chosen(**more: Any) -> dict[str, Wanted]:
    given = {"prefix": "watch", "logs": ("logs-*-*", "filebeat-*"), "webhook": HOOK, **more}
    return {one.name: one for one in wanted_watches(FOLDER, WatchChoices(**given))}


def test_every_file_is_a_watch_and_every_watch_is_a_file() -> None:
    assert sorted(file.stem for file in FOLDER.iterdir()) == sorted(Watch)


def test_names_begin_with_the_prefix_and_nothing_is_left_to_fill_in() -> None:
    watches = chosen(emails=("ops@example.com",), page="https://dw.example/", kibana="https://kibana.example")
    assert list(watches) == ["watch-anomalies", "watch-server-errors", "watch-silence"]
    for one in watches.values():
        assert "__" not in json.dumps(one.body).replace("__json__::", "")
        assert one.body["metadata"]["managed_by"] == "drainwatch"
        assert one.body["metadata"]["page"] == "https://dw.example"


@pytest.mark.parametrize(
    ("ways", "types"),
    [
        ({}, {"webhook"}),
        ({"webhook": None, "account": "ops"}, {"slack"}),
        ({"emails": ("ops@example.com",)}, {"webhook", "email"}),
        ({"webhook": None, "emails": ("ops@example.com",)}, {"email"}),
    ],
)
def test_only_the_ways_that_were_chosen_are_there(ways: dict[str, Any], types: set[str]) -> None:
    for one in chosen(**ways).values():
        actions = [action.keys() - {"throttle_period", "condition"} for action in one.body["actions"].values()]
        assert set().union(*actions) == types


def test_patterns_of_logs_and_addresses_are_items_of_their_own() -> None:
    watches = chosen(emails=("a@example.com", "b@example.com"))
    first = watches["watch-server-errors"].body["input"]["chain"]["inputs"][0]["now"]
    assert first["search"]["request"]["indices"] == ["logs-*-*", "filebeat-*"]
    assert watches["watch-silence"].body["actions"]["email"]["email"]["to"] == ["a@example.com", "b@example.com"]


def test_without_links_templates_find_none() -> None:
    assert not chosen()["watch-anomalies"].body["metadata"].keys() & {"page", "kibana", "links", "data_view"}


def test_messages_follow_each_other_after_as_many_looks_as_a_look_goes_back() -> None:
    body = chosen(interval=timedelta(minutes=2))["watch-anomalies"].body
    assert body["trigger"] == {"schedule": {"interval": "120s"}}
    assert "||-30s-600s" in json.dumps(body["input"])
    assert {action["throttle_period"] for action in body["actions"].values()} == {"540s"}


@pytest.mark.parametrize(
    "address",
    [
        "", "hooks.slack.com/services/x", "https://hooks.slack.com", "https://hooks.slack.com/", "ftp://a/b",
        "https://me:secret@a/b", "https://a:b/c", "http://a/b", "https://a/{{ctx}}", "https://a/b?token=c",
    ],
)  # fmt: skip
def test_what_is_no_address_of_a_webhook_is_refused_without_showing_it(address: str) -> None:
    with pytest.raises(UsageError) as refused:
        Webhook.of(address)
    assert refused.value.advice == "Slack's look like https://hooks.slack.com/services/T…/B…/…"
    assert "secret" not in str(refused.value)


def test_the_secret_of_a_webhook_is_not_shown() -> None:
    hook = Webhook.of(" https://Hooks.Slack.com/services/T0/B0/secret\n")
    assert hook == HOOK
    assert "secret" not in repr(hook)
    assert Webhook.of("http://localhost:8065/hooks/x") == Webhook("http", "localhost", 8065, "/hooks/x")


@pytest.mark.parametrize(
    ("given", "problem"),
    [
        ({"account": "ops"}, "Slack is told by a webhook or by an account."),
        ({"webhook": None}, "The watches have nobody to tell."),
        ({"webhook": None, "account": "{{ctx.id}}"}, "'{{ctx.id}}' is no name of a Slack account."),
        ({"emails": ("{{ctx.id}}@example.com",)}, "'{{ctx.id}}@example.com' is no e-mail address."),
        ({"throttle": timedelta(seconds=1.5)}, "The throttle of the watches can't be 0:00:01.500000."),
        ({"silent_after": timedelta(minutes=2)}, "drainwatch can't be silent so soon."),
    ],
)
def test_what_does_not_go_together_is_refused(given: dict[str, Any], problem: str) -> None:
    with pytest.raises(UsageError) as refused:
        chosen(**given)
    assert refused.value.problem == problem
