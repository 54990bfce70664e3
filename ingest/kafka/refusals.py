"""Messages of which nothing is made: whose they are instead, and where they go."""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from ingest.accounting import DropReason
from ingest.batch import LogBatch, Origin
from ingest.kafka.messages import Claim, Message, Refuse, Refused
from ingest.kafka.splitting import split_origin

_KEPT = 8_192
"""Origins of which the namespace is remembered."""


class Owners:
    """Which namespaces are this partition's. `split` are those of which each workload is one of its own."""

    def __init__(self, split: Collection[str], claim: Claim) -> None:
        self._split, self._claim = split, claim
        self._mapped: dict[Origin, Origin] = {}

    def named(self, batch: LogBatch) -> LogBatch:
        """The batch with the namespaces as they are counted."""
        if not self._split or not len(batch):
            return batch
        return replace(batch, origins=tuple([self._mapping(origin) for origin in batch.origins]))

    def foreign(self, batch: LogBatch) -> NDArray[np.bool_]:
        """Which records are of namespaces that another partition owns."""
        if not len(batch):
            return np.zeros(0, np.bool_)
        present = np.unique(batch.origin).tolist()
        others = self._claim({batch.origins[index].namespace for index in present})
        if not others:
            return np.zeros(len(batch), np.bool_)
        return np.isin(batch.origin, [index for index in present if batch.origins[index].namespace in others])

    def _mapping(self, origin: Origin) -> Origin:
        """The same object each time, as those who read batches remember origins."""
        mapped = self._mapped.get(origin)
        if mapped is None:
            if len(self._mapped) >= _KEPT:
                self._mapped.clear()
            mapped = self._mapped[origin] = split_origin(origin, self._split)
        return mapped


class Refusals:
    """Keeps messages until it is known whether they are refused, and hands on those that are."""

    def __init__(self, topic: str, partition: int, refuse: Refuse) -> None:
        self._topic, self._partition, self._refuse = topic, partition, refuse
        self._held: deque[Message] = deque()

    def hold(self, messages: Sequence[Message]) -> None:
        """Messages that are being read."""
        self._held.extend(messages)

    def let_go(self, before: int) -> None:
        """Nothing before this offset can be refused any more."""
        while self._held and self._held[0].offset < before:
            self._held.popleft()

    def hand_on(self, refused: Iterable[tuple[int, DropReason]], joined: Iterable[tuple[int, int]]) -> None:
        """Records that begin at these offsets are refused, with the documents that were `joined` to them."""
        parts: dict[int, list[int]] = {}
        for begin, position in joined:
            parts.setdefault(begin, []).append(position)
        held = {message.offset: message for message in self._held}
        reasons = dict(refused)
        for position, reason in list(reasons.items()):
            for offset in parts.get(position, ()):
                reasons.setdefault(offset, reason)
        self._refuse(
            [
                Refused(self._topic, self._partition, held[offset], reason)
                for offset, reason in sorted(reasons.items())
                if offset in held
            ]
        )

    def at_once(self, message: Message, reason: DropReason) -> None:
        """A message is refused unread."""
        self._refuse([Refused(self._topic, self._partition, message, reason)])
