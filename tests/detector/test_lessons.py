"""Days in the life of a namespace: what it learns anew for, what it doesn't learn, and that a stop changes nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from functools import cache

import numpy as np
import pytest

from detector.feedback import expected, mute, said, withdraw
from detector.findings import Cause, Feedback, Incident, ModelCard, ReasonKind
from detector.namespace import Findings, NamespaceState
from detector.settings import DetectionSettings
from detector.vectors import WindowCounts
from tests.detector.history import TEMPLATES
from tests.detector.records import START

SPAN = 300_000_000
HOUR = 12
DAY = 24 * HOUR
SETTINGS = DetectionSettings(window=timedelta(minutes=5), learn=timedelta(hours=2), trees=10)
MEANS = {"request": 200.0, "query": 100.0, "audit": 30.0}
Faults = Mapping[int, Mapping[str, int]]


def at(row: int) -> int:
    return START + row * SPAN


@cache
def day(rows: int, shifted: int = 10**9, factor: float = 1.0) -> list[WindowCounts]:
    """Windows of 5 minutes with a daily curve; from row `shifted` on there are `factor` times as many audits."""
    windows = []
    for row in range(rows):
        chance = np.random.default_rng(row)
        load = (1 + 0.5 * np.sin(2 * np.pi * row / DAY)) * chance.lognormal(0, 0.1)
        means = MEANS | {"audit": MEANS["audit"] * (factor if row >= shifted else 1.0)}
        counts = np.array([chance.poisson(load * mean) for mean in means.values()], np.int64)
        windows.append(WindowCounts("shop", at(row), tuple(means), counts))
    return windows


def faulty(windows: Sequence[WindowCounts], rows: Sequence[int], lines: int = 60) -> list[WindowCounts]:
    """The same, with errors in some rows."""
    return [
        WindowCounts(one.namespace, one.window, (*one.templates, "refused"), np.append(one.counts, lines))
        if row in rows
        else one
        for row, one in enumerate(windows)
    ]


def live(
    windows: Sequence[WindowCounts],
    until: int,
    namespace: NamespaceState | None = None,
    begin: int = 0,
    step: int = HOUR,
    feedback: Sequence[Feedback] = (),
) -> tuple[NamespaceState, Findings]:
    """Advance row after row, `step` at once."""
    namespace, found = namespace or NamespaceState("shop", SETTINGS), Findings()
    for row in range(begin, until, step):
        end = min(row + step, until)
        found.add(namespace.advance(windows[row:end], TEMPLATES, at(end), lambda *_: (), feedback=feedback))
    return namespace, found


def causes(models: Sequence[ModelCard]) -> list[tuple[int, Cause]]:
    """With the rows until which they learned."""
    return [((card.trained_until - START) // SPAN, card.cause) for card in models]


def of_errors(found: Findings) -> list[Incident]:
    return [one for one in found.incidents.values() if any(why.template_id == "refused" for why in one.reasons)]


SHIFT = 3 * DAY + 2 * HOUR
"""When a level shifts: some hours after a model was made on schedule."""


@pytest.fixture(scope="module")
def shifted() -> tuple[NamespaceState, Findings]:
    return live(day(5 * DAY, SHIFT, 2.5), 5 * DAY)


def test_healthy_days_are_no_drift() -> None:
    _, found = live(day(5 * DAY), 5 * DAY)

    assert Cause.DRIFT not in {card.cause for card in found.models}
    assert all(card.drift == () for card in found.models)


def test_a_level_that_shifted_for_hours_is_learned_early_and_named_first(
    shifted: tuple[NamespaceState, Findings],
) -> None:
    early = [card for card in shifted[1].models if card.drift]

    assert len(early) == 1
    assert early[0].drift[0].what == "audit"
    assert 4 * HOUR <= (early[0].trained_until - at(SHIFT)) // SPAN <= 12 * HOUR
    assert early[0].trained_from >= at(SHIFT - 3 * HOUR), "what was before is no example any more"


def test_a_shift_is_one_incident_until_it_is_learned(shifted: tuple[NamespaceState, Findings]) -> None:
    _, found = shifted
    learned = next(card.trained_until for card in found.models if card.drift)
    told = [one for one in found.incidents.values() if one.reasons[0].template_id == "audit" and one.start >= at(SHIFT)]

    assert [(one.start, one.end <= learned + SPAN, one.open) for one in told] == [(at(SHIFT), True, False)]


@pytest.mark.parametrize("step", [pytest.param(1, marks=pytest.mark.long), 5, 7 * HOUR])
def test_in_how_many_pieces_a_shift_is_read_makes_no_difference(
    step: int, shifted: tuple[NamespaceState, Findings]
) -> None:
    _, found = live(day(5 * DAY, SHIFT, 2.5), SHIFT + 13 * HOUR, step=step)

    assert found.models == [card for card in shifted[1].models if card.trained_until <= at(SHIFT + 13 * HOUR)]


@pytest.mark.parametrize("stop", [SHIFT + HOUR, SHIFT + 5 * HOUR, SHIFT + 13 * HOUR])
def test_a_restart_amid_a_shift_is_no_restart(stop: int) -> None:
    windows = faulty(day(5 * DAY, SHIFT, 3.0), range(2 * DAY, 2 * DAY + 3))
    end = SHIFT + 16 * HOUR
    undisturbed, before = live(windows, stop)
    restarted = NamespaceState("shop", SETTINGS)
    restarted.restore(
        windows[:stop], TEMPLATES, undisturbed.status(), at(stop), before.models, incidents=before.incidents.values()
    )

    assert live(windows, end, restarted, stop)[1] == live(windows, end, undisturbed, stop)[1]
    assert restarted.status() == undisturbed.status()


def test_a_fault_is_not_learned_and_found_again_and_again() -> None:
    starts = [10 * HOUR, 37 * HOUR, 66 * HOUR]
    rows = [row + step for row in starts for step in range(3)]
    _, found = live(faulty(day(3 * DAY), rows), 3 * DAY)

    assert [(one.start - START) // SPAN for one in of_errors(found)] == starts
    first, again = (one.reasons[0] for one in of_errors(found)[:2])
    assert first.template_id == again.template_id == "refused"
    assert all(card.left_out for card in found.models if card.trained_until > at(11 * HOUR))


def test_what_was_seen_before_is_back_and_not_called_new() -> None:
    templates = {**TEMPLATES, "refused": TEMPLATES["refused"]}
    first_seen, templates["refused"] = (
        at(10 * HOUR),
        type(TEMPLATES["refused"])(
            "refused", "shop", "cart", "refused <NUM>", "error", at(10 * HOUR), at(10 * HOUR), 1, ""
        ),
    )
    windows = faulty(day(2 * DAY), [10 * HOUR, 40 * HOUR])
    namespace, found = NamespaceState("shop", SETTINGS), Findings()
    found.add(namespace.advance(windows, templates, at(2 * DAY), lambda *_: ()))
    told = [next(why for why in one.reasons if why.template_id == "refused") for one in of_errors(found)]

    assert [(why.kind, why.first_seen) for why in told] == [(ReasonKind.NEW, first_seen), (ReasonKind.BACK, first_seen)]
    assert "none expected, first seen 2026-01-01 10:00 UTC" in of_errors(found)[1].summary


def test_what_was_expected_is_learned_with_the_next_look() -> None:
    windows = faulty(day(3 * DAY), [40 * HOUR, 40 * HOUR + 1])
    namespace, before = live(windows, 42 * HOUR)
    (incident,) = of_errors(before)
    said = expected(incident, "ana", "the backup", at(42 * HOUR))
    _, found = live(windows, 44 * HOUR, namespace, 42 * HOUR, feedback=[said])

    (card,) = found.models
    assert (card.cause, card.feedback) == (Cause.FEEDBACK, (said.id,))
    assert not any(begin <= incident.start < end for begin, end in card.left_out)
    assert not live(windows, 48 * HOUR, namespace, 44 * HOUR, feedback=[said])[1].models, "once is enough"


def test_the_like_of_what_was_expected_is_kept_quiet_and_says_by_what() -> None:
    windows = faulty(day(3 * DAY), [30 * HOUR, 31 * HOUR])
    namespace, before = live(windows, 31 * HOUR)
    (incident,) = of_errors(before)
    said = expected(incident, "ana", "the backup", at(31 * HOUR))
    _, found = live(windows, 32 * HOUR, namespace, 31 * HOUR, feedback=[said])

    (quiet,) = [one for one in found.anomalies if one.window == at(31 * HOUR)]
    assert (quiet.suppressed_by, quiet.incident) == (said.id, None)
    assert quiet.score >= namespace.threshold
    assert found.incidents == {}


@pytest.mark.parametrize("ends", ["expires", "is taken back"])
def test_what_was_expected_is_told_again_once_the_word_ends(ends: str) -> None:
    windows = faulty(day(3 * DAY), [30 * HOUR, 33 * HOUR, 37 * HOUR])
    _, before = live(windows, 31 * HOUR)
    (incident,) = of_errors(before)
    end = at(35 * HOUR) + SPAN // 3
    said = expected(incident, "ana", "the backup", at(31 * HOUR), end if ends == "expires" else None)
    said = said if ends == "expires" else withdraw(said, end)
    _, found = live(windows, 40 * HOUR, feedback=[said])

    assert [(one.start - START) // SPAN for one in of_errors(found)] == [30 * HOUR, 37 * HOUR]
    anew = [card for card in found.models if card.cause is Cause.FEEDBACK]
    assert [(card.trained_until - START) // SPAN for card in anew] == [31 * HOUR, 35 * HOUR + 1]
    assert [card.feedback for card in anew] == [(said.id,), ()]
    for row in (30 * HOUR, 33 * HOUR):
        assert any(begin <= at(row) < end for begin, end in anew[1].left_out)


def test_what_was_expected_stays_so_where_another_prolongs_it() -> None:
    windows = faulty(day(3 * DAY), [30 * HOUR, 33 * HOUR, 37 * HOUR])
    _, before = live(windows, 31 * HOUR)
    (incident,) = of_errors(before)
    first = expected(incident, "ana", "the backup", at(31 * HOUR), at(36 * HOUR))
    words = said([first], expected(incident, "ben", "every night", at(35 * HOUR)))
    _, found = live(windows, 58 * HOUR, feedback=words)

    assert [(one.start - START) // SPAN for one in of_errors(found)] == [30 * HOUR]
    anew = [card for card in found.models if card.cause is Cause.FEEDBACK]
    assert [(card.trained_until - START) // SPAN for card in anew] == [31 * HOUR], "nothing else was said"
    later = found.models[-1]
    assert (later.cause, later.feedback) == (Cause.SCHEDULE, (words[-1].id,))
    for row in (30 * HOUR, 33 * HOUR, 37 * HOUR):
        assert not any(begin <= at(row) < end for begin, end in later.left_out)


def test_a_muted_template_is_no_evidence_while_it_is_muted() -> None:
    rows = [30 * HOUR, 31 * HOUR, 32 * HOUR]
    words = [mute("shop", "ana", "", at(30 * HOUR + 6), at(31 * HOUR + 6), template="refused")]
    _, found = live(faulty(day(3 * DAY), rows), 33 * HOUR, feedback=words, step=7 * HOUR)

    assert [(one.start - START) // SPAN for one in of_errors(found)] == [30 * HOUR, 32 * HOUR]
    (quiet,) = [one for one in found.anomalies if one.window == at(31 * HOUR)]
    assert (quiet.suppressed_by, quiet.incident) == (words[0].id, None), "it can be seen"
    assert found.scores[at(31 * HOUR)] < quiet.score


def test_nothing_is_learned_while_a_namespace_is_silent() -> None:
    windows = day(3 * DAY)[: 30 * HOUR]
    namespace, found = live(windows, 50 * HOUR)
    assert max(card.trained_until for card in found.models) <= at(31 * HOUR)

    _, back = live(day(3 * DAY), 52 * HOUR, namespace, 50 * HOUR)
    assert causes(back.models) == [(50 * HOUR + 1, Cause.SCHEDULE)]
    silence = back.models[0].left_out[-1]
    assert silence[0] <= at(30 * HOUR + 3)
    assert silence[1] >= at(50 * HOUR)
