"""What all answers of the API have in common: how paths, times, scores and examples are written."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Annotated, Any
from urllib.parse import quote

from pydantic import ConfigDict, Field

API = "/api/v1"
SECOND = 1_000_000

Time = Annotated[str, Field(json_schema_extra={"format": "date-time"})]
Score = Annotated[float, Field(ge=0, le=100)]
Links = Annotated[
    dict[str, str], Field(description="Paths on this server; `self` is where this can be asked for again.")
]


def example(value: Mapping[str, Any]) -> ConfigDict:
    """A frozen model that shows itself in the OpenAPI document by one example."""
    return ConfigDict(frozen=True, json_schema_extra={"examples": [dict(value)]})


def path(*parts: str) -> str:
    """A path of this API, whatever characters the parts hold."""
    return "/".join([API, *(quote(part, safe="") for part in parts)])


def shown_score(score: float) -> float:
    """Two decimals, rounded down, so that a score never shows as one of the severity above its own."""
    return math.floor(score * 100) / 100
