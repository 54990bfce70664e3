"""Anomalous windows told as one story, and the sentence that tells it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from detector.findings import Anomaly, Change, ChangeKind, Incident, Reason, ReasonKind
from detector.incidents import describe, extend, settle, short_images, summarise
from tests.detector.records import MINUTE, START

GAP = 5 * MINUTE


def reason(
    template: str = "refused",
    kind: ReasonKind = ReasonKind.NEW,
    share: float = 1.0,
    workload: str = "cart",
    observed: int = 41,
    windows: int = 1,
) -> Reason:
    text = f"{template} <NUM>" if template else f"all lines of {workload}"
    expected = (0.0, 0.0) if kind is ReasonKind.NEW else (3.2, 17.0)
    return Reason(template, text, workload, "error", kind, observed, *expected, windows, share)


def anomaly(minute: int, score: float = 60.0, *reasons: Reason) -> Anomaly:
    return Anomaly(f"a{minute}", "shop", START + minute * MINUTE, MINUTE, score, {}, reasons or (reason(),), "model")


def story(*anomalies: Anomaly) -> list[Incident]:
    """The incidents that anomalies in order of time make up, as they are at their end."""
    incidents: dict[str, Incident] = {}
    last = None
    for one in anomalies:
        last = extend(last, one, GAP)
        incidents[last.id] = last
    return list(incidents.values())


def test_adjoining_windows_are_one_incident() -> None:
    (incident,) = story(anomaly(0, 30), anomaly(1, 80), anomaly(2, 40))

    assert (incident.start, incident.end) == (START, START + 3 * MINUTE)
    assert (incident.score, incident.anomalies, incident.open) == (80, 3, True)


@pytest.mark.parametrize(("quiet", "incidents"), [(0, 1), (5, 1), (6, 2)])
def test_five_quiet_windows_are_within_an_incident_six_end_it(quiet: int, incidents: int) -> None:
    assert len(story(anomaly(0), anomaly(1 + quiet))) == incidents


@pytest.mark.parametrize("quiet", range(8))
def test_it_is_settled_exactly_when_no_window_to_come_can_belong_to_it(quiet: int) -> None:
    (incident,) = story(anomaly(0))
    belongs = extend(incident, anomaly(1 + quiet), GAP).id == incident.id

    assert settle(incident, START + (1 + quiet) * MINUTE, GAP).open == belongs


def test_the_same_first_window_gives_the_same_id() -> None:
    assert story(anomaly(3))[0].id == story(anomaly(3), anomaly(4))[0].id != story(anomaly(4))[0].id


def test_a_template_is_one_reason_as_it_was_where_it_weighed_most() -> None:
    (incident,) = story(
        anomaly(0, 40, reason(observed=3)), anomaly(1, 90, reason(observed=99)), anomaly(2, 50, reason(observed=7))
    )

    assert [one.observed for one in incident.reasons] == [99]


def test_more_and_fewer_of_one_template_are_two_reasons_new_and_more_one() -> None:
    (incident,) = story(
        anomaly(0, 40, reason(kind=ReasonKind.FEWER)),
        anomaly(1, 50, reason(kind=ReasonKind.NEW)),
        anomaly(2, 60, reason(kind=ReasonKind.MORE)),
    )

    assert [one.kind for one in incident.reasons] == [ReasonKind.NEW, ReasonKind.FEWER]


def test_a_reason_keeps_its_greatest_weight_and_tells_its_largest_count() -> None:
    (incident,) = story(
        anomaly(0, 60, reason(observed=3)),
        anomaly(1, 60, reason(observed=29, share=0.5), reason("other", share=0.5)),
    )

    first = incident.reasons[0]
    assert first.observed == 29
    assert first.share == pytest.approx(1.0)


def test_what_weighed_most_stays_first_however_long_it_goes_on() -> None:
    """Shares that are made to sum to 1 with every window wear the first reasons away."""
    echoes = [anomaly(minute, 30, reason(f"echo-{minute}")) for minute in range(1, 40)]
    (incident,) = story(anomaly(0, 90, reason("cause")), *echoes)

    assert incident.reasons[0].template_id == "cause"
    assert incident.reasons[0].share == pytest.approx(1.0)
    assert incident.reasons[1].share == pytest.approx(30 / 90)


def test_an_incident_has_ten_reasons_at_the_most() -> None:
    many = tuple(reason(f"t{index}", share=1 / 30) for index in range(30))

    assert len(story(anomaly(0, 60, *many))[0].reasons) == 10


def test_a_sentence_for_what_was_never_seen_before() -> None:
    assert summarise("shop", START, [reason()]) == (
        "shop: 41 × “refused <NUM>” in cart, never seen before, since 2026-01-01 00:00 UTC"
    )


def test_a_sentence_for_too_many() -> None:
    assert "“refused <NUM>” in cart: 41, 3 to 17 expected" in summarise("shop", START, [reason(kind=ReasonKind.MORE)])


def test_a_sentence_for_silence_says_over_how_many_windows() -> None:
    gone = reason("", ReasonKind.GONE, observed=0, windows=5)

    assert "shop: all lines of cart: none in 5 windows, 3 to 17 expected, since" in summarise("shop", START, [gone])


@pytest.mark.parametrize(
    ("workloads", "said"),
    [
        (["cart"], "UTC"),
        (["cart", "cart"], "UTC"),
        (["cart", "web"], "UTC; 1 other workload as well"),
        (["cart", "web", "db", "web"], "UTC; 2 other workloads as well"),
    ],
)
def test_a_sentence_counts_the_other_workloads(workloads: list[str], said: str) -> None:
    assert summarise("shop", START, [reason(workload=name) for name in workloads]).endswith(said)


def test_a_long_template_is_quoted_in_part() -> None:
    sentence = summarise("shop", START, [reason("x" * 500)])

    assert len(sentence) < 200
    assert "…”" in sentence


def test_without_a_reason_there_is_a_sentence_all_the_same() -> None:
    assert "an unusual mixture of lines" in summarise("shop", START, [])


def change(
    minute: float, kind: ChangeKind = ChangeKind.IMAGE, before: str = "r/cart:1.4", after: str = "r/cart:1.5"
) -> Change:
    return Change(f"c{minute}", "shop", "cart", START + round(minute * MINUTE), kind, before, after)


@pytest.mark.parametrize(
    ("minute", "when"),
    [
        (8, "2 minutes after"),
        (9.8, "just after"),
        (10.3, "just as"),
        (11.2, "just before"),
        (12, "2 minutes before"),
        (-50, "60 minutes after"),
    ],
)
def test_the_sentence_says_what_was_changed_and_how_long_ago(minute: float, when: str) -> None:
    said = summarise("shop", START + 10 * MINUTE, [reason()], change(minute))
    assert said == (
        "shop: 41 × “refused <NUM>” in cart, never seen before, since 2026-01-01 00:10 UTC,"
        f" {when} image 1.5 of cart was rolled out (before: 1.4)"
    )


@pytest.mark.parametrize(
    ("kind", "before", "after", "said"),
    [
        (ChangeKind.IMAGE, "r:5000/a/cart:1.4", "r:5000/a/cart:1.5", "image 1.5 of cart was rolled out (before: 1.4)"),
        (ChangeKind.IMAGE, "r/cart@sha256:0123456789abcdef", "r/cart@sha256:fedcba9876543210",
         "image sha256:fedcba987654 of cart was rolled out (before: sha256:0123456789ab)"),
        (ChangeKind.IMAGE, "r/cart:1", "q/basket:1", "image basket:1 of cart was rolled out (before: cart:1)"),
        (ChangeKind.IMAGE, "r/cart", "q/cart:1", "image q/cart:1 of cart was rolled out (before: r/cart)"),
        (ChangeKind.ROLLOUT, "6f7c", "7d9c", "cart was rolled out anew, no other image seen"),
        (ChangeKind.PODS, "2", "5", "cart went from 2 to 5 pods"),
        (ChangeKind.APPEARED, "", "r/cart:1", "cart logged its first line with image cart:1"),
        (ChangeKind.APPEARED, "", "", "cart logged its first line"),
    ],
)  # fmt: skip
def test_a_change_is_described_in_few_words(kind: ChangeKind, before: str, after: str, said: str) -> None:
    assert describe(change(0, kind, before, after)) == said


def test_images_that_differ_by_their_registry_alone_are_told_apart_by_it() -> None:
    assert short_images("a/cart:1", "b/cart:1") == ("a/cart:1", "b/cart:1")
    assert short_images("cart", "cart") == ("cart", "cart")


def test_an_incident_keeps_the_change_before_it_and_no_later_one() -> None:
    before, remedy = change(8), change(13)
    (incident,) = story(anomaly(10), replace(anomaly(11), change=before), replace(anomaly(14), change=remedy))
    assert incident.change == before
    assert "2 minutes after image 1.5" in incident.summary
    (late,) = story(anomaly(10), replace(anomaly(14), change=remedy))
    assert (late.change, "image" in late.summary) == (None, False)
