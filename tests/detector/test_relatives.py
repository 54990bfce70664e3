"""Incidents that may be the same story in other namespaces."""

from __future__ import annotations

from dataclasses import replace

from detector.findings import Incident
from detector.relatives import MOST, related
from tests.store.shop import incident, reason

OTHER_TEXT = "cache rebuilt in <DURATION>"


def of(namespace: str, first: int, last: int, *texts: str) -> Incident:
    """An incident that is told by templates with these texts."""
    told = tuple(replace(reason(f"{namespace}-{number}"), template=text) for number, text in enumerate(texts))
    return replace(incident(first, last, namespace=namespace), reasons=told)


ONE = of("shop", 100, 110, "could not connect to <HOST>", OTHER_TEXT)


def test_the_best_reason_comes_first_and_says_what_is_shared() -> None:
    near = of("near", 112, 115, "something else")
    same = of("same", 900, 905, "could not connect to <HOST>", "something else")
    both = of("both", 903, 905, OTHER_TEXT, "could not connect to <HOST>")
    alert = of("alert", 500, 505, "something else")

    found = related(ONE, [near, same, both, alert], {alert.id, ONE.id})

    assert [(one.incident.namespace, one.because, one.shared) for one in found] == [
        ("alert", "alert", ()),
        ("both", "template", ("could not connect to <HOST>", OTHER_TEXT)),
        ("same", "template", ("could not connect to <HOST>",)),
        ("near", "time", ()),
    ]


def test_of_one_time_are_those_with_ten_minutes_between_them() -> None:
    others = [of("a", 80, 88), of("b", 81, 89), of("c", 82, 300), of("d", 121, 122), of("e", 122, 123)]

    assert [one.incident.namespace for one in related(ONE, others, ())] == ["c", "b", "d"]


def test_its_own_namespace_is_left_out_and_each_comes_once() -> None:
    near = of("near", 105, 106)

    found = related(ONE, [ONE, of("shop", 105, 106, OTHER_TEXT), near, near], {ONE.id})

    assert [one.incident.id for one in found] == [near.id]


def test_what_every_program_says_is_shared_by_nobody() -> None:
    said = ("<NUM> <NUM>", "<HOST>: ok", "all lines of checkout")
    one, other = of("shop", 0, 1, *said), of("bank", 600, 601, *said)
    total = [
        replace(each, reasons=tuple(replace(r, template_id="") for r in each.reasons[2:])) for each in (one, other)
    ]

    assert related(replace(one, reasons=one.reasons[:2]), [replace(other, reasons=other.reasons[:2])], ()) == []
    assert related(total[0], [total[1]], ()) == [], "a phrase is no template"


def test_of_an_outage_of_everything_the_nearest_and_worst_are_told() -> None:
    many = [replace(of(f"n{number:03}", 100, 101), score=float(number)) for number in range(100)]

    found = related(ONE, many, ())

    assert [one.incident.namespace for one in found] == [f"n{99 - number:03}" for number in range(MOST)]
