"""By which of its models each time of a namespace is scored. Pure; all times are microseconds UTC."""

from __future__ import annotations

from collections.abc import Sequence

from detector.choices import Choices
from detector.findings import ModelCard

Scored = tuple[int, int, ModelCard]
"""Begin and end of a time, and the card of the model that scores it."""
Period = tuple[int, int, ModelCard | None]
"""Likewise; or None in one in which there was none yet."""


def periods(cards: Sequence[ModelCard], choices: Choices, begin: int, end: int) -> list[Scored]:
    """By which model a time is scored: each window by the one that was chosen, or the newest when it came.

    `cards` are those of all that there ever were, the oldest first. Left out is what the first model learned from,
    which was never scored. What is before that, read long after it happened, is scored by the newest of all.
    """
    if not cards:
        return []
    first, newest = cards[0], cards[-1]
    bounds = [*(card.trained_until for card in cards[1:]), max(end, newest.trained_until)]
    found = [(min(begin, first.trained_from), first.trained_from, newest)]
    found += [(card.trained_until, until, card) for card, until in zip(cards, bounds, strict=True)]
    for since, until, version in choices.pins():
        chosen = next((card for card in cards if card.version == version), None)
        if chosen is not None:
            found = _overlaid(found, max(since, first.trained_until), end if until is None else until, chosen)
    clipped = ((max(begin, since), min(end, until), card) for since, until, card in found)
    return [(since, until, card) for since, until, card in clipped if since < until]


def _overlaid(periods: Sequence[Scored], begin: int, end: int, card: ModelCard) -> list[Scored]:
    """The periods with another card from `begin` to `end`, oldest first."""
    around = [
        part
        for since, until, other in periods
        for part in ((since, min(until, begin), other), (max(since, end), until, other))
    ]
    return sorted((one for one in [*around, (begin, end, card)] if one[0] < one[1]), key=lambda one: one[0])
