"""Logs of an incident are all there is: judged in hindsight, the beginning too."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest

from detector.batch import DetectResult, detect
from detector.findings import ReasonKind
from detector.hindsight import look_back
from detector.settings import DetectionSettings, Settings
from detector.vectors import WindowCounts
from detector.wiring import open_engine, open_source
from parsers.engine import Template
from tests.models.namespaces import COLUMNS, SPAN, healthy

TEMPLATES = {
    column.template: Template(
        column.template, "shop", column.workload, f"{column.template} <NUM>", column.level, 0, 0, 1, ""
    )
    for column in COLUMNS
} | {"refused": Template("refused", "shop", "cart", "refused by <IP>", "error", 0, 0, 1, "")}
CONTAINERS = Path(__file__).parents[3] / "shared/data/train-ticket/containers"


def logged(windows: int, fault: slice) -> list[WindowCounts]:
    ids = (*(column.template for column in COLUMNS), "refused")
    counts = np.hstack([healthy(windows, seed=3), np.zeros((windows, 1), np.int64)])
    counts[fault, -1] = 12
    return [
        WindowCounts("shop", row * SPAN, tuple(ids[at] for at in np.flatnonzero(line)), line[line > 0])
        for row, line in enumerate(counts)
    ]


def test_a_fault_in_the_first_minutes_is_told() -> None:
    found = look_back("shop", logged(240, slice(3, 8)), TEMPLATES, DetectionSettings(), 0, 240 * SPAN)

    (incident,) = found.incidents
    assert (incident.start, incident.end) == (3 * SPAN, 8 * SPAN)
    assert (incident.reasons[0].kind, incident.reasons[0].template_id) == (ReasonKind.NEW, "refused")


def test_an_error_that_comes_again_in_three_quarters_is_told_each_time() -> None:
    windows = logged(240, slice(10, 15))
    again = [*logged(240, slice(100, 105)), *logged(240, slice(200, 205))]
    refused = {one.window: one for one in again if "refused" in one.templates}
    windows = [refused.get(one.window, one) for one in windows]

    found = look_back("shop", windows, TEMPLATES, DetectionSettings(), 0, 240 * SPAN)

    assert [one.start // SPAN for one in found.incidents] == [10, 100, 200]


def test_healthy_logs_have_nothing_to_tell() -> None:
    assert look_back("shop", logged(240, slice(0)), TEMPLATES, DetectionSettings(), 0, 240 * SPAN).incidents == []


def test_too_little_says_how_much_is_needed() -> None:
    with pytest.raises(ValueError, match="too little to compare: 30 windows"):
        look_back("shop", logged(30, slice(0)), TEMPLATES, DetectionSettings(), 0, 30 * SPAN)


@pytest.mark.long
def test_new_statements_of_train_ticket_are_told_in_their_minute_and_few_others() -> None:
    """Statements that few minutes hold stand for the published faults, whose labels are not at hand."""
    if not CONTAINERS.exists():
        if os.environ.get("DRAINWATCH_REQUIRE_SERVERS") == "1":
            pytest.fail("the Train Ticket logs are missing")
        pytest.skip("the Train Ticket logs are not here")
    settings = Settings()
    engine = open_engine(settings)
    source = open_source([str(CONTAINERS)], settings, follow=False, clock=lambda: 2**51)
    result = detect(source, engine, settings, hindsight=True)
    source.close()
    statements = ("ContactsServiceImpl#37", "BasicServiceImpl#415", "FoodServiceImpl#245", "VerifyCodeServiceImpl#129")
    catalogue = engine.catalogue("train-ticket").values()
    named = {one.id for one in catalogue if any(statement in one.text for statement in statements)}
    told = minutes(result, named)

    assert told == {
        *range(43, 45), *range(51, 54), *range(57, 60), *range(63, 66), *range(72, 75), *range(80, 84),
        91, 92, 95, 96, 103, *range(109, 112), *range(117, 121),
    }  # fmt: skip


def minutes(result: DetectResult, named: set[str]) -> set[int]:
    """Minutes after eight o'clock of the anomalies that are told by these templates."""
    day = 19_386 * 86_400_000_000
    return {
        (anomaly.window - day) // 60_000_000 - 480
        for anomaly in result.anomalies
        if any(reason.kind is ReasonKind.NEW and reason.template_id in named for reason in anomaly.reasons)
    }
