"""What it costs to see some namespaces instead of all: the same questions, asked by both in turn.

python -m benchmarks.page.permitted [--short]
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import closing
from functools import partial
from pathlib import Path

from starlette.testclient import TestClient
from starlette.types import ASGIApp, Receive, Scope, Send

from benchmarks.page.week import fill, names
from benchmarks.table import Measure, show
from detector.access.principal import OPEN, Grant, Kind, Principal, Right, principal
from detector.api.app import create_app
from detector.api.auth.who import WHO
from detector.permitted import permitted
from detector.sparse import MINUTE
from detector.store.sqlite import open_store

NAMESPACES, DAYS, SEEN = 200, 7, 5
_QUESTIONS = {
    "/lanes": "/api/v1/lanes?since=-7d&buckets=170",
    "/incidents": "/api/v1/incidents?since=-7d&limit=30",
    "/alerts": "/api/v1/alerts?since=-7d&limit=30",
    "/templates": "/api/v1/templates?q=refused",
    "/status": "/api/v1/status",
}


class _As:
    """The application, asked by somebody."""

    def __init__(self, app: ASGIApp, who: Principal) -> None:
        self._app, self._who = app, who

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._app({**scope, WHO: self._who}, receive, send)


def measures(short: bool) -> list[Measure]:
    """Rows for a table: time of who sees five namespaces, as a share of the time of who sees all."""
    many, days, runs = (20, 1, 3) if short else (NAMESPACES, DAYS, 15)
    some = principal(Kind.TOKEN, "some", [Grant(tuple(names(many)[:SEEN]), frozenset({Right.READ}))])
    until = time.time_ns() // 1_000 // MINUTE * MINUTE
    rows = []
    with tempfile.TemporaryDirectory() as folder, closing(open_store(Path(folder) / "week.sqlite")) as store:
        fill(store, many, days, until)
        app = create_app(store, live=None, clock=lambda: until, host_names=["testserver"])
        with TestClient(_As(app, OPEN)) as all_of_them, TestClient(_As(app, some)) as five:
            for name, path in _QUESTIONS.items():
                shares, took = [], []
                for _ in range(runs):
                    whole, part = (_seconds(partial(one.get, path)) for one in (all_of_them, five))
                    shares.append(part / whole)
                    took.append((whole, part))
                whole, part = (sorted(column)[runs // 2] * 1e3 for column in zip(*took, strict=True))
                note = f"{SEEN} of {many} namespaces × {days} d: {part:.1f} ms, against {whole:.1f} ms"
                rows.append(Measure(f"{name} for who sees some", 1.5, tuple(shares), "×", note, "most"))
        some_of_it = permitted(store, some)
        version = tuple(_seconds(some_of_it.version) * 1e3 for _ in range(runs))
        rows.append(Measure("version for who sees some", None, version, "ms", "once a pass and scope"))
    return rows


def _seconds(do: Callable[[], object]) -> float:
    begin = time.perf_counter()
    do()
    return time.perf_counter() - begin


if __name__ == "__main__":
    show(lambda _, short: measures(short), sys.argv[1:])
