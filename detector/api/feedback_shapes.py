"""What people say of findings, as JSON."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from detector.api import examples
from detector.api.forms import Links, Time, example, path
from detector.api.parameters import TimeText
from detector.api.times import rfc3339
from detector.feedback import active
from detector.findings import Feedback, FeedbackKind
from detector.saying import LONGEST_AUTHOR, LONGEST_NOTE
from detector.suggestions import Effect, Suggestion

Name = Annotated[str, Field(max_length=500)]


class FeedbackIn(BaseModel):
    """Something to be said: of an incident that it was real or expected, or what is to be muted."""

    model_config = ConfigDict(extra="forbid", frozen=True, json_schema_extra={"examples": [examples.FEEDBACK_IN]})

    kind: FeedbackKind = Field(description="`real` and `expected` are said of an incident, `mute` of the others.")
    incident: Name = ""
    template: Name = Field("", description="Id of a template.")
    workload: Name = Field("", description="Named with its namespace.")
    namespace: Name = Field("", description="Alone: all of it is muted.")
    until: TimeText = None
    for_: Annotated[str | None, Field(alias="for", max_length=20, description="Or for how long: `1h`, `7d`.")] = None
    author: str = Field("", max_length=LONGEST_AUTHOR)
    note: str = Field("", max_length=LONGEST_NOTE, description="Why.")


class FeedbackOut(BaseModel):
    """One person's word on findings; nothing of it is ever deleted."""

    model_config = example(examples.FEEDBACK)

    id: str
    kind: FeedbackKind
    namespace: str
    incident: str
    template: str = Field(description="Id of the muted template.")
    workload: str
    subject: str = Field(description="What it is about: an incident's sentence, a template's text.")
    since: Time = Field(description="From here on it holds, by the time of the logs.")
    until: Time | None = Field(description="When it expires by itself; null for never.")
    author: str
    note: str
    created: Time
    withdrawn: Time | None = Field(description="When it was taken back.")
    active: bool = Field(description="Whether it holds now.")
    links: Links

    @classmethod
    def of(cls, one: Feedback, subject: str, now: int) -> FeedbackOut:
        """From the feedback; `now` by the time of the logs, microseconds UTC."""
        links = {"self": path("feedback", one.id), "namespace": path("namespaces", one.namespace)}
        if one.incident:
            links["incident"] = path("incidents", one.incident)
        if one.template:
            links["template"] = path("templates", one.template)
        return cls(
            id=one.id,
            kind=one.kind,
            namespace=one.namespace,
            incident=one.incident,
            template=one.template,
            workload=one.workload,
            subject=subject,
            since=rfc3339(one.since),
            until=None if one.until is None or one.kind is FeedbackKind.REAL else rfc3339(one.until),
            author=one.author,
            note=one.note,
            created=rfc3339(one.created),
            withdrawn=None if one.withdrawn is None else rfc3339(one.withdrawn),
            active=bool(active([one], max(now, one.created))),
            links=links,
        )


class FeedbackListOut(BaseModel):
    """All that was ever said, the newest first."""

    items: list[FeedbackOut]
    links: Links


class EffectOut(BaseModel):
    """How it was, or would have been."""

    alerts_a_day: float = Field(description="Of the namespace; for the budget, of all together.")
    found: int = Field(description="Incidents marked real that were told.")
    known: int = Field(description="Incidents marked real.")

    @classmethod
    def of(cls, effect: Effect) -> EffectOut:
        """From the measure."""
        return cls(alerts_a_day=round(effect.alerts_a_day, 4), found=effect.found, known=effect.known)


class SuggestionOut(BaseModel):
    """One thing to do, and what it would have changed."""

    model_config = example(examples.SUGGESTION)

    kind: Literal["mute", "alert_budget"]
    namespace: str
    template: str = Field(description="Id of the template to mute.")
    workload: str = Field(description="To be muted as a whole.")
    alert_budget: float | None = Field(description="The setting `detection.alert_budget`.")
    subject: str
    marked: int = Field(description="Incidents marked expected (real, for the budget) that speak for it.")
    before: EffectOut
    after: EffectOut
    apply: dict[str, str] | None = Field(description="What to POST to `/api/v1/feedback`; null for a setting.")

    @classmethod
    def of(cls, one: Suggestion) -> SuggestionOut:
        """From the suggestion."""
        named = {"template": one.template} if one.template else {"workload": one.workload}
        return cls(
            kind="mute" if one.budget is None else "alert_budget",
            namespace=one.namespace,
            template=one.template,
            workload=one.workload,
            alert_budget=one.budget,
            subject=one.subject,
            marked=one.marked,
            before=EffectOut.of(one.before),
            after=EffectOut.of(one.after),
            apply={"kind": "mute", "namespace": one.namespace} | named if one.budget is None else None,
        )


class SuggestionsOut(BaseModel):
    """What would bring peace, the greatest relief first."""

    items: list[SuggestionOut]
    links: Links
