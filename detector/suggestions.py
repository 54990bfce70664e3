"""What would bring peace, by what people have marked: mutes and a budget, each with what it would have changed.

Measured on what was told, or on a replay of it: alerts a day before and after, and that no incident that was marked as
real would have been lost. Pure but for `judged`, which reads the store; all times are microseconds UTC.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Container, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import partial

from detector.feedback import in_hindsight, mute
from detector.feedback import muting as is_muted
from detector.findings import Anomaly, Feedback, FeedbackKind, Reason
from detector.rarity import score_of_budget
from detector.replay import BUDGETS, Known, Outcome, Replayed, outcome
from detector.settings import DetectionSettings, micros
from detector.store.pages import pages
from detector.store.port import Reader

_LEAST_EXPECTED = 2
"""Incidents marked expected that are told by the same thing, before it is worth muting."""
_LEAST_REAL = 3
"""Incidents marked real before a budget can be judged by them."""
_MOST = 5
"""Things of a namespace that are tried."""

Muting = Callable[[Replayed, Feedback], Replayed]
"""Judges a namespace with one more mute."""


@dataclass(frozen=True, slots=True)
class Effect:
    """How it was, or would have been."""

    alerts_a_day: float
    """All namespaces that it is about together."""
    found: int
    """Incidents marked real that were told."""
    known: int
    """Incidents marked real."""


@dataclass(frozen=True, slots=True)
class Suggestion:
    """One thing to do."""

    namespace: str
    """Empty for the budget, which is one for all."""
    template: str
    """Id of the template to mute; with neither it nor a workload it is about the budget."""
    workload: str
    """To be muted as a whole, where no template is named."""
    budget: float | None
    """`detection.alert_budget`, where it is about that."""
    subject: str
    """The text of the template, or a phrase."""
    marked: int
    """How many incidents marked expected (real, for the budget) speak for it."""
    before: Effect
    after: Effect


def marked_real(feedback: Iterable[Feedback]) -> list[Known]:
    """The incidents that people marked as real, and didn't take back; oldest first."""
    real = [one for one in feedback if one.kind is FeedbackKind.REAL and one.withdrawn is None]
    return [
        Known(_called(one), one.since, max(one.until or 0, one.since + 1), one.namespace)
        for one in sorted(real, key=lambda one: (one.since, one.id))
    ]


def _called(one: Feedback) -> str:
    """What an incident was told by first; its id, where nothing is known of that."""
    first = _first(one)
    return one.incident if first is None else ": ".join(filter(None, (first.workload, first.template)))


def suggest(
    replays: Sequence[Replayed], feedback: Iterable[Feedback], budget: float, muting: Muting | None = None
) -> list[Suggestion]:
    """What lowers alerts and loses nothing that was marked real, the greatest relief first.

    `replays` is what was judged, by namespace; `feedback` all that was said, `budget` the one that is set. `muting`
    judges a namespace with one more mute; without it that is taken from what was told.
    """
    words = list(feedback)
    muting = muting or partial(as_told, words)
    # As it was told before anything was marked expected: else what is suggested would have no effect any more.
    loud = [replace(one, feedback=_mutes(words, one.namespace)) for one in replays]
    known = marked_real(words)
    found = [one for replayed in loud for one in _suggested_mutes(replayed, words, known, budget, muting)]
    found += _suggested_budget(loud, known, budget)
    return sorted(found, key=lambda one: (one.after.alerts_a_day - one.before.alerts_a_day, one.subject))


def as_told(words: Iterable[Feedback], one: Replayed, word: Feedback) -> Replayed:
    """What would have been told with one more mute, from what was told.

    What was marked expected for it is taken to go with it: where a statement is no evidence, the lines of its workload
    and what follows from them are none either.
    """
    likewise = []
    for other in words:
        first = _first(other) if _says_expected(other, one.namespace) else None
        if first is not None and (word.template, word.workload) in ((first.template_id, ""), ("", first.workload)):
            likewise.append(replace(other, since=0, created=0))
    return replace(one, feedback=(*one.feedback, word, *likewise))


def judged(
    reader: Reader, settings: DetectionSettings, since: int | None = None, namespace: str | None = None
) -> list[Replayed]:
    """What the store has of it, by namespace, as it was judged when it came; from `since` on."""
    until = reader.closed_until() or 0
    span = micros(settings.window)
    floor = score_of_budget(settings.alert_budget, span)
    found = []
    for status in reader.statuses():
        if namespace not in (None, status.namespace):
            continue
        cards = [*reader.models(status.namespace), *([status.model] if status.model else [])]
        begin = max(min((card.trained_until for card in cards), default=until), since or 0)
        mutes = {one.id for one in reader.feedback(status.namespace) if one.template or one.workload}
        anomalies = _all_anomalies(reader, status.namespace, begin, until, floor, mutes)
        times = ((begin, until),) if begin < until else ()
        gap = settings.incident_gap * span
        found.append(Replayed(status.namespace, gap, span, times, tuple(anomalies)))
    return found


def _suggested_mutes(
    one: Replayed, words: Sequence[Feedback], known: Sequence[Known], budget: float, muting: Muting
) -> list[Suggestion]:
    own = [incident for incident in known if incident.namespace == one.namespace]
    before = outcome([one], own, budget)
    suggestions, end = [], max((end for _, end in one.judged), default=0)
    blamed = sorted(_blamed(words, one.namespace).items(), key=lambda pair: (-pair[1], pair[0]))
    for (template, workload, text), marked in blamed[:_MOST]:
        if marked < _LEAST_EXPECTED or is_muted(one.feedback, end, one.namespace, workload, template):
            continue
        word = mute(one.namespace, "", "", 0, template=template, workload="" if template else workload)
        after = outcome([muting(one, word)], own, budget)
        if _is_better(before, after):
            suggestions.append(
                Suggestion(
                    one.namespace,
                    template,
                    "" if template else workload,
                    None,
                    text,
                    marked,
                    _effect(before),
                    _effect(after),
                )
            )
    return suggestions


def _suggested_budget(replays: Sequence[Replayed], known: Sequence[Known], budget: float) -> list[Suggestion]:
    """The lowest budget below the one that is set at which nothing is lost."""
    before = outcome(replays, known, budget)
    if before.found < _LEAST_REAL:
        return []
    best: Outcome | None = None
    for lower in sorted((one for one in BUDGETS if one < budget), reverse=True):
        after = outcome(replays, known, lower)
        if not _keeps(before, after):
            break
        best = after if _is_better(before, after) else best
    if best is None:
        return []
    subject = f"detection.alert_budget = {best.budget:g}"
    return [Suggestion("", "", "", best.budget, subject, before.found, _effect(before), _effect(best))]


def _blamed(words: Iterable[Feedback], namespace: str) -> Counter[tuple[str, str, str]]:
    """Template, workload and text of what incidents marked expected were told by first, and how many of them."""
    counted: Counter[tuple[str, str]] = Counter()
    texts: dict[tuple[str, str], str] = {}
    for word in words:
        if _says_expected(word, namespace) and (first := _first(word)) is not None:
            counted[first.template_id, first.workload] += 1
            texts[first.template_id, first.workload] = first.template
    return Counter({(*key, texts[key]): number for key, number in counted.items()})


def _says_expected(word: Feedback, namespace: str) -> bool:
    return word.kind is FeedbackKind.EXPECTED and word.withdrawn is None and word.namespace == namespace


def _first(word: Feedback) -> Reason | None:
    return max(word.like, key=lambda reason: reason.share, default=None)


def _mutes(words: Iterable[Feedback], namespace: str) -> tuple[Feedback, ...]:
    own = [one for one in words if one.kind is FeedbackKind.MUTE and one.namespace == namespace]
    return tuple(in_hindsight(own))


def _is_better(before: Outcome, after: Outcome) -> bool:
    return after.told < before.told and _keeps(before, after)


def _keeps(before: Outcome, after: Outcome) -> bool:
    """Whether everything known that was found is found still."""
    return all(
        now.incident is not None for then, now in zip(before.hits, after.hits, strict=True) if then.incident is not None
    )


def _effect(one: Outcome) -> Effect:
    return Effect(one.a_day, one.found, one.known)


def _all_anomalies(
    reader: Reader, namespace: str, since: int, until: int, floor: float, mutes: Container[str | None]
) -> list[Anomaly]:
    """Those that what is muted is no evidence of."""
    found = pages(lambda cursor, count: reader.anomalies(namespace, since, until, floor, cursor, count))
    heard = (one for one in found if one.suppressed_by not in mutes)
    cleared = (replace(one, incident=None, suppressed_by=None) for one in heard)
    return sorted(cleared, key=lambda one: one.window)
