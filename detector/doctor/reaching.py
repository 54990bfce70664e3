"""Judges how the cluster is reached: address, TLS, who asks, version, licence, privileges, clock."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import urlsplit

from detector.doctor.check import Check, failed, lasted, listed, ok, refused, skipped, warning
from detector.doctor.facts import Certificate, Facts, Host, Refused
from detector.setup.plan import FILTERING_LICENCES

_DAY = 86_400 * 1_000_000
_RENEW_WITHIN = 30
"""Days."""
_APART = 2_000_000
"""Microseconds that two clocks may be apart: what synchronised machines keep to, with the way there and back."""
OLDEST = (8, 19)
MAJORS = (8, 9)
"""The versions that the tests run on."""
_HERE = {"localhost", "127.0.0.1", "::1"}


def judge(facts: Facts) -> Iterator[Check]:
    """All of these; where nothing answers only what that leaves to be said."""
    yield _settings(facts)
    for host in facts.hosts:
        yield _reach(host)
        yield _tls(host, facts.now, facts.configured.trust)
    if any(host.error is None for host in facts.hosts):
        yield _user(facts)
        yield _version(facts)
        yield _licence(facts)
        yield from _privileges(facts)
        yield _clock(facts)


def _settings(facts: Facts) -> Check:
    configured = facts.configured
    if facts.unusable:
        return failed("settings", facts.unusable.problem, facts.unusable.advice)
    secret = f", with a secret from {configured.secret_from}" if configured.secret_from else ""
    said = f"{listed(list(configured.hosts))} as {configured.asks}{secret}; names begin with {configured.prefix}-"
    return ok("settings", said)


def _reach(host: Host) -> Check:
    name = f"reach {urlsplit(host.address).netloc}"
    if host.error:
        return failed(name, host.error.problem, host.error.advice)
    return ok(name, "answers")


def _tls(host: Host, now: int, trust: str) -> Check:
    parts = urlsplit(host.address)
    name = f"TLS {parts.netloc}"
    if parts.scheme != "https":
        if parts.hostname in _HERE:
            return ok(name, "none, on this machine")
        return warning(name, "none: logs and secrets travel readable", "Use https:// in elasticsearch.hosts.")
    if host.certificate is None:
        return skipped(name, "nobody looked")
    if isinstance(host.certificate, Refused):
        return failed(name, host.certificate.problem, host.certificate.advice)
    return _certificate(name, host, host.certificate, now, trust)


def _certificate(name: str, host: Host, shown: Certificate, now: int, trust: str) -> Check:
    days = (shown.until - now) // _DAY
    if days < 0:
        return failed(name, f"the certificate of {shown.subject} ended {-days} days ago", "Have it renewed.")
    if host.error and re.search("TLS|certificate|fingerprint|trust", host.error.problem, re.IGNORECASE):
        return failed(
            name,
            f"{shown.subject}, issued by {shown.issuer}, is not trusted by {trust}",
            f"Put the certificate of {shown.issuer} into elasticsearch.ca_file, or, if whoever runs the cluster sees "
            f"the same there, this into elasticsearch.fingerprint: {shown.fingerprint}",
        )
    said = f"{shown.subject}, issued by {shown.issuer}, trusted by {trust}, ends in {days} days"
    if days < _RENEW_WITHIN:
        return warning(name, said, "Have it renewed.")
    return ok(name, said)


def _user(facts: Facts) -> Check:
    if facts.user is None or isinstance(facts.user, Refused):
        why = facts.user or Refused("nobody looked")
        advice = "Where security is off, anyone who reaches the server reads and deletes all logs: switch it on."
        return warning("user", f"the server doesn't say who asks: {why.problem}", advice)
    roles = f" with the roles {listed(list(facts.user.roles))}" if facts.user.roles else ""
    said = f"{facts.user.name}{roles}"
    if "superuser" in facts.user.roles:
        return warning(
            "user", f"{said}, which may do everything", "Use a user or key with the roles of drainwatch setup only."
        )
    return ok("user", said)


def _version(facts: Facts) -> Check:
    if facts.version is None or isinstance(facts.version, Refused):
        return refused("version", facts.version or Refused("nobody looked"))
    numbers = [int(part) for part in re.findall(r"\d+", facts.version)[:2]]
    if len(numbers) < 2:
        return warning("version", f"{facts.version}, which says nothing", "Elasticsearch 8.19 and 9.x are supported.")
    major, minor = numbers
    if (major, minor) < OLDEST:
        return failed("version", f"{facts.version}, older than 8.19", "Upgrade the cluster to 8.19 or 9.x.")
    if major not in MAJORS:
        return warning("version", f"{facts.version}, newer than any that was tried", "Look for a newer drainwatch.")
    return ok("version", facts.version)


def _licence(facts: Facts) -> Check:
    if facts.licence is None or isinstance(facts.licence, Refused):
        return refused("licence", facts.licence or Refused("nobody looked"))
    kind = facts.licence.type
    if not facts.licence.active:
        return failed("licence", f"{kind}, which has ended", "Renew it, or go back to Basic: POST _license/start_basic")
    if kind in FILTERING_LICENCES:
        return ok("licence", kind)
    lacking = ["viewers of one namespace (document-level security)"]
    if kind == "basic":
        lacking.append("alerts by Watcher")
    return ok("licence", f"{kind}: without {' and '.join(lacking)}; all else works")


def _privileges(facts: Facts) -> Iterator[Check]:
    for purpose, missing in facts.privileges.items():
        if missing is None or isinstance(missing, Refused):
            yield refused(f"may {purpose}", missing or Refused("nobody looked"))
        elif missing:
            role = "reader" if "read" in purpose else "writer"
            yield failed(
                f"may {purpose}",
                f"the user lacks {listed(list(missing), 12)}",
                f"Give it the role {facts.configured.prefix}_{role}: drainwatch setup elasticsearch --with roles",
            )
        else:
            yield ok(f"may {purpose}", "all that is needed")


def _clock(facts: Facts) -> Check:
    if facts.clock is None or isinstance(facts.clock, Refused):
        return refused("clock", facts.clock or Refused("nobody looked"))
    apart = abs(facts.clock)
    if apart > _APART:
        where = "ahead of" if facts.clock > 0 else "behind"
        return warning(
            "clock",
            f"the cluster's is {lasted(apart)} {where} this machine's",
            "Let both keep the time by NTP; until then drainwatch goes by the cluster's.",
        )
    return ok("clock", f"{apart / 1e6:.1f} s between the cluster's and this machine's")
