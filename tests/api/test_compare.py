"""`/api/v1/compare`: one time of a namespace held against an earlier one."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
import pytest
from starlette.testclient import TestClient

from detector.findings import Change, ChangeKind
from detector.store.port import PassResult, WindowCounts
from detector.store.sqlite import SqliteStore
from tests.api.test_endpoints import get, refused
from tests.store.shop import counts, minute, status, template

DAY = 1440
CHANGE = Change("c1", "shop", "checkout", minute(900), ChangeKind.IMAGE, "r/checkout:1", "r/checkout:2")
LATEST = {"namespace": "shop", "since": "2026-11-23T06:00:00Z", "until": "2026-11-23T07:00:00Z"}


@pytest.fixture
def two_days(empty: TestClient, store: SqliteStore) -> TestClient:
    """Two days of `shop` from seven on: in the last hour it pays thrice as much as ever, and refuses."""

    def window(at: int) -> WindowCounts:
        load = 20 + at % 3 + (10 if at // 60 % 24 == 23 else 0)
        if at >= 2 * DAY - 60:
            return counts(at, paid=3 * load, sent=load, cart=load, refused=4)
        return counts(at, paid=load, sent=load, cart=load)

    names = ("paid", "sent", "cart")
    refusals = replace(template("refused"), first_seen=minute(2 * DAY - 60), level="error")
    store.commit(
        PassResult(
            minute(2 * DAY),
            counts=[window(at) for at in range(2 * DAY)],
            templates=[*map(template, names), refusals],
            changes=[CHANGE],
            statuses=[status(last=2 * DAY - 1)],
        )
    )
    return empty


def test_an_hour_is_held_against_the_same_hour_of_the_day_before(two_days: TestClient) -> None:
    found = get(two_days, "/api/v1/compare", **LATEST, against="-1d")
    assert [found[name] for name in ("before_since", "before_until", "since", "until")] == [
        "2026-11-22T06:00:00Z",
        "2026-11-22T07:00:00Z",
        "2026-11-23T06:00:00Z",
        "2026-11-23T07:00:00Z",
    ]
    assert (found["windows_before"], found["windows_after"], found["step_seconds"]) == (60, 60, 60.0)
    assert (found["lines_before"], found["lines_after"]) == (60 * 31 * 3, 60 * 31 * 5 + 240)
    more, new = sorted(found["differences"], key=lambda one: str(one["kind"]))
    assert (more["template_id"], more["kind"], more["lift"]) == ("paid", "more", 3.0)
    assert (new["template_id"], new["kind"], new["level"], new["before"], new["after"]) == (
        "refused",
        "new",
        "error",
        0,
        240,
    )
    assert found["release"] == found["changes"] == []
    assert get(two_days, found["links"]["self"]) == found


def test_what_was_changed_in_between_is_told(two_days: TestClient) -> None:
    early = {"before_since": "2026-11-21T08:00:00Z", "before_until": "2026-11-21T10:00:00Z"}
    found = get(two_days, "/api/v1/compare", **LATEST, **early)
    assert (found["before_since"], found["before_until"]) == tuple(early.values())
    assert [one["id"] for one in found["changes"]] == ["c1"]
    assert (found["windows_before"], found["windows_after"]) == (120, 60)


@pytest.mark.parametrize(
    ("query", "before"),
    [
        ({}, ("2026-11-23T05:00:00Z", "2026-11-23T06:00:00Z")),
        ({"against": "previous"}, ("2026-11-23T05:00:00Z", "2026-11-23T06:00:00Z")),
        ({"against": "-90m"}, ("2026-11-23T04:30:00Z", "2026-11-23T05:30:00Z")),
        ({"before_since": "2026-11-22T03:00:00Z"}, ("2026-11-22T03:00:00Z", "2026-11-22T04:00:00Z")),
        ({"before_until": "2026-11-22T03:00:00Z"}, ("2026-11-22T02:00:00Z", "2026-11-22T03:00:00Z")),
        (
            {"before_since": "2026-11-20", "before_until": "2026-11-21T09:00:00Z"},
            ("2026-11-21T07:00:00Z", "2026-11-21T09:00:00Z"),
        ),
    ],
)
def test_the_earlier_time_may_be_said_in_several_ways(
    two_days: TestClient, query: dict[str, str], before: tuple[str, str]
) -> None:
    found = get(two_days, "/api/v1/compare", **LATEST, **query)
    assert (found["before_since"], found["before_until"]) == before


def test_what_is_not_closed_yet_is_left_out_of_both(two_days: TestClient) -> None:
    found = get(
        two_days,
        "/api/v1/compare",
        namespace="shop",
        since="2026-11-23T06:40:00Z",
        until="2026-11-23T07:40:00Z",
        against="-1d",
    )
    assert (found["until"], found["before_until"]) == ("2026-11-23T07:00:00Z", "2026-11-22T07:00:00Z")
    assert found["windows_before"] == found["windows_after"] == 20


def test_without_times_it_is_the_last_hour_against_the_one_before(two_days: TestClient) -> None:
    assert get(two_days, "/api/v1/compare", namespace="shop")["since"] == "2026-11-23T06:00:00Z"


def test_times_that_are_kept_by_the_hour_only_are_compared_by_the_hour(
    two_days: TestClient, store: SqliteStore
) -> None:
    asked = {"namespace": "shop", "since": "2026-11-22T20:00:00Z", "until": "2026-11-23T07:00:00Z", "against": "-1d"}
    before = get(two_days, "/api/v1/compare", **asked)
    store.prune(minute(DAY), 0)
    found = get(two_days, "/api/v1/compare", **asked)
    assert (found["step_seconds"], found["windows_before"], found["windows_after"]) == (3600.0, 11, 11)
    assert (found["lines_before"], found["lines_after"]) == (before["lines_before"], before["lines_after"])
    assert [one["template_id"] for one in found["differences"]] == ["refused"], "an hour of eleven proves no more"
    gap = refused(
        two_days,
        "/api/v1/compare?namespace=shop&since=2026-11-21T09:30:00Z&until=2026-11-21T09:40:00Z&against=previous",
        422,
    )
    assert "kept by the hour only" in gap


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("since=2026-11-23T05:00:00Z&until=2026-11-23T07:00:00Z&against=-1h", "longer than 1h, so both would overlap"),
        (
            "before_since=2026-11-23T05:30:00Z&since=2026-11-23T06:00:00Z",
            "overlap from 2026-11-23 06:00 UTC to 2026-11-23 06:30 UTC.*end by 2026-11-23 06:00",
        ),
        ("since=2026-11-22T06:00:00Z&until=2026-11-22T07:00:00Z&before_since=2026-11-23T05:00:00Z", "later.*Exchange"),
        ("against=-1d&before_since=-1h", "say the same"),
        ("against=1d", "'1d' says no time earlier.*-1d"),
        ("against=yesterday", "'yesterday' says no time"),
        ("against=-7d", "Nothing is known of shop.*first line is of 2026-11-21 07:00 UTC"),
        ("since=2026-11-23T08:00:00Z&until=2026-11-23T09:00:00Z", "No window of that time is closed yet.*23 07:00"),
        ("since=2026-11-23T07:00:00Z", "No window after that time is closed yet.*closed until 2026-11-23T07:00:00Z"),
        ("since=2026-11-23T06:00:00Z&until=2026-11-23T06:00:00Z", "not earlier"),
        ("before_since=soon", "before_since: 'soon' is not a time"),
        ("limit=3", "limit"),
    ],
)
def test_what_cannot_be_compared_is_told_with_advice(two_days: TestClient, query: str, said: str) -> None:
    assert re.search(said, refused(two_days, f"/api/v1/compare?namespace=shop&{query}", 422))


def test_of_many_templates_several_windows_are_looked_at_as_one(empty: TestClient, store: SqliteStore) -> None:
    chance = np.random.default_rng(1)
    names = tuple(f"t{number:04}" for number in range(1_500))
    rates = np.full(len(names), 2.0)
    windows = []
    for at in range(12 * 60):
        if at == 6 * 60:
            rates[7] *= 4
        lines = chance.poisson(rates)
        seen = np.flatnonzero(lines)
        windows.append(WindowCounts("shop", minute(at), tuple(names[number] for number in seen), lines[seen]))
    store.commit(
        PassResult(
            minute(720), counts=windows, templates=[template(name) for name in names], statuses=[status(last=719)]
        )
    )
    found = get(empty, "/api/v1/compare", namespace="shop", since="2026-11-21T13:00:00Z", until="2026-11-21T19:00:00Z")
    assert found["step_seconds"] == 120, "720 windows of 1,500 templates are too many to be looked at one by one"
    soon = {"since": "2026-11-21T18:40:00Z", "before_since": "2026-11-21T07:00:00Z"}
    short = get(empty, "/api/v1/compare", namespace="shop", **soon, before_until="2026-11-21T18:40:00Z")
    assert short["step_seconds"] == 60, "of twenty minutes none are joined before it must be"
    assert [(one["template_id"], one["kind"]) for one in found["differences"]] == [("t0007", "more")]
    assert (found["lines_before"], found["lines_after"]) == tuple(
        sum(int(one.counts.sum()) for one in part) for part in (windows[:360], windows[360:])
    )


def test_of_a_time_held_against_a_moment_no_more_is_looked_at_than_fits_into_memory(
    empty: TestClient, store: SqliteStore
) -> None:
    names = [f"t{number:04}" for number in range(8_000)]
    store.commit(
        PassResult(
            minute(720),
            counts=[counts(at, t0001=9) for at in range(720)],
            templates=[template(name) for name in names],
            statuses=[status(last=719)],
        )
    )
    asked = {"since": "2026-11-21T18:59:00Z", "before_since": "2026-11-21T07:00:00Z"}
    found = get(empty, "/api/v1/compare", namespace="shop", **asked, before_until="2026-11-21T18:59:00Z")
    assert (found["step_seconds"], found["windows_before"], found["windows_after"]) == (60.0, 500, 1)
    assert (found["before_since"], found["before_until"]) == ("2026-11-21T10:39:00Z", "2026-11-21T18:59:00Z")
    assert found["lines_before"] == 500 * 9
