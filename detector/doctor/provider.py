"""The provider by which people log in: whether it can be asked, and whether what it lets in may do anything here."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from urllib.parse import urlsplit

from detector.doctor.certificate import certificate_of
from detector.doctor.check import Check, failed, ok, skipped, warning
from detector.doctor.facts import Certificate, Facts, Provided, Refused
from detector.doctor.own_certificate import DAY, RENEW_WITHIN, ends_in
from detector.errors import DrainwatchError
from detector.settings import Settings
from detector.settings.access import OidcSettings

Ask = Callable[[OidcSettings], int]
"""Gives the number of keys that it signs with; raises `DrainwatchError`."""
_PATIENT = 5.0
"""Seconds."""


def look(settings: Settings, ask: Ask) -> Provided | Refused | None:
    """What it says of itself, as the service asks it; None where none is named."""
    section = settings.access.oidc
    if not section.issuer:
        return None
    try:
        keys = ask(section)
    except DrainwatchError as error:
        return Refused(error.problem.rstrip("."), error.advice)
    shown = certificate_of(section.issuer, _PATIENT) if section.issuer.startswith("https:") else None
    return Provided(
        host=urlsplit(section.issuer).netloc,
        keys=keys,
        until=shown.until if isinstance(shown, Certificate) else None,
        required=settings.access.required,
        roles=len(settings.access.roles),
        linked=bool(settings.alerts.page),
    )


def judge(facts: Facts) -> Iterator[Check]:
    """One line, where a provider is named."""
    if isinstance(facts.provider, Refused):
        yield failed("provider", facts.provider.problem, facts.provider.advice)
    elif facts.provider is not None:
        yield _judged(facts.provider, facts.now)


def _judged(seen: Provided, now: int) -> Check:
    name, days = "provider", None if seen.until is None else (seen.until - now) // DAY
    if not seen.keys:
        return failed(name, f"{seen.host} shows no key that it signs with", "See its jwks_uri, and its own log.")
    if not seen.required:
        return skipped(name, f"{seen.host} answers, but nobody has to log in", "Set access.required.")
    if not seen.roles:
        return warning(
            name, f"{seen.host} answers, but gives nobody a right", "Give groups of it one, in access.roles."
        )
    said = f"{seen.host} answers, with {seen.keys} key{'' if seen.keys == 1 else 's'}"
    if not seen.linked:
        return warning(
            name,
            f"{said}; it can't be told where to send people back to, but on this machine",
            "Say in alerts.page where people reach the page.",
        )
    if days is None:
        return ok(name, said)
    said = f"{said}; its certificate {ends_in(days)}"
    return warning(name, said, "Have it renewed.") if days < RENEW_WITHIN else ok(name, said)
