"""The account of lines as counters want it: from nought at the start of the process, and never going back.

The tally itself goes over restarts, and goes back a little where something failed and is read again. To Prometheus a
counter that went back began anew: all lines there ever were would count as read within a moment.
https://prometheus.io/docs/concepts/metric_types/#counter
"""

from __future__ import annotations

from collections import Counter
from copy import deepcopy
from threading import Lock

from ingest.accounting import Tally


class Account:
    """What has come to a tally since the process began; its methods may be called by any thread."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._before: Tally | None = None
        self._highest = Tally()

    def begin(self, before: Tally) -> None:
        """Here the process begins, with what earlier ones have left; later calls change nothing."""
        with self._lock:
            if self._before is None:
                self._before = deepcopy(before)

    def since_begin(self, now: Tally) -> Tally:
        """What has come since; what is pending is as it is now."""
        with self._lock:
            before, was = self._before or Tally(), self._highest
            self._highest = Tally(
                read=max(was.read, now.read - before.read),
                records=max(was.records, now.records - before.records),
                joined=max(was.joined, now.joined - before.joined),
                pending=now.pending,
                # Of counters `-` and `|` leave out what is below nought, and take the higher.
                dropped=was.dropped | (Counter(now.dropped) - before.dropped),
                remarks=was.remarks | (Counter(now.remarks) - before.remarks),
            )
            return self._highest
