"""What the overview is drawn from, as JSON."""

from __future__ import annotations

from pydantic import BaseModel, Field

from detector.api import lane_examples as examples
from detector.api.forms import Links, Score, Time, example
from detector.api.shapes import State
from detector.findings import Severity


class LaneOut(BaseModel):
    """A namespace over time."""

    namespace: str
    state: State = Field(
        description="`learning` until there is a model, `silent` without a line for ten minutes of the logs' own time."
    )
    learning_until: Time | None = Field(description="While learning: the time from which it will be scored.")
    learning_windows: int | None = Field(
        description="While learning: how many windows that takes; `windows` are there."
    )
    windows: int
    last_line: Time | None = Field(description="Start of the newest window with a line.")
    muted: bool = Field(description="Whether all of it is muted now: no incidents are made of it.")
    silenced: bool = Field(description="Whether nobody is told of anything in it now.")
    worst: Score = Field(description="The highest score in the range.")
    severity: Severity = Field(description="The band of `worst`.")
    incidents: int = Field(description="How many were going on at some time in the range.")
    open: int = Field(description="How many of these go on.")
    scores: list[int | None] = Field(
        description="The highest score in each column, rounded down: 0 is as usual, null that nothing is known."
    )


class LanesOut(BaseModel):
    """The swim lane: namespaces by time."""

    model_config = example(examples.LANES)

    since: Time = Field(description="Start of the first column.")
    until: Time = Field(description="End of the last column.")
    step_seconds: float = Field(description="Length of a column: whole windows.")
    closed_until: Time | None = Field(description="Every window that starts before this is closed.")
    total: int = Field(description="How many namespaces match, on all pages.")
    items: list[LaneOut]
    next_cursor: str | None = Field(description="Pass it as `cursor` for the next page; null on the last one.")
    links: Links = Field(description="`self`, and `next` unless this is the last page.")
