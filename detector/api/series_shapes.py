"""What charts are drawn from."""

from __future__ import annotations

from pydantic import BaseModel, Field

from detector.api import examples
from detector.api.forms import Links, Score, Time, example


class CountsOut(BaseModel):
    """Lines a window on a regular grid, windows without a line included as 0."""

    model_config = example(examples.COUNTS)

    namespace: str
    template: str | None = Field(description="Only this template's lines.")
    workload: str | None = Field(description="Only this workload's lines.")
    start: Time = Field(description="Start of the first window; the others follow every `step_seconds`.")
    end: Time = Field(description="End of the last window.")
    step_seconds: float
    counts: list[int]
    links: Links


class ScoreRowOut(BaseModel):
    """The scores of one namespace: two lists of one length, oldest first, only those above 0."""

    namespace: str
    times: list[Time] = Field(description="Starts of windows, or of buckets where buckets were asked for.")
    scores: list[Score] = Field(description="Of the window, or the highest in the bucket.")


class ScoresOut(BaseModel):
    """The heat map: namespaces by time."""

    model_config = example(examples.SCORES)

    since: Time
    until: Time
    step_seconds: float = Field(description="Length of a window, or of a bucket.")
    rows: list[ScoreRowOut]
    links: Links
