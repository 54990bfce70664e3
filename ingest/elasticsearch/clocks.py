"""Two clocks, this machine's and the cluster's: where they differ the cluster's counts.

What was logged is stamped by the cluster's machines, so a clock here that is ahead would close windows too early.
"""

from __future__ import annotations

from collections.abc import Callable

import msgspec
from elastic_transport import ApiError
from elasticsearch import Elasticsearch

from ingest.elasticsearch.answers import answered
from ingest.settings import SECOND
from ingest.source import Problem

TOLERATED = 2 * SECOND
ASKED_EVERY = 300 * SECOND
CHANGED = 60 * SECOND
"""A difference that moved by more than this is told again."""


class _Node(msgspec.Struct):
    timestamp: int
    """Milliseconds UTC."""


class _Stats(msgspec.Struct):
    nodes: dict[str, _Node]


class ClusterClock:
    """The time by the cluster's clock, microseconds UTC. `clock` is this machine's."""

    def __init__(self, client: Elasticsearch, clock: Callable[[], int]) -> None:
        self._client, self._clock = client, clock
        self._asked: int | None = None
        self._ahead = self._told = 0
        self._allowed = True

    def __call__(self) -> int:
        """Now."""
        return self._clock() - self._ahead

    def compare(self) -> Problem | None:
        """Ask the cluster, once in a while; a difference is a problem. Raises the client's exceptions, but for 403.

        https://www.elastic.co/docs/api/doc/elasticsearch/operation/operation-nodes-stats
        """
        before = self._clock()
        if not self._allowed or (self._asked is not None and 0 <= before - self._asked < ASKED_EVERY):
            return None
        self._asked = before
        try:
            nodes = answered(self._client.nodes.stats(node_id="_local", metric="os"), _Stats).nodes
        except ApiError as error:
            if error.meta.status not in (400, 401, 403, 404, 405):
                raise
            self._allowed = False
            return None
        theirs = next((node.timestamp * 1_000 for node in nodes.values()), None)
        after = self._clock()
        if theirs is None or theirs < 0:
            return None
        # The answer was given somewhere between; only what that can't explain is a difference.
        ahead = before - theirs if before > theirs else min(0, after - theirs)
        self._ahead = ahead if abs(ahead) > TOLERATED else 0
        if abs(self._ahead - self._told) <= CHANGED and bool(self._ahead) == bool(self._told):
            return None
        self._told = self._ahead
        if not self._ahead:
            return None
        side = "ahead of" if self._ahead > 0 else "behind"
        return Problem(
            "clock", f"This machine's clock is {_shown(abs(self._ahead))} {side} the cluster's; the cluster's is used."
        )


def _shown(difference: int) -> str:
    seconds = round(difference / SECOND)
    return f"{seconds} s" if seconds < 120 else f"{round(seconds / 60)} min"
