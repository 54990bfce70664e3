"""What detection has to say: anomalies with reasons, and the incidents that they make up.

Plain data; times are microseconds since 1970, UTC.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from enum import StrEnum


class Severity(StrEnum):
    """The bands of Elastic's ML: how seldom a score like this comes by chance."""

    WARNING = "warning"
    MINOR = "minor"
    MAJOR = "major"
    CRITICAL = "critical"

    @classmethod
    def of(cls, score: float) -> Severity:
        """The band of a score from 0 to 100."""
        if score >= 75:
            return cls.CRITICAL
        if score >= 50:
            return cls.MAJOR
        return cls.MINOR if score >= 25 else cls.WARNING


class ReasonKind(StrEnum):
    """How a count differs from what was expected."""

    NEW = "new"
    """A template that was never seen before."""
    BACK = "back"
    """One that was seen before, but not among what its namespace's model learned from."""
    MORE = "more"
    FEWER = "fewer"
    GONE = "gone"
    """None at all, where some were expected."""
    RULE = "rule"
    """A rule of others' that is told whatever was expected; see `detector.rules`."""


class ChangeKind(StrEnum):
    """What was changed in a workload, as its own lines show it."""

    APPEARED = "appeared"
    """The workload itself: its first line ever."""
    IMAGE = "image"
    """Another image."""
    ROLLOUT = "rollout"
    """Another pod-template hash, no other image that shows: other settings, a restart, or logs that name no image."""
    PODS = "pods"
    """More pods of what was running already."""


@dataclass(frozen=True, slots=True)
class Change:
    """A change in a workload: no fault by itself, and what people ask for first when there is one."""

    id: str
    """Digest of namespace, workload, kind, time and what it is now."""
    namespace: str
    workload: str
    time: int
    """Of the first line that shows it."""
    kind: ChangeKind
    before: str
    """Image, hash or number of pods; empty where there was nothing."""
    after: str


@dataclass(frozen=True, slots=True)
class Running:
    """Something that a workload runs: a container with its image, of one roll-out."""

    container: str
    image: str
    """Empty where its lines don't say."""
    revision: str
    """The pod-template hash; empty where there is none."""
    last: int
    """About when a line of it was last seen, to a few minutes."""


@dataclass(frozen=True, slots=True)
class Pod:
    """A pod of a workload."""

    name: str
    revision: str
    runs: tuple[tuple[str, str], ...]
    """By container, in order, a digest of what it runs: container, image and revision."""
    last: int
    """As of `Running`."""


@dataclass(frozen=True, slots=True)
class Joining:
    """Pods that have come to those of a workload, while it isn't known yet whether the others go on."""

    time: int
    """Of the first line of the first of them."""
    pods: tuple[str, ...]
    others: int
    """How many there were before."""
    awaited: tuple[str, ...]
    """Those of them that have not logged again since."""


@dataclass(frozen=True, slots=True)
class Workload:
    """What a workload ran last, as its own lines show it."""

    name: str
    since: int
    """Time of the first line that was looked at."""
    rolled: int = 0
    """Time of the last roll-out that was seen."""
    revision: str = ""
    images: tuple[tuple[str, str], ...] = ()
    """By container, in order."""
    running: tuple[Running, ...] = ()
    """Lately, side by side."""
    pods: tuple[Pod, ...] = ()
    """By name."""
    joining: Joining | None = None
    last: int = 0
    """As of `Running`."""


@dataclass(frozen=True, slots=True)
class Deployed:
    """What runs in a namespace: what later changes are told by."""

    namespace: str
    since: int
    """Start of the first window that was looked at."""
    workloads: tuple[Workload, ...] = ()
    """By name."""
    forgot: bool = False
    """Whether there were too many to be kept, so that one that isn't here may still have been seen before."""


@dataclass(frozen=True, slots=True)
class Reason:
    """One template (or the whole of a workload or namespace, then without an id) whose count stands out."""

    template_id: str
    template: str
    """The text of the template, or a phrase such as `all lines of checkout`."""
    workload: str
    level: str
    kind: ReasonKind
    observed: int
    expected_low: float
    expected_high: float
    """The range that 99 % of windows of this load would show; both 0 for a new template."""
    windows: int
    """How many windows the observed and expected counts cover, this one and those before it."""
    share: float
    """Its part of the score, 0 to 1; the shares of an anomaly sum to 1."""
    first_seen: int | None = None
    samples: tuple[str, ...] = ()
    """Lines of it in this window; or, where they are gone, the example of its template."""
    raw: bool = False
    """Whether those hold what masking would change: lines as they were written (`detector.samples`)."""


@dataclass(frozen=True, slots=True)
class Anomaly:
    """One window of one namespace that is scored high enough to be kept."""

    id: str
    namespace: str
    window: int
    """Start of the window."""
    span: int
    """Length of the window, microseconds."""
    score: float
    """0 to 100 by how seldom it comes by chance: 25 once a day, 50 once in 30 days, 75 once a year."""
    scores: dict[str, float]
    """By detector, on the same scale."""
    reasons: tuple[Reason, ...]
    model: str
    """Version of the model that scored it; empty where there was none yet, see `detector.beginning`."""
    incident: str | None = None
    """The incident that it belongs to, where it crossed the threshold of the alert budget."""
    change: Change | None = None
    """What was changed shortly before in the workload that is told first or, failing that, in the namespace."""
    suppressed_by: str | None = None
    """Id of the feedback that keeps it quiet: it crossed the threshold and makes no incident."""

    @property
    def severity(self) -> Severity:
        """The band of the score."""
        return Severity.of(self.score)


class Source(StrEnum):
    """What an incident was seen in."""

    LOGS = "logs"
    METRICS = "metrics"
    """Series of Prometheus."""


@dataclass(frozen=True, slots=True)
class Incident:
    """Adjoining anomalous windows of a namespace, told as one story."""

    id: str
    namespace: str
    start: int
    """Start of the first anomalous window."""
    end: int
    """End of the last one so far."""
    score: float
    """The highest of its anomalies."""
    reasons: tuple[Reason, ...]
    """Of all its anomalies, weightiest first, one a template."""
    anomalies: int
    """How many windows."""
    open: bool
    """Whether the next anomalous window would still belong to it."""
    summary: str
    """One sentence to be read out."""
    change: Change | None = None
    """What was changed shortly before it began."""
    source: Source = Source.LOGS
    part_of: str = ""
    """Id of the incident in the logs of the same time and namespace that this one, in metrics, is a part of."""

    @property
    def severity(self) -> Severity:
        """The band of the score."""
        return Severity.of(self.score)


class FeedbackKind(StrEnum):
    """What people say of findings."""

    REAL = "real"
    """The incident was one: later replays must find it again."""
    EXPECTED = "expected"
    """The incident was none: the like of it stays quiet, and the next model learns it as normal."""
    MUTE = "mute"
    """A template, workload or namespace is not to be told of."""


@dataclass(frozen=True, slots=True)
class Feedback:
    """One person's word on findings. It is never deleted: taken back, it stays with the time at which it was."""

    id: str
    kind: FeedbackKind
    namespace: str
    incident: str = ""
    """Of which incident, for REAL and EXPECTED."""
    template: str = ""
    """For MUTE: id of the template; with neither it nor a workload the whole namespace is muted."""
    workload: str = ""
    like: tuple[Reason, ...] = ()
    """For EXPECTED: what the incident was told by, without samples; what is like it stays quiet."""
    since: int = 0
    """From here on it holds: start of the incident, or the time at which it was said."""
    until: int | None = None
    """When it expires by itself, None for never; for REAL, which never does, the end of the incident."""
    author: str = ""
    note: str = ""
    """Why."""
    created: int = 0
    withdrawn: int | None = None
    """When it was taken back."""


@dataclass(frozen=True, slots=True)
class Drift:
    """Something of a namespace that is not any more as its model learned it."""

    what: str
    """`score`, or the series: a template's id or a workload's name."""
    workload: str
    statistic: float
    """Kolmogorov and Smirnov's distance between the counts that were learned and the newest, 0 to 1."""
    p_value: float


class Cause(StrEnum):
    """Why a model was made."""

    FIRST = "first"
    SCHEDULE = "schedule"
    DRIFT = "drift"
    SETTLED = "settled"
    """What the one before left out as odd has lasted, or come back as a habit does: by now it is normal."""
    FEEDBACK = "feedback"
    METHOD = "method"
    """The one before was made by a way of learning that this drainwatch doesn't have."""


@dataclass(frozen=True, slots=True)
class ModelCard:
    """What a namespace's model was made of: enough to make it again from the counts."""

    version: str
    namespace: str
    trained_from: int
    trained_until: int
    windows: int
    templates: int
    seed: int
    cause: Cause = Cause.SCHEDULE
    drift: tuple[Drift, ...] = ()
    """What had drifted, the furthest first, where that is why it was made."""
    feedback: tuple[str, ...] = ()
    """Ids of the feedback that it learned from."""
    method: int = 1
    """Which way of learning: the same counts make the same model only by the same method."""
    left_out: tuple[tuple[int, int], ...] = ()
    """Begin and end of incidents that it did not learn from, oldest first: the windows next to them stood in."""


@dataclass(frozen=True, slots=True)
class ModelChoice:
    """A person's choice of the model at work: of an earlier one, or of the newest again."""

    namespace: str
    version: str
    """The model that scores from then on; empty: let training choose again."""
    time: int
    author: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class NamespaceStatus:
    """How a namespace is doing, also while there is nothing to score yet."""

    namespace: str
    first_window: int
    last_window: int
    windows: int
    """Windows since the first line, those without a line included."""
    lines: int
    templates: int
    learning_until: int | None
    """While it is still learning: the time from which it will be scored. None once there is a model."""
    model: ModelCard | None = None
    last_score: float = 0.0
    unwell: tuple[str, ...] = field(default_factory=tuple)
    """Advice for workloads whose logs don't template well."""
    last_line: int = 0
    """Start of the newest window with a line; 0 where that isn't known."""


def finding_id(*parts: str | int) -> str:
    """Sixteen hexadecimal digits that are the same for the same parts: writing a finding twice changes nothing."""
    return hashlib.blake2b("\x1f".join(map(str, parts)).encode(errors="replace"), digest_size=8).hexdigest()
