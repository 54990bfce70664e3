"""From what a person asks for to the feedback that is kept: what the page, the API and the command line share."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from detector.errors import UsageError
from detector.feedback import active, expected, mute, real, said, withdraw
from detector.findings import Feedback, FeedbackKind, Incident, Source
from detector.store.port import Reader, Word

MOST = 10_000
"""Words that hold at once: each is looked at for every anomaly of its namespace."""
LONGEST_AUTHOR, LONGEST_NOTE = 100, 1_000
"""Characters."""


class UnknownError(UsageError):
    """There is nothing of the name that was given."""


class Saying(Protocol):
    """Writes a word, a choice or a silence down; `Store.say`."""

    def __call__(self, said: Word, /) -> None:
        """Record it, or replace what is stored under its id."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What a person wants to say. An incident is named for REAL and EXPECTED, one of the others for MUTE."""

    kind: FeedbackKind
    incident: str = ""
    template: str = ""
    workload: str = ""
    """Of a namespace, which is named with it."""
    namespace: str = ""
    until: int | None = None
    """Microseconds UTC; None for ever."""
    author: str = ""
    note: str = ""


def moment(reader: Reader, clock: int) -> int:
    """When something said now begins to hold: by the time of the logs, which may be last year's.

    `clock` and what is returned are microseconds UTC.
    """
    closed = reader.closed_until()
    return clock if closed is None else min(clock, closed)


def say(reader: Reader, write: Saying, wish: Wish, now: int) -> Feedback:
    """Write a wish down and return what is kept of it; `now` as `moment` gives it.

    Raises `UnknownError` for what isn't there and `UsageError` for what can't be.
    """
    _check(wish, now)
    new = _made(reader, wish, now)
    known = reader.feedback(new.namespace)
    kept = said(known, new)
    *taken_back, said_now = kept
    if len(active(known, now)) - len(taken_back) >= MOST and said_now not in known:
        raise UsageError(f"{new.namespace} has {MOST:,} words of feedback that hold.", "Withdraw some first.")
    for one in (said_now, *taken_back):  # in this order: what is said again holds at no time less than it did
        write(one)
    return said_now


def take_back(reader: Reader, write: Saying, feedback_id: str, now: int) -> Feedback:
    """Withdraw a word by its id and return it as it is kept; what is taken back already stays as it is."""
    found = find(reader, feedback_id)
    taken = withdraw(found, now)
    if taken is not found:
        write(taken)
    return taken


def about(said: Feedback) -> str:
    """What a word says of what, by ids, for the audit log: `mute template t1`."""
    kinds = (("incident", said.incident), ("template", said.template), ("workload", said.workload))
    kind, name = next((one for one in kinds if one[1]), ("namespace", said.namespace))
    return f"{said.kind} {kind} {name}"


def find(reader: Reader, feedback_id: str) -> Feedback:
    """A word by its id. Raises `UnknownError`."""
    found = next((one for one in reader.feedback() if one.id == feedback_id), None)
    if found is None:
        raise UnknownError(f"There is no feedback {shown(feedback_id)}.", "`drainwatch feedback list` shows all.")
    return found


def subjects(reader: Reader) -> Callable[[Feedback], str]:
    """Says what a word is about, for people: the sentence of an incident, the text of a template."""
    texts: dict[str, dict[str, str]] = {}

    def subject(one: Feedback) -> str:
        if one.kind is not FeedbackKind.MUTE:
            found = reader.incident(one.incident)
            return found.summary if found else ", ".join(reason.template for reason in one.like[:3])
        if one.template:
            if one.namespace not in texts:
                texts[one.namespace] = {found.id: found.text for found in reader.templates(one.namespace)}
            return texts[one.namespace].get(one.template, f"template {one.template}")
        return f"all lines of {one.workload or one.namespace}"

    return subject


def _check(wish: Wish, now: int) -> None:
    if wish.until is not None and wish.until <= now:
        raise UsageError("What is said would have expired already.", "Name a later time, or leave it out.")
    check_lengths(wish.author, wish.note)


def check_lengths(author: str, note: str) -> None:
    """Raises `UsageError` for a name or a note that is too long."""
    for name, text, longest in (("author", author, LONGEST_AUTHOR), ("note", note, LONGEST_NOTE)):
        if len(text) > longest:
            raise UsageError(f"The {name} is {len(text):,} characters long.", f"At most {longest:,} are kept.")


def _made(reader: Reader, wish: Wish, now: int) -> Feedback:
    if wish.kind is not FeedbackKind.MUTE:
        incident = _incident(reader, wish)
        if wish.kind is FeedbackKind.REAL:
            if wish.until is not None:
                raise UsageError("That an incident was real never expires.", "Leave the time out.")
            return real(incident, wish.author, wish.note, now)
        return expected(incident, wish.author, wish.note, now, wish.until)
    if wish.incident:
        raise UsageError("An incident can't be muted.", "Mark it expected, or mute a template, workload or namespace.")
    namespace = _namespace(reader, wish)
    return mute(namespace, wish.author, wish.note, now, wish.until, template=wish.template, workload=wish.workload)


def _incident(reader: Reader, wish: Wish) -> Incident:
    if not wish.incident or wish.template or wish.workload:
        raise UsageError(f"{wish.kind} is said of an incident alone.", "Name its id.")
    found = reader.incident(wish.incident)
    if found is None or wish.namespace not in ("", found.namespace):
        raise UnknownError(f"There is no incident {shown(wish.incident)}.", "`drainwatch incidents` shows them.")
    if found.source is not Source.LOGS:
        raise UsageError(
            "Of incidents in metrics nothing can be said.",
            "Where one is none, raise `least` of its query: docs/prometheus.md tells how.",
        )
    return found


def _namespace(reader: Reader, wish: Wish) -> str:
    """The namespace of what is to be muted, which is known to be there."""
    if wish.template and wish.workload:
        raise UsageError("A template and a workload are two things.", "Mute one after the other.")
    if wish.template:
        found = next((one for one in reader.templates(wish.namespace or None) if one.id == wish.template), None)
        if found is None:
            raise UnknownError(f"There is no template {shown(wish.template)}.", "`drainwatch templates` shows them.")
        return found.namespace
    if not wish.namespace:
        raise UsageError("Nothing to mute is named.", "Name a template, a workload with its namespace, or a namespace.")
    if wish.namespace not in {one.namespace for one in reader.statuses()}:
        raise UnknownError(f"There is no namespace {shown(wish.namespace)}.", "Names are case-sensitive.")
    if wish.workload and wish.workload not in {one.workload for one in reader.templates(wish.namespace)}:
        known = sorted({one.workload for one in reader.templates(wish.namespace)})
        raise UnknownError(
            f"{wish.namespace} has no workload {shown(wish.workload)}.", f"There are {', '.join(known[:20])}."
        )
    return wish.namespace


def shown(text: str) -> str:
    """In quotes, and cut: a sentence repeats no more of what was asked than it takes to see."""
    return repr(text if len(text) <= 80 else text[:80] + "…")
