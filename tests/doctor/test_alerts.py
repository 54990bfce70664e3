"""The doctor says whether anybody is told of alerts, and which channels and routes are of no use."""

from __future__ import annotations

from typing import Any

import pytest

from detector.doctor.alerts import judge, telling
from detector.doctor.check import State
from detector.doctor.facts import Configured, Facts
from detector.settings.alerts import AlertSettings

TWO = {"ops": {"type": "stdout"}, "team": {"type": "stdout"}}
PAGE = "https://drainwatch.example.org"


@pytest.mark.parametrize(
    ("section", "state", "said"),
    [
        ({}, State.SKIPPED, "nobody is told"),
        ({"channels": TWO, "page": PAGE}, State.OK, "ops, team are told of everything"),
        (
            {"channels": TWO, "page": PAGE, "routes": [{"channels": ["ops", "team"], "namespaces": ["shop"]}]},
            State.OK,
            "told by 1 route",
        ),
        ({"channels": TWO, "page": PAGE, "routes": [{"channels": ["ops"]}]}, State.WARNING, "no route leads to team"),
        (
            {"channels": TWO, "routes": [{"channels": ["ops"]}, {"channels": ["team"], "namespaces": ["a", "-*"]}]},
            State.WARNING,
            "entry 2 of alerts.routes",
        ),
        ({"channels": TWO}, State.WARNING, "messages have no links"),
    ],
)
def test_it_says_who_is_told(section: dict[str, Any], state: State, said: str) -> None:
    facts = Facts(0, Configured("files", "sqlite"), telling=telling(AlertSettings.model_validate(section)))
    (check,) = judge(facts)
    assert check.state is state
    assert said in check.seen
    assert check.mend or state is State.OK
