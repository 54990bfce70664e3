"""A past judged anew, and held against what is known: the figures can be counted on one's fingers."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from detector.feedback import expected, mute
from detector.findings import Anomaly, Reason, ReasonKind
from detector.replay import Known, Replayed, outcome, replay
from detector.settings import DetectionSettings
from detector.vectors import WindowCounts
from parsers.engine import Template

MINUTE = 60_000_000
HOUR, DAY = 60 * MINUTE, 1_440 * MINUTE


def anomaly(minute: int, score: float = 80.0, workload: str = "web", namespace: str = "shop") -> Anomaly:
    reason = Reason("t", "refused", workload, "warning", ReasonKind.MORE, 40, 0.0, 2.0, 1, 1.0)
    return Anomaly(f"{minute}", namespace, minute * MINUTE, MINUTE, score, {}, (reason,), "m")


def past(*anomalies: Anomaly, days: int = 2, namespace: str = "shop") -> Replayed:
    return Replayed(namespace, 5 * MINUTE, MINUTE, ((0, days * DAY),), anomalies)


def known(begin: int, end: int, namespace: str = "shop", workload: str = "") -> Known:
    return Known(f"at {begin}", begin * MINUTE, end * MINUTE, namespace, workload)


def test_precision_recall_f1_delay_and_alerts_a_day() -> None:
    # Told: 100-102 (of the first), 300 (of nothing), 500 (of the second, three minutes late). The third is missed.
    told = past(anomaly(100), anomaly(102), anomaly(300), anomaly(503))
    found = outcome([told], [known(100, 110), known(500, 510), known(900, 910)], 1.0)
    assert (found.told, found.false, found.found, found.known) == (3, 1, 2, 3)
    assert found.precision == pytest.approx(2 / 3)
    assert found.recall == pytest.approx(2 / 3)
    assert found.f1 == pytest.approx(2 / 3)
    assert [hit.delay for hit in found.hits] == [MINUTE, 4 * MINUTE, None]
    assert found.delay == 2.5 * MINUTE
    assert found.a_day == 1.5


def test_a_lower_budget_tells_only_what_is_rarer() -> None:
    # 25 comes once a day, 50 once in 30 days.
    told = past(anomaly(100, 24.0), anomaly(200, 40.0), anomaly(300, 60.0))
    assert [outcome([told], [], budget).told for budget in (2.0, 1.0, 1 / 30)] == [3, 2, 1]


def test_an_incident_belongs_to_what_it_overlaps_or_follows_within_the_gap() -> None:
    def explained(minute: int) -> bool:
        return outcome([past(anomaly(minute))], [known(100, 110)], 1.0).false == 0

    assert [explained(minute) for minute in (98, 99, 100, 109, 114, 115)] == [False, False, True, True, True, False]


def test_a_workload_that_is_named_has_to_be_among_the_reasons() -> None:
    told = [past(anomaly(100))]
    assert outcome(told, [known(100, 110, workload="web")], 1.0).found == 1
    assert outcome(told, [known(100, 110, workload="ledger")], 1.0).found == 0


def test_without_a_namespace_it_may_show_in_any_and_the_first_counts() -> None:
    told = [past(anomaly(104)), past(anomaly(102, namespace="bank"), namespace="bank")]
    (hit,) = outcome(told, [known(100, 110, "")], 1.0).hits
    assert (hit.namespace, hit.delay) == ("bank", 3 * MINUTE)
    assert outcome(told, [known(100, 110, "bank")], 1.0).false == 1
    assert outcome(told, [], 1.0).a_day == 1.0


def test_what_happened_while_it_learned_is_neither_found_nor_missed() -> None:
    late = replace(past(anomaly(300)), judged=((200 * MINUTE, DAY),))
    found = outcome([late], [known(100, 110), known(300, 310)], 1.0)
    assert [hit.judged for hit in found.hits] == [False, True]
    assert (found.known, found.recall) == (1, 1.0)


def test_where_nothing_was_told_or_is_known_there_is_no_share() -> None:
    nothing = outcome([past()], [], 1.0)
    assert (nothing.precision, nothing.recall, nothing.f1, nothing.delay) == (None, None, None, None)
    assert outcome([past()], [known(1, 2)], 1.0).f1 is None
    assert outcome([past(anomaly(50))], [known(1, 2)], 1.0).f1 == 0.0


TEMPLATES = {
    name: Template(name, "shop", workload, f"{name} <NUM>", level, 0, 0, 1, "")
    for name, workload, level in (
        ("served", "web", "info"),
        ("booked", "ledger", "info"),
        ("rebuilt", "web", "warning"),
        ("refused", "ledger", "error"),
    )
}
SETTINGS = DetectionSettings()
LENGTH = 8 * 60
FAULTS, NOISE = (240, 420), (200, 300, 380, 460)


def history() -> list[WindowCounts]:
    """Eight hours: errors of five minutes at the minutes of `FAULTS`, a burst of harmless lines at those of `NOISE`."""
    rng = np.random.default_rng(5)
    windows = []
    for minute in range(LENGTH):
        counts = {"served": int(rng.poisson(40)), "booked": int(rng.poisson(12))}
        counts |= {"rebuilt": 80} if minute in NOISE else {"rebuilt": 1} if minute % 9 == 0 else {}
        counts |= {"refused": 30} if any(begin <= minute < begin + 5 for begin in FAULTS) else {}
        windows.append(WindowCounts("shop", DAY + minute * MINUTE, tuple(counts), np.array([*counts.values()])))
    return windows


KNOWN = [Known(f"fault {at}", DAY + at * MINUTE, DAY + (at + 5) * MINUTE, "shop", "ledger") for at in FAULTS]
END = DAY + LENGTH * MINUTE


@pytest.fixture(scope="module")
def judged() -> Replayed:
    return replay("shop", history(), TEMPLATES, SETTINGS, 0, END)


def test_a_generated_history_is_judged_as_a_service_would_have(judged: Replayed) -> None:
    # It learns for an hour, and is judged from then on.
    assert judged.judged == ((DAY + HOUR, END),)
    found = outcome([judged], KNOWN, 1.0)
    assert (found.known, found.found, found.delay) == (2, 2, MINUTE)
    assert found.false >= len(NOISE)
    assert judged.days == pytest.approx(7 / 24)
    assert found.a_day == pytest.approx(found.told / judged.days)


def test_the_same_past_gives_the_same_and_progress_adds_up(judged: Replayed) -> None:
    done: list[int] = []
    again = replay("shop", history(), TEMPLATES, SETTINGS, 0, END, on_progress=done.append)
    assert again == judged
    assert sum(done) == LENGTH * MINUTE


def test_what_is_before_the_time_asked_is_only_learned_from() -> None:
    late = replay("shop", history(), TEMPLATES, SETTINGS, DAY + 400 * MINUTE, END)
    assert late.judged == ((DAY + 400 * MINUTE, END),)
    found = outcome([late], KNOWN, 1.0)
    assert [hit.judged for hit in found.hits] == [False, True]


def test_a_muted_template_is_heard_nowhere_and_faults_are_still_found(judged: Replayed) -> None:
    noisy = outcome([judged], KNOWN, 1.0)
    quiet = replay(
        "shop", history(), TEMPLATES, SETTINGS, 0, END, feedback=[mute("shop", "", "", 0, template="rebuilt")]
    )
    found = outcome([quiet], KNOWN, 1.0)
    assert found.found == 2
    assert noisy.false - found.false >= len(NOISE)


def test_what_was_expected_stays_quiet_in_a_replay_until_it_expires(judged: Replayed) -> None:
    _, incidents = judged.told(1.0)
    first = next(one for one in incidents if one.start == DAY + NOISE[0] * MINUTE)
    until = DAY + 350 * MINUTE
    word = expected(first, "", "", DAY, until)
    quiet = replay("shop", history(), TEMPLATES, SETTINGS, 0, END, feedback=[word])
    told = [(one.start - DAY) // MINUTE for one in quiet.told(1.0)[1]]
    assert NOISE[0] not in told
    assert NOISE[1] not in told
    assert any(at in told for at in NOISE[2:])


def test_a_namespace_without_enough_to_learn_from_is_not_judged() -> None:
    short = replay("shop", history()[:30], TEMPLATES, SETTINGS, 0, DAY + 30 * MINUTE)
    assert (short.judged, short.anomalies, short.days) == ((), (), 0.0)
    assert replay("shop", [], TEMPLATES, SETTINGS, 0, END).judged == ()
