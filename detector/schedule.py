"""When a namespace learns, is trained, and is given up for deleted.

All in whole windows, so that whatever is done in turns is done on their grid.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta

from detector.models.ensemble import CONTEXT
from detector.settings import DetectionSettings, micros

LEAST_WINDOWS = 20
"""Windows below which nothing can be said about a tail."""
RETIRED = timedelta(hours=24)
"""A namespace without a line for so long is taken for deleted: its silence is no news any more."""
_EARLIER = 0.25
"""Share of the time between two models by which the later one may come earlier."""


@dataclass(frozen=True, slots=True)
class Schedule:
    """All in microseconds, each a multiple of the window's length."""

    span: int
    """Length of a window."""
    learn: int
    """History that a new namespace needs before it is scored."""
    train_span: int
    """How much of the newest history a model learns from."""
    retrain: int
    """The longest that a model is used."""
    alive: int
    """How long a namespace is watched after its last line."""

    @classmethod
    def of(cls, settings: DetectionSettings) -> Schedule:
        """As the settings say, rounded up to whole windows."""
        span = micros(settings.window)
        learn, train_span, retrain, alive = (
            -(-micros(duration) // span) * span
            for duration in (settings.learn, settings.train_span, settings.retrain, RETIRED)
        )
        return cls(span, max(learn, LEAST_WINDOWS * span), train_span, retrain, alive)

    @property
    def history(self) -> int:
        """How much of the newest history is kept at hand.

        That is what the next model learns from and what the running one was made of, with as much before it as a
        silence may be long, or the context of a window.
        """
        return max(self.train_span + self.retrain + self.alive, (CONTEXT + 1) * self.span)

    @property
    def memory(self) -> int:
        """How long incidents are remembered: what any model whose counts are at hand may be made by."""
        return 2 * self.history

    def stretches(self, lines: Iterable[int], begin: int, end: int) -> list[tuple[int, int]]:
        """The parts from `begin` to `end` in which a namespace is alive: until it has been without a line for `alive`.

        `lines` are the starts of its windows with a line, among them the newest one at `begin` or before.
        """
        stretches: list[tuple[int, int]] = []
        for window in sorted(one for one in lines if begin - self.alive <= one < end):
            since, until = max(begin, window), min(end, window + self.alive)
            if stretches and since <= stretches[-1][1]:
                stretches[-1] = (stretches[-1][0], max(until, stretches[-1][1]))
            elif since < until:
                stretches.append((since, until))
        return stretches

    def next_training(self, first: int, trained_until: int | None, share: float = 0.0) -> int:
        """When a model is due: after the time of learning, then as the history doubles, then in every `retrain`.

        `first` is the start of the namespace's first window, `trained_until` the end of what its model learned from.
        All but the first come earlier by that `share` of a quarter of the time between them: namespaces that began
        together are not all due in one pass.
        """
        if trained_until is None:
            return first + self.learn
        between = min(self.retrain, max(trained_until - first, self.learn))
        return trained_until + between - int(share * between * _EARLIER) // self.span * self.span


def share_of(namespace: str) -> float:
    """Where a namespace stands among all others, 0 up to but not with 1: by its name alone, and evenly."""
    digest = hashlib.blake2b(namespace.encode(errors="surrogatepass"), digest_size=8, person=b"retrain").digest()
    return int.from_bytes(digest, "big") / 2**64
