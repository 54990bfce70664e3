"""Figures as plain JSON: the same figures give the same bytes."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from detector.evaluate.chaos import Experiment
from detector.evaluate.scorecard import Card

_DIGITS = 6


def to_json(cards: Sequence[Card], experiment: Experiment, seeds: Sequence[int], goals: Sequence[Any]) -> str:
    """All cards with what they rest on."""
    options = asdict(experiment.options)
    result = {
        "seeds": list(seeds),
        "options": options,
        "settings": experiment.settings.model_dump(mode="json"),
        "goals": [asdict(goal) for goal in goals],
        "detectors": {card.detector: asdict(card) for card in cards},
    }
    return json.dumps(plain(result), ensure_ascii=False, indent=2, sort_keys=True) + "\n"


def plain(value: Any) -> Any:
    """Numbers rounded, so that the last bits of two machines don't show; NaN as null, tuples as lists."""
    if isinstance(value, Mapping):
        return {key: plain(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [plain(one) for one in value]
    if isinstance(value, float):
        return None if math.isnan(value) or math.isinf(value) else round(value, _DIGITS)
    return value
