"""What the API answers with about changes: those of workloads, and what was logged differently after them."""

from __future__ import annotations

from urllib.parse import urlencode

from pydantic import BaseModel, Field

from detector.api import examples
from detector.api.forms import API, SECOND, Links, Time, example, path
from detector.api.times import rfc3339
from detector.comparison import Comparison
from detector.difference import Difference
from detector.findings import Change, ChangeKind, Incident, ReasonKind
from detector.incidents import describe
from parsers.engine import Template

_HOUR = 3_600 * SECOND


class ChangeOut(BaseModel):
    """A change in a workload, as its own lines show it: no fault by itself."""

    model_config = example(examples.CHANGE)

    id: str
    namespace: str
    workload: str
    kind: ChangeKind = Field(
        description="`image`: another one; `rollout`: another pod-template hash, no other image seen; `pods`: more of "
        "them; `appeared`: its first line ever."
    )
    time: Time = Field(description="Of the first line that shows it.")
    before: str = Field(description="Image, hash or number of pods; empty where there was nothing.")
    after: str
    summary: str

    @classmethod
    def of(cls, change: Change) -> ChangeOut:
        """From the finding."""
        return cls(
            id=change.id,
            namespace=change.namespace,
            workload=change.workload,
            kind=change.kind,
            time=rfc3339(change.time),
            before=change.before,
            after=change.after,
            summary=describe(change),
        )


class DifferenceOut(BaseModel):
    """A template that isn't logged as it was before."""

    model_config = example(examples.DIFFERENCE)

    template_id: str
    template: str
    workload: str
    level: str
    kind: ReasonKind = Field(description="`new`: never seen before at all; `gone`: not logged any more.")
    before: int = Field(description="Lines in the windows before.")
    after: int
    windows_before: int
    windows_after: int
    expected: float = Field(
        description="Lines that the windows after would have had as before: for their load or for their number, "
        "whichever is nearer to what they had."
    )
    lift: float | None = Field(description="`after` by `expected`; null where nothing was expected.")
    chance: float = Field(description="How likely so much difference is by chance, among so many templates; 0 to 1.")
    certain: bool = Field(description="Whether chance is ruled out; new templates are told of anyway.")
    first_seen: Time
    example: str = Field(description="A line of it, masked.")

    @classmethod
    def of(cls, difference: Difference, template: Template) -> DifferenceOut:
        """From what was found."""
        return cls(
            template_id=template.id,
            template=template.text,
            workload=template.workload,
            level=difference.column.level,
            kind=difference.kind,
            before=difference.before,
            after=difference.after,
            windows_before=difference.windows_before,
            windows_after=difference.windows_after,
            expected=round(difference.expected, 1),
            lift=None if difference.lift is None else float(f"{difference.lift:.3g}"),
            chance=float(f"{difference.chance:.2g}"),
            certain=difference.is_certain,
            first_seen=rfc3339(template.first_seen),
            example=template.example,
        )


class ChangedOut(BaseModel):
    """What a namespace logs differently since a moment, or than in an earlier time; the strongest evidence first."""

    model_config = example(examples.CHANGED)

    namespace: str
    before_since: Time = Field(description="Start of the first window before.")
    before_until: Time = Field(description="End of the last one; `since` where nothing lies between.")
    since: Time = Field(description="Start of the window of the roll-out, or of the time that was given.")
    until: Time
    step_seconds: float = Field(
        description="Length of the windows that are compared: of a long time several are joined, and where windows are "
        "kept by the hour only, it is hours."
    )
    windows_before: int = Field(description="So many of these are before.")
    windows_after: int
    lines_before: int = Field(description="Lines of all templates.")
    lines_after: int
    release: tuple[ChangeOut, ...] = Field(description="The roll-outs that are asked about; none for a given time.")
    changes: tuple[ChangeOut, ...] = Field(description="All in the namespace since the time before ended.")
    differences: tuple[DifferenceOut, ...]
    links: Links

    @classmethod
    def of(cls, found: Comparison, own: str) -> ChangedOut:
        """From what was found; `own` is where it can be asked for again."""
        return cls(
            namespace=found.namespace,
            before_since=rfc3339(found.before.since),
            before_until=rfc3339(found.before.until),
            since=rfc3339(found.after.since),
            until=rfc3339(found.after.until),
            step_seconds=found.after.step / SECOND,
            windows_before=len(found.before),
            windows_after=len(found.after),
            lines_before=found.lines[0],
            lines_after=found.lines[1],
            release=tuple(map(ChangeOut.of, found.release.changes if found.release else ())),
            changes=tuple(map(ChangeOut.of, found.changes)),
            differences=tuple(DifferenceOut.of(one, found.templates[one.column.template]) for one in found.differences),
            links={"self": own, "namespace": path("namespaces", found.namespace)},
        )


def changes_link(incident: Incident) -> str:
    """Where to ask what changed when an incident began: since the change before it, or else since its own beginning."""
    since = incident.start if incident.change is None else min(incident.change.time, incident.start)
    until = max(incident.end, since + _HOUR)
    query = {"namespace": incident.namespace, "since": rfc3339(since), "until": rfc3339(until)}
    return f"{API}/changes?{urlencode(query, errors='replace')}"
