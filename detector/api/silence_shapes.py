"""What people don't want to be told of for a time, as JSON."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from detector.alert import Silence
from detector.api import alert_examples as examples
from detector.api.forms import SECOND, Links, Time, example, path
from detector.api.parameters import TimeText
from detector.api.times import rfc3339
from detector.saying import LONGEST_AUTHOR, LONGEST_NOTE

Name = Annotated[str, Field(max_length=500)]


class SilenceIn(BaseModel):
    """What nobody shall be told of, and until when."""

    model_config = ConfigDict(extra="forbid", frozen=True, json_schema_extra={"examples": [examples.SILENCE_IN]})

    namespace: Name = Field("", description="A name, or a pattern with `*`; `*` is all.")
    workload: Name = Field("", description="Only what is told by this workload for the most part.")
    template: Name = Field("", description="Likewise by this template, an id; its namespace needn't be named.")
    since: TimeText = None
    until: TimeText = None
    for_: Annotated[
        str | None, Field(alias="for", max_length=20, description="Or for how long from then on: `1h`, `7d`.")
    ] = None
    author: str = Field("", max_length=LONGEST_AUTHOR)
    note: str = Field("", max_length=LONGEST_NOTE, description="Why.")


class SilenceOut(BaseModel):
    """One person's wish not to be told for a time; it is never deleted."""

    model_config = example(examples.SILENCE)

    id: str
    namespace: str
    workload: str
    template: str
    subject: str = Field(description="What it is about, in words, with the text of a template.")
    since: Time
    until: Time
    author: str
    note: str
    created: Time
    withdrawn: Time | None = Field(description="When it was taken back.")
    active: bool = Field(description="Whether it is in force now.")
    coming: bool = Field(description="Whether it is yet to begin.")
    links: Links

    @classmethod
    def of(cls, one: Silence, subject: str, now: int) -> SilenceOut:
        """From the silence; `now` by the clock, microseconds UTC."""
        # The clock of whoever wrote it may be a little ahead.
        coming = one.since > now + 60 * SECOND
        return cls(
            id=one.id,
            namespace=one.namespace,
            workload=one.workload,
            template=one.template,
            subject=subject,
            since=rfc3339(one.since),
            until=rfc3339(one.until),
            author=one.author,
            note=one.note,
            created=rfc3339(one.created),
            withdrawn=None if one.withdrawn is None else rfc3339(one.withdrawn),
            active=one.holds(now if coming else max(now, one.since)),
            coming=coming and one.withdrawn is None,
            links={"self": path("silences", one.id)},
        )


class SilencesOut(BaseModel):
    """All that were ever made, the newest first."""

    items: list[SilenceOut]
    links: Links
