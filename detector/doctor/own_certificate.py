"""The certificate that the service itself shows: whether its files can be used, and when it ends."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from detector.doctor.check import Check, failed, ok, warning
from detector.doctor.facts import Facts, OwnCertificate, Refused
from detector.errors import SettingsError
from detector.serving.certificate import Pair, context_of, ends
from detector.settings.model import ServiceSettings

DAY = 86_400 * 1_000_000
RENEW_WITHIN = 21
"""Days: cert-manager renews one of 90 days 30 before its end, so by then something doesn't work."""


def look(section: ServiceSettings, now: int) -> OwnCertificate | Refused | None:
    """What the settings name, as the service would take it at `now` (microseconds UTC); None where they name none."""
    if section.tls_cert_file is None or section.tls_key_file is None:
        return None
    begin = datetime(1970, 1, 1, tzinfo=UTC)
    try:
        end = ends(section.tls_cert_file)
        context_of(Pair(section.tls_cert_file, section.tls_key_file), begin + timedelta(microseconds=now))
    except SettingsError as error:
        return Refused(error.problem.rstrip("."), error.advice)
    return OwnCertificate(str(section.tls_cert_file), (end - begin) // timedelta(microseconds=1))


def judge(facts: Facts) -> Iterator[Check]:
    """One line, where the service speaks TLS itself."""
    name, seen = "own certificate", facts.own_certificate
    if seen is None:
        return
    if isinstance(seen, Refused):
        yield failed(name, seen.problem, seen.advice)
        return
    days = (seen.until - facts.now) // DAY
    said = f"{seen.file} {ends_in(days)}"
    if days < RENEW_WITHIN:
        yield warning(name, said, "Renew it: new files are taken up without a restart.")
    else:
        yield ok(name, said)


def ends_in(days: int) -> str:
    """What a certificate does, in words."""
    return f"ends in {days} day{'' if days == 1 else 's'}"
