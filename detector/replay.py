"""A namespace's past judged anew, from its counts alone, and held against what is known to have happened.

What comes out is what a service would have told that began with the first of these counts: the same models at the same
times. All times are microseconds UTC.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from statistics import median

from detector.feedback import covers
from detector.findings import Anomaly, Change, Feedback, Incident
from detector.incidents import tell
from detector.namespace import NamespaceState
from detector.rarity import DAY, score_of_budget
from detector.settings import DetectionSettings
from detector.vectors import WindowCounts
from parsers.engine import Template

BUDGETS = (0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0)
"""Incidents a day by chance, as `detection.alert_budget` has it: the points of a curve."""
_AT_ONCE = DAY
"""How much is judged between two reports of progress."""


@dataclass(frozen=True, slots=True)
class Known:
    """An incident that is known to have been one."""

    name: str
    start: int
    end: int
    """Where it is over, later than `start`."""
    namespace: str = ""
    """Empty where it may show in any."""
    workload: str = ""
    """Which has to be among the reasons; empty for any."""


@dataclass(frozen=True, slots=True)
class Replayed:
    """One namespace, judged anew."""

    namespace: str
    gap: int
    """Time without an anomalous window that ends an incident."""
    span: int
    judged: tuple[tuple[int, int], ...]
    """Begin and end of the times that were scored; not the first, in which it learned, nor when it was retired."""
    anomalies: tuple[Anomaly, ...]
    """Oldest first, not told as incidents yet, whose threshold is a question of the budget."""
    feedback: tuple[Feedback, ...] = ()
    """What was held to."""

    @property
    def days(self) -> float:
        """How long was judged."""
        return sum(end - begin for begin, end in self.judged) / DAY

    def told(self, budget: float) -> tuple[list[Anomaly], list[Incident]]:
        """What is told at a budget of alerts, oldest first: incidents, and the windows that they are made of."""
        threshold = score_of_budget(budget, self.span)
        loud = (one for one in self.anomalies if one.score >= threshold)
        until = max((end for _, end in self.judged), default=0)
        return tell((one for one in loud if covers(self.feedback, one) is None), until, self.gap)


@dataclass(frozen=True, slots=True)
class Hit:
    """What became of a known incident."""

    known: Known
    judged: bool
    """Whether any of its time was scored."""
    incident: str | None = None
    """Id of the first incident that told of it."""
    namespace: str = ""
    """Of that incident."""
    delay: int | None = None
    """From its start to the end of the first window that told of it."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """How well some namespaces were judged at one budget."""

    budget: float
    hits: tuple[Hit, ...]
    """One a known incident, in their order."""
    told: int
    """Incidents."""
    false: int
    """Those of them that no known incident explains."""
    days: float
    """Of judged time, all namespaces together."""
    a_day: float
    """Incidents told a day, all namespaces together, as whoever is on call gets them."""

    @property
    def known(self) -> int:
        """Known incidents that could have been found."""
        return sum(hit.judged for hit in self.hits)

    @property
    def found(self) -> int:
        """Those that were."""
        return sum(hit.incident is not None for hit in self.hits)

    @property
    def precision(self) -> float | None:
        """Share of what was told that was one; None where nothing was told."""
        return (self.told - self.false) / self.told if self.told else None

    @property
    def recall(self) -> float | None:
        """Share of what is known that was found; None where nothing is known."""
        return self.found / self.known if self.known else None

    @property
    def f1(self) -> float | None:
        """Harmonic mean of both; None where either is."""
        precision, recall = self.precision, self.recall
        if precision is None or recall is None:
            return None
        return 2 * precision * recall / (precision + recall) if precision + recall else 0.0

    @property
    def delay(self) -> float | None:
        """Median of those that were found, microseconds."""
        delays = [hit.delay for hit in self.hits if hit.delay is not None]
        return median(delays) if delays else None


@dataclass(slots=True)
class _Collected:
    anomalies: list[Anomaly] = field(default_factory=list)
    trained: int | None = None


def replay(
    namespace: str,
    windows: Sequence[WindowCounts],
    templates: Mapping[str, Template],
    settings: DetectionSettings,
    since: int,
    until: int,
    *,
    changes: Sequence[Change] = (),
    feedback: Sequence[Feedback] = (),
    on_progress: Callable[[int], None] = lambda _: None,
) -> Replayed:
    """Judge the windows from `since` up to but not with `until`; those before `since` are only learned from.

    `windows` are oldest first, `templates` knows all that they count. `on_progress` is told how many microseconds more
    are done.
    """
    # Whatever a budget of the curve would tell is kept; what is told is decided by `told`.
    floor = min(settings.keep_score, score_of_budget(max(BUDGETS), _span(settings)))
    state = NamespaceState(namespace, settings.model_copy(update={"keep_score": floor}))
    found = _Collected()
    begin = windows[0].window if windows else until
    place = 0
    while begin < until:
        end = min(until, begin + _AT_ONCE)
        chunk = []
        while place < len(windows) and windows[place].window < end:
            chunk.append(windows[place])
            place += 1
        own = [one for one in changes if begin <= one.time < end]
        findings = state.advance(chunk, templates, end, _no_lines, own, feedback)
        # At other budgets, too, what is muted is no evidence.
        left = (findings.beneath.get(one.id, one) for one in findings.anomalies)
        # What is said before there is a model is neither found nor missed.
        found.anomalies += [one for one in left if one is not None and one.model]
        if findings.models and found.trained is None:
            found.trained = findings.models[0].trained_until
        on_progress(end - begin)
        begin = end
    return Replayed(
        namespace,
        state.gap,
        state.schedule.span,
        _judged(state, windows, found.trained, since, until),
        tuple(replace(one, incident=None, suppressed_by=None) for one in found.anomalies if one.window >= since),
        tuple(feedback),
    )


def outcome(replays: Sequence[Replayed], known: Sequence[Known], budget: float) -> Outcome:
    """What was told at a budget, held against what is known.

    An incident tells of a known one where it is of its namespace, names its workload among its reasons, and overlaps
    it or begins no later than the gap after its end that would still have been one incident.
    """
    told = [(one, *one.told(budget)) for one in replays]
    hits = tuple(_hit(one, told) for one in known)
    every = [(replayed, incident) for replayed, _, incidents in told for incident in incidents]
    false = sum(not any(tells(incident, one, replayed.gap) for one in known) for replayed, incident in every)
    a_day = sum(len(incidents) / one.days for one, _, incidents in told if one.days)
    return Outcome(budget, hits, len(every), false, sum(one.days for one in replays), a_day)


def _hit(known: Known, told: Sequence[tuple[Replayed, list[Anomaly], list[Incident]]]) -> Hit:
    where = [one for one, _, _ in told if known.namespace in ("", one.namespace)]
    judged = any(begin < known.end and end > known.start for one in where for begin, end in one.judged)
    first: Hit | None = None
    for replayed, anomalies, incidents in told:
        telling = {one.id for one in incidents if tells(one, known, replayed.gap)}
        window = next(
            (one for one in anomalies if one.incident in telling and one.window + one.span > known.start), None
        )
        if window is None:
            continue
        delay = window.window + window.span - known.start
        if first is None or first.delay is None or delay < first.delay:
            first = Hit(known, True, window.incident, replayed.namespace, delay)
    return first or Hit(known, judged)


def tells(incident: Incident, known: Known, gap: int) -> bool:
    """Whether an incident tells of one that is known, as `outcome` has it."""
    if known.namespace not in ("", incident.namespace):
        return False
    if known.workload and known.workload not in {reason.workload for reason in incident.reasons}:
        return False
    return incident.start < known.end + gap and incident.end > known.start


def _judged(
    state: NamespaceState, windows: Sequence[WindowCounts], trained: int | None, since: int, until: int
) -> tuple[tuple[int, int], ...]:
    if trained is None:
        return ()
    return tuple(state.schedule.stretches((one.window for one in windows), max(since, trained), until))


def _span(settings: DetectionSettings) -> int:
    return int(settings.window.total_seconds() * 1_000_000)


def _no_lines(_template: str, _window: int) -> tuple[str, ...]:
    return ()
