"""What goes to which channel."""

from __future__ import annotations

import pytest

from detector.alerts.routing import matches, never_fits, routing_of
from detector.settings.routing import RouteSettings
from tests.detector.alerts.stories import HOUR, at, incident, reason

CHANNELS = ("ops", "team")
ITSELF = incident("", reasons=())
"""What is about drainwatch itself."""


@pytest.mark.parametrize(
    ("patterns", "name", "fits"),
    [
        (["*"], "shop", True),
        (["shop"], "shop", True),
        (["shop"], "shop-2", False),
        (["shop-*"], "shop-2", True),
        (["*-eu"], "shop-eu", True),
        (["s*p-*"], "shop-eu", True),
        (["*", "-kube-*"], "kube-system", False),
        (["-kube-*"], "shop", True),
        (["-kube-*"], "kube-system", False),
        (["sh.p"], "shop", False),
        (["**"], "shop", True),
        (["*o*"], "shop", True),
        (["sho*op"], "shop", False),
        (["*h*o*h*"], "shop", False),
        (["s*h*o*p"], "shop", True),
        (["*" * 200 + "x"], "payments-production", False),
        (["*a" * 100 + "b"], "a" * 250, False),
    ],
)
def test_a_pattern_is_a_name_in_which_stars_stand_for_anything(patterns: list[str], name: str, fits: bool) -> None:
    assert matches(patterns, [name]) is fits


def test_without_routes_everybody_is_told_of_everything() -> None:
    routing = routing_of((), CHANNELS)
    assert routing(incident(score=1), at(0)) == {"ops", "team"}
    assert routing(ITSELF, at(0)) == {"ops", "team"}


def test_of_several_routes_that_fit_all_hold() -> None:
    routes = (
        RouteSettings(channels="ops", min_severity="critical"),
        RouteSettings(channels="team", namespaces="payments, billing-*"),
    )
    routing = routing_of(routes, CHANNELS)
    assert routing(incident("payments", score=80), at(0)) == {"ops", "team"}
    assert routing(incident("payments", score=74), at(0)) == {"team"}
    assert routing(incident("shop", score=74), at(0)) == frozenset()


def test_a_route_has_its_hours_by_the_clock_on_the_wall_of_its_zone() -> None:
    routing = routing_of((RouteSettings(channels="ops", hours="Sat 08:00-14:00", zone="America/New_York"),), CHANNELS)
    assert routing(incident(), at(59)) == frozenset()  # 07:59 there
    assert routing(incident(), at(60)) == {"ops"}
    assert routing(incident(), at(7 * 60)) == frozenset()


def test_when_clocks_are_put_back_hours_stay_those_on_the_wall() -> None:
    routing = routing_of((RouteSettings(channels="ops", hours="08:00-09:00", zone="Europe/Berlin"),), CHANNELS)
    summer, winter = at(0) - 34 * 24 * HOUR, at(0)  # noon UTC on 2026-10-18 and 2026-11-21
    assert routing(incident(), summer - 6 * HOUR) == {"ops"}
    assert routing(incident(), winter - 6 * HOUR) == frozenset()
    assert routing(incident(), winter - 5 * HOUR) == {"ops"}


def test_an_event_of_falco_goes_where_it_happened_and_where_it_was_logged() -> None:
    routes = (RouteSettings(channels="ops", namespaces="falco"), RouteSettings(channels="team", namespaces="payments"))
    event = incident("falco", reasons=(reason("payments/ledger"),))
    assert routing_of(routes, CHANNELS)(event, at(0)) == {"ops", "team"}


def test_what_is_about_drainwatch_itself_goes_where_all_namespaces_go() -> None:
    routes = (RouteSettings(channels="ops"), RouteSettings(channels="team", namespaces="payments"))
    assert routing_of(routes, CHANNELS)(ITSELF, at(0)) == {"ops"}


def test_where_no_route_is_for_all_namespaces_what_is_about_drainwatch_goes_along_each() -> None:
    routes = (
        RouteSettings(channels="ops", namespaces="shop", hours="Mon 00:00-01:00"),
        RouteSettings(channels="team", namespaces="payments", min_severity="critical"),
    )
    assert routing_of(routes, CHANNELS)(ITSELF, at(0)) == {"ops", "team"}


def test_a_route_that_leaves_out_all_that_it_wants_is_known() -> None:
    assert never_fits(RouteSettings(channels="ops", namespaces="shop, -shop"))
    assert never_fits(RouteSettings(channels="ops", namespaces="-*"))
    assert not never_fits(RouteSettings(channels="ops", namespaces="shop-*, -shop-test"))
