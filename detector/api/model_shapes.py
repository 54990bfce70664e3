"""What the API answers with about models."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field

from detector.api import model_examples as examples
from detector.api.forms import Links, Time, example, path
from detector.api.times import rfc3339
from detector.findings import Cause, ModelChoice
from detector.saying import LONGEST_AUTHOR, LONGEST_NOTE
from detector.versions import Comparison, Moved, Version


class DriftOut(BaseModel):
    """Something that is not any more as it was learned."""

    what: str = Field(description="`score`, or a template's id, or a workload.")
    workload: str
    statistic: float = Field(description="Kolmogorov and Smirnov's distance, 0 to 1.")
    p_value: float


class StretchOut(BaseModel):
    """A part of a time."""

    start: Time
    end: Time


class ChoiceOut(BaseModel):
    """A person's choice of the model at work."""

    model_config = example(examples.CHOICE)

    namespace: str
    version: str = Field(description="Empty: training chooses again.")
    time: Time = Field(description="It holds for windows that begin then or later.")
    author: str
    note: str

    @classmethod
    def of(cls, choice: ModelChoice) -> ChoiceOut:
        """From the choice."""
        return cls(
            namespace=choice.namespace,
            version=choice.version,
            time=rfc3339(choice.time),
            author=choice.author,
            note=choice.note,
        )


class ChoiceIn(BaseModel):
    """The model that is to be at work from the next window on."""

    model_config = ConfigDict(extra="forbid", frozen=True, json_schema_extra={"examples": [examples.CHOICE_IN]})

    namespace: str = Field(max_length=500)
    version: str = Field("", max_length=100, description="Empty: let training choose again.")
    author: str = Field("", max_length=LONGEST_AUTHOR)
    note: str = Field("", max_length=LONGEST_NOTE, description="Why.")


class VersionOut(BaseModel):
    """What a model was made of, and why: enough to make it again from the counts."""

    model_config = example(examples.VERSION)

    version: str
    namespace: str
    at_work: bool
    chosen: ChoiceOut | None = Field(description="Who keeps it at work.")
    cause: Cause = Field(
        description="`first`; `schedule`; `drift`: see there; `settled`: what the one before left out has lasted, "
        "or come back; `feedback`; `method`: the one before was made another way."
    )
    trained_from: Time
    trained_until: Time
    windows: int
    templates: int
    seed: int
    method: int = Field(description="Models are made again by the same method only.")
    drift: list[DriftOut] = Field(description="What had drifted, the furthest first.")
    feedback: list[str] = Field(description="Ids of the feedback that it went by.")
    left_out: list[StretchOut] = Field(description="Incidents that it didn't learn from.")
    links: Links

    @classmethod
    def of(cls, one: Version) -> VersionOut:
        """From the version."""
        card = one.card
        return cls(
            version=card.version,
            namespace=card.namespace,
            at_work=one.at_work,
            chosen=None if one.choice is None else ChoiceOut.of(one.choice),
            cause=card.cause,
            trained_from=rfc3339(card.trained_from),
            trained_until=rfc3339(card.trained_until),
            windows=card.windows,
            templates=card.templates,
            seed=card.seed,
            method=card.method,
            drift=[
                DriftOut(what=drift.what, workload=drift.workload, statistic=drift.statistic, p_value=drift.p_value)
                for drift in card.drift
            ],
            feedback=list(card.feedback),
            left_out=[StretchOut(start=rfc3339(begin), end=rfc3339(end)) for begin, end in card.left_out],
            links={"self": path("models", card.version), "namespace": path("namespaces", card.namespace)},
        )


class VersionsOut(BaseModel):
    """All models there ever were, by namespace, the newest first."""

    items: list[VersionOut]
    links: Links


class MovedOut(BaseModel):
    """A template of which two models expect other numbers."""

    template_id: str
    template: str
    workload: str
    level: str
    before: float = Field(description="Lines in a usual window, as the old one learned it.")
    after: float

    @classmethod
    def of(cls, one: Moved) -> MovedOut:
        """From the comparison."""
        return cls(
            template_id=one.template.id,
            template=one.template.text,
            workload=one.template.workload,
            level=one.template.level,
            before=round(one.before, 4),
            after=round(one.after, 4),
        )


class FlaggedOut(BaseModel):
    """How many windows of the last day cross the threshold."""

    windows: int
    old: int
    new: int
    both: int


class ComparedOut(BaseModel):
    """Two models of a namespace held against each other."""

    model_config = example(examples.COMPARED)

    old: VersionOut
    new: VersionOut
    only_old: list[MovedOut] = Field(description="Templates that only the old one knows.")
    only_new: list[MovedOut]
    moved: list[MovedOut] = Field(description="Expected in other numbers, the furthest first.")
    since: Time = Field(description="Begin of the last day, scored by both now.")
    until: Time
    flagged: FlaggedOut
    links: Links

    @classmethod
    def of(cls, found: Comparison, old: Version, new: Version, self_link: str) -> ComparedOut:
        """From the comparison."""
        by_old, by_new, by_both = found.flagged
        return cls(
            old=VersionOut.of(old),
            new=VersionOut.of(new),
            only_old=list(map(MovedOut.of, found.only_old)),
            only_new=list(map(MovedOut.of, found.only_new)),
            moved=list(map(MovedOut.of, found.moved)),
            since=rfc3339(found.since),
            until=rfc3339(found.until),
            flagged=FlaggedOut(windows=found.windows, old=by_old, new=by_new, both=by_both),
            links={"self": self_link, "namespace": path("namespaces", found.old.namespace)},
        )
