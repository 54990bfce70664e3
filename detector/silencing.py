"""From a person's wish to be left alone to the silence that is kept: what the page, the API and the command line share.

All times are microseconds UTC, by the clock: what is silenced is the telling, which is done now.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

from detector.alert import Silence
from detector.alerts.routing import fits
from detector.errors import UsageError
from detector.findings import finding_id
from detector.moments import moment
from detector.saying import Saying, UnknownError, check_lengths, shown
from detector.store.port import Reader

ALL = "*"
MOST = 1_000
"""Silences in force at once: each is held against every alert."""
LONGEST = 366 * 86_400_000_000
"""What nobody ever wants to hear of is muted, or left out of the routes."""
_LONGEST_NAME = 500
_LOOKED_AT = 100
"""Incidents, the newest, of which workloads are known that have no template."""


@dataclass(frozen=True, slots=True)
class SilenceWish:
    """What nobody shall be told of, until when and why."""

    namespace: str = ""
    """A name, or a pattern with `*`; may be left out where a template is named."""
    workload: str = ""
    template: str = ""
    until: int | None = None
    author: str = ""
    note: str = ""
    since: int | None = None
    """From when on; None, and what is over, stand for now."""


def silence(reader: Reader, write: Saying, wish: SilenceWish, now: int) -> Silence:
    """Write a wish down, in force from now or from a time to come on, and return what is kept of it.

    Said of the same thing again it is prolonged or shortened: the silence before is taken back, and stays; so is one
    that was to come, by another one to come at the same time. Raises `UnknownError` for what isn't there and
    `UsageError` for what can't be.
    """
    since = now if wish.since is None else max(now, wish.since)
    until = _checked(wish, since)
    new = Silence(
        finding_id("silence", wish.namespace, wish.workload, wish.template, now),
        _namespace(reader, wish),
        since,
        until,
        wish.workload,
        wish.template,
        wish.author,
        wish.note,
        now,
    )
    holding = in_force_or_to_come(reader.silences(), now)
    before = [one for one in holding if _place(one) == _place(new) and _instead(new, one, now)]
    for one in before:
        begun = one.since if since == now else since
        if replace(new, id=one.id, since=begun, created=one.created) == one:
            return one
    if len(holding) - len(before) >= MOST:
        raise UsageError(f"{MOST:,} silences are in force, or to come.", "End some first.")
    # In this order: what is silenced is silenced all the time.
    write(new)
    for one in before:
        write(replace(one, withdrawn=now))
    return new


def end(reader: Reader, write: Saying, silence_id: str, now: int) -> Silence:
    """Take a silence back by its id and return it as it is kept; one that is over stays as it is."""
    found = find(reader, silence_id)
    if found.withdrawn is not None or found.until <= now:
        return found
    taken = replace(found, withdrawn=now)
    write(taken)
    return taken


def about(one: Silence) -> str:
    """What is silenced until when, by ids, for the audit log."""
    narrower = [f"{kind} {name}" for kind, name in (("workload", one.workload), ("template", one.template)) if name]
    return " ".join((*narrower, f"until {moment(one.until):%Y-%m-%dT%H:%M:%SZ}"))


def find(reader: Reader, silence_id: str) -> Silence:
    """A silence by its id. Raises `UnknownError`."""
    found = next((one for one in reader.silences() if one.id == silence_id), None)
    if found is None:
        raise UnknownError(f"There is no silence {shown(silence_id)}.", "`drainwatch silence list --all` shows all.")
    return found


def in_force_or_to_come(silences: Iterable[Silence], now: int) -> list[Silence]:
    """Those that hold now or will, in their order."""
    return [one for one in silences if one.withdrawn is None and one.until > now]


def in_force(silences: Iterable[Silence], now: int) -> list[Silence]:
    """Those that hold now, in their order."""
    return [one for one in silences if one.holds(now)]


def silences_all_of(silences: Iterable[Silence], namespace: str, now: int) -> bool:
    """Whether one of them keeps everything in a namespace quiet now, not a workload or template of it alone."""
    return any(fits(one.namespace, namespace) for one in in_force(silences, now) if not one.workload + one.template)


def subjects(reader: Reader) -> Callable[[Silence], str]:
    """Says what a silence is about, for people, with the text of a template in the place of its id."""
    texts: dict[str, dict[str, str]] = {}

    def subject(one: Silence) -> str:
        if not one.template:
            return covers(one)
        where = "" if "*" in one.namespace else one.namespace
        if where not in texts:
            texts[where] = {found.id: found.text for found in reader.templates(where or None)}
        return covers(one, texts[where].get(one.template, ""))

    return subject


def covers(silence: Silence, template: str = "") -> str:
    """What it is about, in words; `template` is the text of its template, where it is known.

    >>> covers(Silence("s", "payments", 0, 1, workload="ledger"))
    'ledger in payments'
    """
    place = "all namespaces" if silence.namespace == ALL else silence.namespace
    if silence.template:
        return f"“{template}” in {place}" if template else f"template {silence.template} in {place}"
    return f"{silence.workload} in {place}" if silence.workload else place


def _instead(new: Silence, old: Silence, now: int) -> bool:
    """Whether the new one stands in for the old one: what is in force goes on until what is to come begins."""
    if new.since == now:
        return old.since <= now
    return old.since > now and old.since < new.until and new.since < old.until


def _place(one: Silence) -> tuple[str, str, str]:
    return one.namespace, one.workload, one.template


def _checked(wish: SilenceWish, since: int) -> int:
    """When it ends. Raises `UsageError` for what can't be, whatever there is."""
    if wish.until is None:
        raise UsageError("A silence ends by itself, and no end was named.", "Say for how long, such as 2h.")
    if wish.until <= since:
        if wish.since == since:
            raise UsageError("It would end before it begins.", "Name a later end.")
        raise UsageError("That time is over already.", "Name a later one.")
    if wish.until - since > LONGEST:
        raise UsageError(
            "A silence lasts a year at most.",
            "What nobody ever needs to hear of is muted (`drainwatch mute`), or left out of alerts.routes.",
        )
    if wish.workload and wish.template:
        raise UsageError("A template and a workload are two things.", "Silence one after the other.")
    check_lengths(wish.author, wish.note)
    for name in (wish.namespace, wish.workload, wish.template):
        if len(name) > _LONGEST_NAME:
            raise UsageError(f"A name is {len(name):,} characters long.", f"At most {_LONGEST_NAME} are kept.")
    if wish.namespace.startswith("-") and "*" in wish.namespace:  # in routes it would leave these out
        raise UsageError("A silence can't leave namespaces out.", "Silence those that are meant, one after the other.")
    return wish.until


def _namespace(reader: Reader, wish: SilenceWish) -> str:
    """The namespace, or the pattern, of what is to be silenced, which is known to be there."""
    if wish.template:
        return _of_template(reader, wish)
    if not wish.namespace:
        raise UsageError("Nothing to silence is named.", "Name a namespace, or a pattern such as 'pay*'; '*' is all.")
    if "*" in wish.namespace:
        return wish.namespace
    known = {one.namespace for one in reader.statuses()}
    newest = reader.incidents(wish.namespace, limit=_LOOKED_AT).items
    if wish.namespace not in known and not newest:
        raise UnknownError(
            f"There is no namespace {shown(wish.namespace)}.",
            "Names are case-sensitive; a pattern such as 'pay*' also holds for those to come.",
        )
    if wish.workload:
        workloads = {one.workload for one in reader.templates(wish.namespace)}
        workloads |= {reason.workload for one in newest for reason in one.reasons}
        if wish.workload not in workloads:
            there = ", ".join(sorted(workloads - {""})[:20])
            raise UnknownError(
                f"{wish.namespace} has no workload {shown(wish.workload)}.",
                f"There are {there}." if there else "Leave it out.",
            )
    return wish.namespace


def _of_template(reader: Reader, wish: SilenceWish) -> str:
    exact = wish.namespace if wish.namespace and "*" not in wish.namespace else None
    found = next((one for one in reader.templates(exact) if one.id == wish.template), None)
    if found is None:
        raise UnknownError(f"There is no template {shown(wish.template)}.", "`drainwatch templates` shows them.")
    return wish.namespace or found.namespace
