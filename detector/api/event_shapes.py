"""What the stream of events tells."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, Field

from detector.api.forms import Time, example

EVENT = {
    "closed_until": "2026-11-21T07:10:00Z",
    "phase": "live",
    "lag_seconds": 12.5,
    "read": 1.0,
    "error": None,
    "version": "64417ac51b340-17",
}


class EventOut(BaseModel):
    """How the service is doing, in so few words that they can be told whenever something changes."""

    model_config = example(EVENT)

    closed_until: Time | None = Field(description="Every window that starts before this is closed.")
    phase: Literal["catching up", "live", "not running"]
    lag_seconds: float | None = Field(description="How far scoring is behind the clock; told anew by the minute.")
    read: float | None = Field(
        ge=0, le=1, description="How much of what was there at the start has been read; null where nobody knows."
    )
    error: str | None = Field(description="Why the last pass failed, or the store can't be read.")
    version: str = Field(description="Another one whenever the store has something new; says nothing else.")
