"""Windows of a namespace to anomalies while some of its templates are muted, some of the time."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import pairwise

from detector.beginning import SCORE, Evidence, outbreaks
from detector.feedback import covers, muted, muting_most
from detector.findings import Anomaly, Feedback, FeedbackKind, ModelCard
from detector.models.ensemble import NamespaceModel
from detector.rules import alarms, beside
from detector.scoring import Recent, Scorer
from detector.vectors import Column


@dataclass(slots=True)
class Judgement:
    """What came of some windows."""

    anomalies: list[Anomaly] = field(default_factory=list)
    """Oldest first, without incidents; what mutes keep quiet says by which."""
    scores: list[float] = field(default_factory=list)
    """Of every window, without what is muted."""
    beneath: dict[str, Anomaly | None] = field(default_factory=dict)
    """By id of an anomaly that mutes keep quiet, what is left of it without what they mute."""


@dataclass(frozen=True, slots=True)
class Judge:
    """Of one namespace."""

    namespace: str
    keep_score: float
    threshold: float
    """The score from which on anomalies are told."""

    def judge(
        self,
        model: NamespaceModel,
        card: ModelCard,
        first: int,
        evidence: Evidence,
        begin: int,
        end: int,
        recent: Recent | None = None,
    ) -> Judgement:
        """Judge the windows from `begin` up to but not with `end`; `first` is the start of the namespace's first one.

        Where something is muted they are judged with it, too: what it would have made of them is kept, said by nobody,
        so that it can be seen, and is not taken for normal once the mute has ended. `recent` remembers what was read,
        where the windows are the newest of the namespace.
        """
        found, mutes = Judgement(), [one for one in evidence.feedback if one.kind is FeedbackKind.MUTE]
        columns = {**{one.template: one for one in model.columns}, **evidence.columns} if mutes else {}
        scorer = Scorer(self.namespace, model, card, first, self.keep_score, evidence.changes, recent=recent)
        known = evidence.history, evidence.columns
        shown = evidence.templates, evidence.lines
        for since, until, quiet in _evenly_muted(begin, end, model.span, mutes, columns):
            left = (replace(scorer, muted=quiet) if quiet else scorer).score(*known, since, until, *shown)
            ruled = self._alarms(evidence, since, until, model.span, card.version)
            anomalies = self._beside(left.anomalies, [one for one in ruled if not _told_by(one, quiet)], evidence)
            if quiet:
                whole = beside(scorer.score(*known, since, until, *shown).anomalies, ruled)
                anomalies, beneath = _beside_mutes(anomalies, whole, self.threshold, evidence.feedback)
                found.beneath |= beneath
            found.anomalies += anomalies
            found.scores += _with_rules(left.scores, anomalies, since, model.span) if ruled else left.scores
        return found

    def without_model(
        self, evidence: Evidence, begin: int, end: int, span: int, *, learning: bool = True
    ) -> list[Anomaly]:
        """What can be said of windows of `span` microseconds without a model, in the order of time.

        While a namespace is `learning`, and hasn't lost what it had learned, it is told by what bursts out as well.
        """
        burst = learning and self.keep_score <= SCORE
        found = outbreaks(self.namespace, evidence, begin, end, span) if burst else []
        return self.ruled(found, evidence, begin, end, span)

    def ruled(self, found: Sequence[Anomaly], evidence: Evidence, begin: int, end: int, span: int) -> list[Anomaly]:
        """These anomalies, and what rules tell of windows of `span` microseconds beside them, in the order of time."""
        return self._beside(found, self._alarms(evidence, begin, end, span), evidence)

    def _alarms(self, evidence: Evidence, begin: int, end: int, span: int, model: str = "") -> list[Anomaly]:
        """What rules tell in these windows: of those that are not muted where there are any."""
        mutes = [one for one in evidence.feedback if one.kind is FeedbackKind.MUTE]
        quiet = partial(muted, mutes, columns=evidence.columns)
        found = alarms(self.namespace, evidence, begin, end, span, self.threshold, quiet)
        return [replace(one, model=model) for one in found]

    def _beside(self, found: Sequence[Anomaly], ruled: Sequence[Anomaly], evidence: Evidence) -> list[Anomaly]:
        """Both, oldest first. What people keep quiet of rules adds nothing to what is told without it."""
        quiet = {one.window for one in ruled if covers(evidence.feedback, one)}
        told = {one.window for one in found if one.score >= self.threshold}
        others = [one for one in found if one.window not in quiet or one.window in told]
        return beside(others, [one for one in ruled if one.window not in quiet & told])


def _told_by(anomaly: Anomaly, quiet: frozenset[str]) -> bool:
    """Whether an anomaly of rules is told by what is muted: then that is all that there is."""
    return anomaly.reasons[0].template_id in quiet


def _with_rules(scores: Sequence[float], anomalies: Iterable[Anomaly], begin: int, span: int) -> list[float]:
    """The scores of the windows from `begin` on, of those with a told anomaly that one's."""
    found = list(scores)
    for one in anomalies:
        if one.suppressed_by is None:
            found[(one.window - begin) // span] = one.score
    return found


def _beside_mutes(
    left: Sequence[Anomaly], whole: Iterable[Anomaly], threshold: float, feedback: Sequence[Feedback]
) -> tuple[list[Anomaly], dict[str, Anomaly | None]]:
    """Anomalies of a time in which something was muted, those that it kept quiet among them; and what it left of these.

    `left` are those without what is muted, `whole` those with it, both oldest first; at `threshold` they are told.
    """
    found: dict[str, Anomaly] = {one.id: one for one in left}
    beneath: dict[str, Anomaly | None] = {}
    for one in whole:
        rest = found.get(one.id)
        if one.score >= threshold and (rest is None or rest.score < threshold):
            beneath[one.id] = rest
            found[one.id] = replace(one, suppressed_by=muting_most(feedback, one))
    return sorted(found.values(), key=lambda one: one.window), beneath


def _evenly_muted(
    begin: int, end: int, span: int, mutes: Sequence[Feedback], columns: Mapping[str, Column]
) -> list[tuple[int, int, frozenset[str]]]:
    """The parts of a time in which the same templates are muted, and their ids; on the grid of windows from `begin`."""
    times = {time for one in mutes for time in (one.since, one.created, one.until, one.withdrawn) if time}
    inside = (begin - (begin - time) // span * span for time in times if begin < time < end)
    edges = sorted({begin, end, *(time for time in inside if time < end)})
    return [(since, until, muted(mutes, since, columns)) for since, until in pairwise(edges)]
