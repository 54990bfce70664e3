"""What the user chooses; by itself so that a command line needs nothing else."""

from __future__ import annotations

from enum import StrEnum


class Fit(StrEnum):
    """Which sessions of the fitted half a model sees."""

    MIX = "mix"
    """All, without their labels."""
    NORMAL = "normal"
    """Those that are labelled 0."""


class Split(StrEnum):
    """How sessions are halved."""

    RANDOM = "random"
    """By the draw, once for each seed."""
    TIME = "time"
    """The half that began first is fitted."""
