"""What the charts of a namespace are drawn from: its lines by level and by template, its scores by detector."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, Field

from detector.api import volume_examples as examples
from detector.api.forms import Links, Score, Time, example

Counts = Annotated[
    list[int | None],
    Field(description="Lines by column; null where nothing is known: before the namespace's first window, or not yet."),
]
Scores = Annotated[
    list[Score | None], Field(description="The highest by column; null where no score was high enough to be kept.")
]


class ColumnsOut(BaseModel):
    """A range of time in columns of whole windows, which begin at multiples of their length since 1970, UTC."""

    namespace: str
    since: Time = Field(description="Start of the first column.")
    until: Time = Field(description="End of the last one.")
    step_seconds: float = Field(description="Length of a column.")
    closed_until: Time | None = Field(
        description="Every window that starts before this is closed: the column that it lies in isn't whole yet."
    )
    links: Links


class LevelsOut(ColumnsOut):
    """Lines by the level of their template."""

    model_config = example(examples.LEVELS)

    levels: dict[str, Counts] = Field(description="Those that occur, the worst first; `none` where none is known.")
    total: Counts


class TrendOut(BaseModel):
    """Lines of one template."""

    model_config = example(examples.TREND)

    template_id: str
    counts: Counts


class TrendsOut(ColumnsOut):
    """Lines of templates, in the order in which they were asked for."""

    model_config = example(examples.TRENDS)

    items: list[TrendOut]


class DetectorsOut(ColumnsOut):
    """Scores by detector, on one scale."""

    model_config = example(examples.DETECTORS)

    score: Scores
    detectors: dict[str, Scores] = Field(description="By name.")
    threshold: Score | None = Field(
        description="The score from which on a window makes an incident, by `detection.alert_budget`; null where that "
        "isn't known."
    )
