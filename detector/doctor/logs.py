"""Judges what is read: the indices with logs, their mapping, and how far behind reading is."""

from __future__ import annotations

from collections.abc import Iterator

from detector.doctor.check import Check, failed, lasted, listed, ok, refused, skipped, warning
from detector.doctor.facts import Facts, Field, Pattern, Refused

_DATES = {"date", "date_nanos"}
_TEXTS = {"text", "match_only_text", "keyword", "wildcard", "constant_keyword"}
_BEHIND = 600 * 1_000_000
"""Microseconds; a window is closed within two or three minutes where all is well."""


def judge(facts: Facts) -> Iterator[Check]:
    """Those of reading, where anything is read from the cluster."""
    if facts.configured.source != "elasticsearch":
        return
    if facts.patterns is None or isinstance(facts.patterns, Refused):
        yield refused("logs", facts.patterns or Refused("nobody looked"))
        return
    yield from map(_pattern, facts.patterns)
    if not any(one.indices for one in facts.patterns):
        yield failed(
            "logs",
            "none of the patterns finds an index",
            "Name where the logs are in elasticsearch.indices, and look whether Filebeat or Logstash ships any.",
        )
    elif isinstance(facts.fields, dict):
        yield from _mapping(facts.fields)
    else:
        yield refused("mapping", facts.fields if isinstance(facts.fields, Refused) else Refused("nobody looked"))


def _pattern(seen: Pattern) -> Check:
    name = f"logs {seen.pattern}"
    if not seen.indices:
        return skipped(name, "no index of such a name")
    said = f"{seen.indices:,} {'index' if seen.indices == 1 else 'indices'}, {seen.recent:,} documents in the last hour"
    if not seen.recent:
        return warning(name, said, "Look whether Filebeat, Agent or Logstash still ships to it.")
    return ok(name, said)


def _mapping(fields: dict[str, Field]) -> Iterator[Check]:
    yield _time(fields["time"])
    yield _namespace(fields["namespace"])
    yield _message(fields["message"])
    yield _ingested(fields["ingested"])


def _time(seen: Field) -> Check:
    name = f"field {seen.name}"
    if not set(seen.types) & _DATES:
        return failed(
            name, "is not mapped as a date anywhere", "Name the field with the time in elasticsearch.fields.time."
        )
    others = [index for kind, indices in seen.types.items() if kind not in _DATES for index in indices]
    if others:
        return failed(
            name,
            f"is no date in {listed(others)}, whose documents are not read",
            "Leave these indices out of elasticsearch.indices, or reindex them.",
        )
    return ok(name, "a date everywhere")


def _namespace(seen: Field) -> Check:
    name = f"field {seen.name}"
    if not seen.types:
        return warning(
            name,
            "is not mapped: the namespace is taken from log.file.path",
            "Let Filebeat add it (add_kubernetes_metadata), or name the field in elasticsearch.fields.namespace.",
        )
    if not set(seen.types) & _TEXTS:
        return failed(
            name, f"is mapped as {listed(list(seen.types))}", "Name another in elasticsearch.fields.namespace."
        )
    return ok(name, " and ".join(kind for kind in seen.types if kind != "unmapped"))


def _message(seen: Field) -> Check:
    name = f"field {seen.name}"
    if not set(seen.types) & _TEXTS:
        return warning(
            name,
            "is mapped as text nowhere; msg, log, text, body and event.original are looked at too",
            "Name the field with the text of a line in elasticsearch.fields.message.",
        )
    return ok(name, " and ".join(kind for kind in seen.types if kind != "unmapped"))


def _ingested(seen: Field) -> Check:
    name = f"field {seen.name}"
    if set(seen.types) & _DATES:
        return ok(name, "a date: late documents are found however late they are")
    return ok(name, "is not there: late documents are found for as long as elasticsearch.second_look says")


def behind(facts: Facts) -> Iterator[Check]:
    """How far reading is, by the store."""
    if facts.stored is None or isinstance(facts.stored, Refused):
        yield refused("reading", facts.stored or Refused("nobody looked"))
        return
    until = facts.stored.closed_until
    if until is None:
        yield skipped("reading", "nothing was read yet", "Start it: drainwatch run")
        return
    newest = facts.newest if isinstance(facts.newest, int) else facts.now
    lag = max(0, min(newest, facts.now) - until)
    said = f"{lasted(lag)} behind the newest line" if isinstance(facts.newest, int) else f"{lasted(lag)} behind now"
    if lag > _BEHIND:
        yield warning("reading", said, "Look whether drainwatch run is up, and at its status page if it is.")
    else:
        yield ok("reading", said)
