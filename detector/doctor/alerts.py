"""Who is told of alerts: whether anybody is, and whether each channel and route is of use."""

from __future__ import annotations

from collections.abc import Iterator

from detector.alerts.routing import never_fits
from detector.doctor.check import Check, listed, ok, skipped, warning
from detector.doctor.facts import Facts, Telling
from detector.settings.alerts import AlertSettings


def telling(section: AlertSettings) -> Telling:
    """What the settings say of it, without secrets."""
    routed = {name for route in section.routes if not never_fits(route) for name in route.channels}
    return Telling(
        channels=tuple(section.channels),
        routes=len(section.routes),
        unused=tuple(name for name in section.channels if section.routes and name not in routed),
        dead=tuple(number for number, route in enumerate(section.routes, 1) if never_fits(route)),
        linked=bool(section.page),
    )


def judge(facts: Facts) -> Iterator[Check]:
    """One line."""
    if facts.telling is not None:
        yield _judged(facts.telling)


def _judged(seen: Telling) -> Check:
    if not seen.channels:
        return skipped("alerts", "nobody is told: alerts.channels names no channel", "docs/alerting.md tells how.")
    if seen.dead:
        numbers = listed([str(number) for number in seen.dead])
        return warning(
            "alerts",
            f"nothing can ever go by entry {numbers} of alerts.routes",
            "Its namespaces leave out all that they name: mend it or take it out.",
        )
    if seen.unused:
        return warning(
            "alerts", f"no route leads to {listed(seen.unused)}", "Name it in alerts.routes, or take the channel out."
        )
    if not seen.linked:
        return warning(
            "alerts",
            f"{listed(seen.channels)}; messages have no links",
            "Say in alerts.page where people reach the page.",
        )
    way = f"by {seen.routes} route{'s' if seen.routes > 1 else ''}" if seen.routes else "of everything"
    return ok("alerts", f"{listed(seen.channels)} {'is' if len(seen.channels) == 1 else 'are'} told {way}")
