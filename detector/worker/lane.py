"""One partition that is this worker's: its source, its pipeline and its scope of the store.

Whatever fails, the lane begins anew from the last checkpoint; what was not committed is read again, here or by
whoever has the partition then.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, field

from detector.errors import DrainwatchError, SourceError
from detector.meter import UNMEASURED, Meter
from detector.outputs.outbox import Outbox
from detector.pipeline import Pipeline
from detector.settings import Settings, micros
from detector.store.port import PassResult, Store
from ingest.kafka.account import told_of_cut, told_of_growth
from ingest.kafka.messages import Refuse
from ingest.kafka.place import Place, cut_at, name_of
from ingest.kafka.rules import PartitionRules
from ingest.kafka.source import PartitionSource
from ingest.kafka.topic import TopicReader
from ingest.source import Problem
from parsers.engine import TemplateEngine

_POLLS = 16
"""Polls of a turn, so that others have theirs."""
_ENDS_AGAIN = 1.0
"""Seconds after which it is asked again where a partition ends that seems to be shorter than what was read."""
_ASKED_AGAIN = 60_000_000
"""After so long (microseconds) it is asked again whether another partition still owns a namespace."""

_PLACED_EVERY = 1_000_000
"""After so long (microseconds) it is stored how far reading is, where no line waits for its window's end."""


@dataclass(frozen=True, slots=True)
class Parts:
    """What all lanes of a worker are made of."""

    settings: Settings
    store: Store
    topic: TopicReader
    start: str
    """`earliest` or `latest`, where nobody has read the partition yet."""
    rules: PartitionRules
    clock: Callable[[], int]
    refuse: Refuse
    open_engine: Callable[[], TemplateEngine]
    outbox: Outbox = field(default_factory=lambda: Outbox(()))
    meter: Meter = UNMEASURED

    def windows_over(self, now: int) -> int:
        """How many windows have passed at that time (microseconds UTC) of which no more is waited for."""
        return (now - self.rules.delay - self.rules.lateness) // micros(self.settings.detection.window)


class AdoptedError(Exception):
    """Namespaces became ours of which others have known more than we read of them: to be begun anew with that."""


class MadeAnewError(Exception):
    """The topic isn't the one any more that it was when the lane was opened."""


@dataclass
class Lane:
    """The state of one partition; `open` and `turn` are called by one thread at a time, never both at once."""

    number: int
    parts: Parts
    stopped: bool = False
    """Whether the partition is somebody else's by now."""
    begin: int = 0
    """The offset from which on messages are wanted, once it is open."""
    topic_id: str = ""
    """What the topic was when it was opened."""
    doubted: bool = False
    """Whether the brokers refused an offset that should be there."""
    well: bool = False
    """Whether a pass was stored since it was opened, or all was read."""
    kept: int | None = None
    """Everything before this offset is in closed windows that are stored."""
    scope: Store | None = None
    source: PartitionSource | None = None
    engine: TemplateEngine | None = None
    pipeline: Pipeline | None = None
    _owned: set[str] = field(default_factory=set)
    _foreign: dict[str, int] = field(default_factory=dict)
    """Namespaces of others, and when that was last asked."""
    _known: set[str] = field(default_factory=set)
    """Namespaces of which the pipeline knows what the store knows."""
    _closed_at: int = 0
    _placed_at: int = 0
    _confirmed: int = 0
    """All before this offset was fetched when the topic was still the same."""

    @property
    def name(self) -> str:
        """Of its scope in the store."""
        return f"{self.parts.topic.name}/{self.number}"

    def open(self) -> None:
        """Take over the scope, and go on where the store says that reading stopped."""
        self.close()
        parts, topic = self.parts, self.parts.topic
        described = topic.describe()
        self.topic_id, self.well, self._confirmed = described.id, False, 0
        refuse_moved(parts.store, topic.name, described.id, described.partitions)
        self.scope = parts.store.scope(self.name)
        lost = self._cut_off(self.scope, described.id)
        self.source = PartitionSource(
            topic.name,
            self.number,
            parts.rules,
            clock=parts.clock,
            checkpoints=self.scope.checkpoints(),
            topic_id=described.id,
            partitions=described.partitions,
            claim=self._claim,
            refuse=parts.refuse,
        )
        if self.source.partitions_before not in (0, described.partitions) and (until := self.scope.closed_until()):
            # It was let go of since then: noted at once, before it has namespaces by which it would be refused.
            self.scope.commit(PassResult(until, checkpoints=self.source.as_before()))
        self._known = {status.namespace for status in self.scope.statuses()}
        self._owned, self._foreign = set(self._known), {}
        self.engine = parts.open_engine()
        self.source.problems += lost
        self.pipeline = Pipeline(
            self.source,
            self.engine,
            self.scope,
            parts.settings,
            parts.outbox,
            self._confirm,
            parts.meter,
            f"(overflow {self.name})",
        )
        self._find_begin(self.source)
        if self.source.begin is None:
            # Noted at once: whoever begins at the end must not begin at a later end after a crash, and whose topic was
            # made anew must not be judged by the old one.
            self.pipeline.keep_place()

    def turn(self) -> None:
        """Read what was fetched, and close what is due."""
        if self.pipeline is None or self.source is None:
            return
        before = self.pipeline.closed_until, self.source.kept
        now = self.parts.clock()
        for _ in range(_POLLS):
            if self.stopped:
                return
            self.pipeline.poll()
            if not self.source.inbox:
                break
        grid = now // micros(self.parts.settings.detection.window)
        if not self.source.inbox and not (self.pipeline.caught_up and grid == self._closed_at):
            self._closed_at = grid
            self.pipeline.close_windows()
        if now - self._placed_at >= _PLACED_EVERY:
            # Where nothing can be made of a backlog no window closes for it.
            self._placed_at = now
            self.pipeline.keep_place()
        self.well |= self.source.at_end or (self.pipeline.closed_until, self.source.kept) != before
        self.kept = self.source.kept

    def close(self) -> None:
        """Let go of the scope; what was not committed is forgotten."""
        if self.source is not None:
            self.source.close()
        if self.scope is not None:
            self.parts.outbox.forget(self.scope)
            with suppress(DrainwatchError):
                self.scope.close()
        if self.engine is not None:
            self.engine.close()
        self.scope = self.source = self.engine = self.pipeline = None

    def _find_begin(self, source: PartitionSource) -> None:
        topic = self.parts.topic
        low, high = topic.bounds(self.number)
        if source.begin is not None:
            source.check(low)
            self.begin = max(source.begin, low)
            return
        # What the group keeps is of no use where all is wanted, or where the topic is another one by now.
        at_end = self.parts.start == "latest" and not source.is_anew
        kept = topic.committed(self.number) if at_end else None
        if kept is not None:
            source.starts_at(min(kept, high))
            source.check(low)
        self.begin = min(max(kept, low), high) if kept is not None else high if at_end else low
        source.starts_at(self.begin)
        self.kept = self.begin

    def _cut_off(self, scope: Store, topic_id: str) -> list[Problem]:
        """Where the brokers have lost what was read, have the store remember it, so that what comes instead is read."""
        topic, checkpoints = self.parts.topic, scope.checkpoints()
        name = name_of(topic.name, self.number, topic_id, checkpoints)
        doubted, self.doubted = self.doubted, False
        if name not in checkpoints:
            return []
        read = max(Place.of(checkpoints[name].identity).frontier, checkpoints[name].read_to)
        if cut_at(checkpoints[name], topic.bounds(self.number)[1]) is None:
            return [Problem(self.name, told_of_growth(read))] if doubted else []
        # Asked again: a broker that has just begun to lead a partition may know less than is there.
        time.sleep(_ENDS_AGAIN)
        end = topic.bounds(self.number)[1]
        if (left := cut_at(checkpoints[name], end)) is None:
            return []
        scope.commit(PassResult(scope.closed_until(), checkpoints={name: left}))
        return [Problem(self.name, told_of_cut(end, read))]

    def _confirm(self) -> None:
        """Raises `MadeAnewError` where what was read since the last time may be of another topic of the same name."""
        if self.source is None or (read := self.source.progress().done) == self._confirmed:
            return
        id_ = self.parts.topic.describe().id
        if id_ and self.topic_id not in ("", id_):
            raise MadeAnewError
        self._confirmed = read

    def _claim(self, names: Iterable[str]) -> frozenset[str]:
        """Of these namespaces, those of other partitions. Raises `AdoptedError`, and `SourceError` as it says."""
        now = self.parts.clock()
        names = set(names)
        asked = {name for name in names - self._owned if now - self._foreign.get(name, -_ASKED_AGAIN) >= _ASKED_AGAIN}
        if asked and self.scope is not None:
            for name, owner in self.scope.claim(sorted(asked)).items():
                if owner == self.name:
                    self._owned.add(name)
                    self._foreign.pop(name, None)
                else:
                    refuse_elsewhere(name, owner, self.parts.topic.name)
                    self._tell_foreign(name, owner)
                    self._foreign[name] = now
            known = {status.namespace for status in self.scope.statuses()} if asked & self._owned else set()
            if known & asked & self._owned - self._known:
                raise AdoptedError
            self._known |= asked & self._owned
        return frozenset(names & self._foreign.keys())

    def _tell_foreign(self, namespace: str, owner: str) -> None:
        """On the page and in the log, once."""
        if self.source is not None and namespace not in self._foreign:
            text = (
                f"Lines of the namespace {namespace} are refused here, as it belongs to {owner}, where a message of it "
                "came first. Key messages by namespace (drainwatch doctor looks at that). If it belongs here: "
                f"drainwatch release {self.parts.topic.name} --namespace {namespace}; it then goes to where its next "
                "message is read."
            )
            self.source.problems.append(Problem(self.name, text))


def refuse_moved(store: Store, topic: str, topic_id: str, partitions: int) -> None:
    """Raises `SourceError` where namespaces lie in other partitions than before, as the topic was given more.

    A scope is judged by what was read of this topic; where it was made anew and is unread, by what was before it.
    """
    checkpoints = store.checkpoints()
    for scope in store.scopes():
        name, _, number = scope.rpartition("/")
        if name != topic or not number.isdecimal():
            continue
        now = name_of(topic, int(number), topic_id, checkpoints)
        judged = (
            [checkpoints[now]]
            if now in checkpoints
            else [one for key, one in checkpoints.items() if key.partition("@")[0] == scope]
        )
        others = {Place.of(one.identity).partitions for one in judged} - {0, partitions}
        if others and owns_any(store, scope):
            raise SourceError(
                f"The topic {topic} has {partitions} partitions now and had {max(others)}: its namespaces moved to "
                "others.",
                f"Nothing is read before they are let go of: drainwatch release {topic} (docs/kafka.md tells how).",
            )


def owns_any(store: Store, scope: str) -> bool:
    """Whether a scope has namespaces."""
    return any(store.owner(status.namespace) == scope for status in store.statuses())


def refuse_elsewhere(namespace: str, owner: str, topic: str) -> None:
    """Raises `SourceError` where a namespace was read before from something else than this topic."""
    if owner.rpartition("/")[0] != topic:
        before = owner.rpartition("/")[0] or "files or Elasticsearch"
        raise SourceError(
            f"The namespace {namespace} was read from {before} before, and is kept there.",
            f"Where that is over let go of it: drainwatch release {owner.rpartition('/')[0] or '-'}.",
        )
