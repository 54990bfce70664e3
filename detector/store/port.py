"""The port of the store: one write a pass, a few reads.

`detector.store.sqlite` is the embedded one, `detector.store.elasticsearch` the one in a cluster.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

from detector.access.records import Act, Session, Token
from detector.alert import Alert, Silence
from detector.findings import (
    Anomaly,
    Change,
    Deployed,
    Feedback,
    Incident,
    ModelCard,
    ModelChoice,
    NamespaceStatus,
    Source,
)
from detector.samples import Redact as Redact
from detector.sparse import Vectors as Vectors
from detector.store.facts import StoreFacts as StoreFacts
from detector.store.overview import IncidentCount as IncidentCount
from detector.store.overview import ScoreSeries as ScoreSeries
from detector.store.written import Fitted as Fitted
from detector.store.written import Lost as Lost
from detector.store.written import Notes as Notes
from detector.store.written import PassResult as PassResult
from detector.store.written import Progress as Progress
from detector.store.written import Said as Said
from detector.store.written import Told as Told
from detector.store.written import Waiting as Waiting
from detector.store.written import Word as Word
from detector.vectors import WindowCounts as WindowCounts
from ingest.accounting import Tally
from ingest.source import Checkpoint
from parsers.engine import EngineState, Template

Item = TypeVar("Item")

ALERTS, METRICS = "~alerts", "~metrics"
"""Scopes that stand apart, as all do whose names begin with a tilde: they own no namespace and write incidents and
alerts of any; `scopes`, `ends`, `closed_until` and `tally` know nothing of them, and nothing is released with them.
Whoever opens one is alone with it, as with every scope."""


@dataclass(frozen=True, slots=True)
class WindowScores:
    """Scores of one anomalous window, without all that tells of it."""

    window: int
    score: float
    scores: dict[str, float]
    """By detector."""


@dataclass(frozen=True, slots=True)
class Page(Generic[Item]):
    """Some of what was asked for, and where the rest begins."""

    items: list[Item]
    next_cursor: str | None
    """Opaque; None on the last page."""


class Reader(Protocol):
    """What the API, the command line and the pipeline read. Time ranges are half open; None means without a bound.

    Unknown namespaces give nothing; an unreadable cursor raises `UsageError`. Where `namespaces` are named, only these
    are looked at, and nothing where there are none of them; a namespace that is named beside them has to be one of
    them.
    """

    def namespaces(self) -> list[str]:
        """Names of all namespaces, also those that are known by incidents or alerts alone; of the whole store."""

    def statuses(self) -> list[NamespaceStatus]:
        """One entry a namespace, by name."""

    def counts(self, namespace: str, since: int | None = None, until: int | None = None) -> Iterable[WindowCounts]:
        """By window, oldest first."""

    def vectors(self, namespace: str, since: int | None = None, until: int | None = None) -> Vectors:
        """The same as columns: a day of a namespace in a millisecond or two."""

    def hours(self, namespace: str, since: int | None = None, until: int | None = None) -> Iterable[WindowCounts]:
        """By hour, oldest first, those that begin in the range.

        Exactly the sums of their windows, also where these were rolled up by now.
        """

    def hourly(self, namespace: str, since: int | None = None, until: int | None = None) -> Vectors:
        """The same as columns. An hour that was rolled up in part may be there twice: then its counts add up."""

    def rolled_until(self, namespace: str) -> int | None:
        """Where the newest hour ends that windows were rolled up to; None where nothing was.

        What is before it may be kept by the hour only.
        """

    def templates(self, namespace: str | None = None, namespaces: Sequence[str] | None = None) -> list[Template]:
        """By workload, then most frequent first."""

    def scores(
        self, since: int, until: int, namespace: str | None = None, namespaces: Sequence[str] | None = None
    ) -> list[ScoreSeries]:
        """By namespace name; only those that have a score in the range."""

    def highest(self, since: int, until: int, step: int, namespaces: Sequence[str] | None = None) -> list[ScoreSeries]:
        """The highest score in each column of `step` from `since` on, the last cut off at `until`; else as `scores`."""

    def detector_scores(self, namespace: str, since: int | None = None, until: int | None = None) -> list[WindowScores]:
        """Of the namespace's anomalies whose window starts in the range, oldest first."""

    def anomaly(self, anomaly_id: str) -> Anomaly | None:
        """One anomaly by its id."""

    def anomalies(
        self,
        namespace: str | None = None,
        since: int | None = None,
        until: int | None = None,
        min_score: float = 0.0,
        cursor: str | None = None,
        limit: int = 100,
        namespaces: Sequence[str] | None = None,
    ) -> Page[Anomaly]:
        """Newest first; a cursor goes on where the page before ended, also while new ones come in."""

    def incident(self, incident_id: str) -> Incident | None:
        """One incident by its id."""

    def incidents(
        self,
        namespace: str | None = None,
        since: int | None = None,
        until: int | None = None,
        min_score: float = 0.0,
        cursor: str | None = None,
        limit: int = 100,
        source: Source | None = None,
        namespaces: Sequence[str] | None = None,
    ) -> Page[Incident]:
        """Newest start first; those of one source, or those of all that are no part of another one."""

    def incident_counts(self, since: int, until: int, namespaces: Sequence[str] | None = None) -> list[IncidentCount]:
        """Of those that were going on at some time in the range; by namespace name, those that have any."""

    def parts_of(self, incident_id: str) -> list[Incident]:
        """The incidents that are a part of this one, oldest first."""

    def alert(self, alert_id: str) -> Alert | None:
        """One alert by its id."""

    def alerts(
        self,
        namespace: str | None = None,
        since: int | None = None,
        until: int | None = None,
        cursor: str | None = None,
        limit: int = 100,
        namespaces: Sequence[str] | None = None,
    ) -> Page[Alert]:
        """Those that were opened in that time, the newest first; with `namespaces`, those that one of them is in."""

    def open_alerts(self) -> list[Alert]:
        """Those that go on, oldest first."""

    def silences(self) -> list[Silence]:
        """All that were ever made, also what expired or was taken back; by creation, oldest first."""

    def models(self, namespace: str | None = None) -> list[ModelCard]:
        """The newest of each namespace first."""

    def fitted(self, namespace: str) -> Fitted | None:
        """The model that was kept last, or None."""

    def changes(self, namespace: str | None = None, since: int | None = None, until: int | None = None) -> list[Change]:
        """By time, oldest first."""

    def deployed(self) -> list[Deployed]:
        """What runs in each namespace, by its name, as of the last pass."""

    def feedback(self, namespace: str | None = None) -> list[Feedback]:
        """All that was ever said, also what expired or was taken back; by creation, oldest first."""

    def model_choices(self, namespace: str | None = None) -> list[ModelChoice]:
        """All that were ever made, by time, oldest first."""

    def said(self) -> Said:
        """Both at once, of all namespaces of the whole store; one cheap look where nothing was said since the last."""

    def tokens(self) -> list[Token]:
        """All that were ever made, also what expired or was revoked; by creation, oldest first."""

    def session(self, session_id: str) -> Session | None:
        """One session by its id."""

    def acts(
        self,
        since: int | None = None,
        until: int | None = None,
        cursor: str | None = None,
        limit: int = 100,
        who: str | None = None,
        what: str | None = None,
    ) -> Page[Act]:
        """Newest first; those of somebody, and of one kind (`detector.access.acts.Deed`), where they are named."""

    def version(self) -> str:
        """Another text whenever anything was written since it was last asked for, by whomever; a cheap look.

        It is of this reader: another one of the same store may give others.
        """

    def facts(self) -> StoreFacts:
        """What there is to say of the store itself; looked up when it is asked for."""

    def closed_until(self) -> int | None:
        """Every window that starts before this is closed, in every scope; None in an empty store."""

    def checkpoints(self) -> dict[str, Checkpoint]:
        """By partition."""

    def engine_state(self) -> EngineState:
        """As it was at the last pass."""

    def tally(self) -> Tally:
        """Lines since the first one, by what became of them."""

    def owner(self, namespace: str) -> str | None:
        """The scope that a namespace belongs to; None where it belongs to none."""

    def scopes(self) -> list[str]:
        """Those that were opened and not released, by name; the plain store is `""`, where it was ever written."""

    def ends(self) -> dict[str, int | None]:
        """`closed_until` of each of these scopes, by name; None where nothing was written yet."""

    def close(self) -> None:
        """Let go of files and connections."""


class Store(Reader, Protocol):
    """A reader that also writes. One process writes it plainly, or several write scopes of it; any number read.

    A scope is a part of the store with progress of its own, for a worker that reads one partition of many: what
    `scope` gives reads and writes its own `closed_until`, `checkpoints` and `tally` and, where no namespace is named,
    only `statuses`, `templates`, `models`, `deployed`, `engine_state`, `feedback` and `model_choices` of the namespaces
    that belong to it. The rest (counts, findings) is of the whole store, as is all that is read from the store itself:
    there `closed_until` is the least of the scopes that aren't released, `tally` the sum of all.

    A namespace belongs to the scope that first claimed it or committed lines of it. What is committed by the store
    itself is the scope `""`; whoever goes over from that to scopes releases it first: `release("")`.
    """

    @property
    def lost(self) -> Sequence[Lost]:
        """The newest of what was refused for good, oldest first; nothing where all is written or nothing."""

    @property
    def lost_total(self) -> int:
        """How much was lost since the store was opened; it only ever grows."""

    def commit(self, result: PassResult) -> None:
        """Write all of a pass or nothing of it; writing the same again changes nothing but for `additions`.

        Raises `StoreError` where the disk is full or the file can't be written, where a namespace belongs to another
        scope, and where somebody else has opened this scope meanwhile, or released it.
        """

    def progress(self) -> Progress:
        """How far this writer is itself: of the store itself only what was committed by it, not by scopes."""

    def outbox(self, output: str, limit: int) -> list[Waiting]:
        """What this writer's passes have to tell this output and was not removed by `sent`, the oldest first."""

    def waiting(self, output: str) -> int:
        """How much that is."""

    def sent(self, places: Iterable[str]) -> None:
        """Remove these from the outbox; those that aren't there are none any more."""

    def scope(self, name: str) -> Store:
        """The scope of this name, from now on ours: whoever opened it before is refused at its next commit.

        What an earlier holder left half done is finished first. Close what this gives before the store itself. Raises
        `ValueError` for an empty name, and for a scope of a scope.
        """

    def claim(self, namespaces: Iterable[str]) -> dict[str, str]:
        """The scope of each of these namespaces; those that belong to none belong to this one from now on.

        So a worker asks before it counts. Of two that ask at once, one gets it. What is known of a namespace that was
        let go of (its templates, models, status) goes with it: see `statuses`. Raises `StoreError` as `commit`.
        """

    def release(self, scope: str, namespace: str | None = None) -> None:
        """Let go of all namespaces of a scope of which all lines are read, for others to claim; or of one of them.

        Whoever holds it is refused from then on. It counts for `closed_until` no more, until it is opened again; where
        one namespace is let go of, it still does. Nothing happens where there is no such scope, or where the namespace
        isn't its own.
        """

    def prune(self, counts_before: int, findings_before: int, hours_before: int | None = None) -> int:
        """Roll windows that start before the first time up to counts by the hour; remove findings before the second.

        And hours before the last, where one is given. Returned is how many windows, findings and hours went. Doing it
        twice, or again after it was cut off, changes nothing; others may write meanwhile.
        """

    def mask_samples(self, before: int, redact: Redact) -> int:
        """Mask lines that are as they were written in anomalies of windows, and incidents, that start before this.

        Returned is in how many of them. Doing it twice changes nothing; others may write meanwhile.
        """

    def prune_access(self, acts_before: int, now: int) -> int:
        """Remove acts before the first time, and sessions that have expired by the second; how many went."""

    def keep_fitted(self, fitted: Fitted) -> None:
        """Keep a model as it was made, in place of the one that was kept of its namespace.

        Not part of a pass: losing it costs time, nothing else.
        """

    def say(self, said: Word) -> None:
        """Record what a person said or did; all but choices replace what is stored under their id (to be taken back).

        A token that was revoked stays so. The pass that comes next goes by it. Safe beside a service that writes
        (`wiring.open_notes`).
        """
