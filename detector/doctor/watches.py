"""The watches that `drainwatch setup watcher` made: whether they look, and whether somebody is told twice."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from elasticsearch import Elasticsearch

from detector.doctor.check import Check, listed, ok, warning
from detector.doctor.facts import Facts, Licence, Refused, Watching
from detector.settings.channels import AnyChannel
from detector.setup.people import told_as_well, told_by
from detector.setup.plan import ours
from detector.setup.server import Lack, fetch
from detector.setup.wanted import Kind, Wanted
from detector.setup.watches import Watch, watch_name
from detector.setup.withdrawing import WATCHER_LICENCES


def watches(client: Elasticsearch, prefix: str, channels: Mapping[str, AnyChannel]) -> list[Watching]:
    """Those that there are; none where the server has no Watcher, or we may not see its watches."""
    seen = []
    for watch in Watch:
        name = watch_name(prefix, watch)
        found = fetch(client, Wanted(Kind.WATCH, name, {}))
        if isinstance(found, Lack):
            return []
        if found is not None and ours(Kind.WATCH, found):
            twice = [] if watch is Watch.SERVER_ERRORS else told_as_well(channels, told_by(found))
            seen.append(Watching(name, found["active"], twice))
    return seen


def judge(facts: Facts) -> Iterator[Check]:
    """One line, where there are any."""
    if not facts.watches or isinstance(facts.watches, Refused):
        return
    yield _judged(facts.watches, facts.licence)


def _judged(seen: Sequence[Watching], licence: Licence | Refused | None) -> Check:
    looking = [one for one in seen if one.active]
    if not looking:
        return warning(
            "watches",
            f"switched off: {listed([one.name for one in seen])}",
            "Run drainwatch setup watcher, or --remove.",
        )
    if isinstance(licence, Licence) and (licence.type not in WATCHER_LICENCES or not licence.active):
        return warning(
            "watches",
            f"{listed([one.name for one in looking])} can't run with this licence ({licence.type})",
            "Let drainwatch tell people itself: docs/alerting.md.",
        )
    if twice := sorted({channel for one in looking for channel in one.twice}):
        return warning(
            "watches",
            f"they tell the same people as alerts.channels.{', '.join(twice)}",
            "Take the channel out, or run drainwatch setup watcher --deactivate: people are paged twice.",
        )
    off = [one.name for one in seen if not one.active]
    return ok("watches", listed([one.name for one in looking]) + (f"; switched off: {listed(off)}" if off else ""))
