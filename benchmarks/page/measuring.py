"""The overview of a week of two hundred namespaces, in a browser: painted, paid for, answered; against a naive one."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from statistics import median

from benchmarks.page.browser import Answered, NoBrowserError, chromium
from benchmarks.page.journeys import NAIVE, OPENED, OVERVIEW, on_naive, on_overview, opened
from benchmarks.page.week import Made, fill
from benchmarks.table import Measure
from detector.sparse import MINUTE
from detector.store.sqlite import open_store

NAMESPACES, DAYS = 200, 7
_CALLS = {
    "the lanes": "/api/v1/lanes?since=-7d&buckets=170",
    "incidents": "/api/v1/incidents?since=-7d&limit=30",
    "namespaces": "/api/v1/namespaces",
    "status": "/api/v1/status",
    "an incident": "/api/v1/incidents/{incident}",
    "lines by level of a namespace": "/api/v1/namespaces/{namespace}/levels?since=-7d",
}


def measures(short: bool) -> list[Measure]:
    """Rows for the table of all benchmarks."""
    many, days, runs = (20, 1, 2) if short else (NAMESPACES, DAYS, 7)
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "week.sqlite"
        made, spent = _made(path, many, days)
        note = f"{many} namespaces × {days} d, {made.anomalies:,} anomalies, made in {spent:.0f} s"
        with _served(path) as base:
            try:
                rows += _in_browser(base, runs, note)
            except NoBrowserError as error:
                rows.append(Measure("overview painted", 1_000.0, (), "ms", str(error), "most"))
            rows += _calls(base, made, runs)
        if not short:
            rows += _at_worst(Path(folder) / "worst.sqlite", runs)
    return rows


def _made(path: Path, many: int, days: int, *, every_minute: bool = False) -> tuple[Made, float]:
    begin = time.monotonic()
    with closing(open_store(path)) as store:
        until = time.time_ns() // 1_000 // MINUTE * MINUTE
        made = fill(store, many, days, until, every_minute=every_minute)
    return made, time.monotonic() - begin


@contextmanager
def _served(path: Path) -> Iterator[str]:
    """Its address, until it isn't needed any more."""
    command = [sys.executable, "-m", "benchmarks.page.serving", str(path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, encoding="utf-8") as server:
        try:
            assert server.stdout is not None
            base = server.stdout.readline().strip()
            if not base:
                raise RuntimeError("The page isn't served.")
            yield base
        finally:
            server.communicate()


def _in_browser(base: str, runs: int, note: str) -> list[Measure]:
    """Ours and the naive one by turns."""
    with chromium() as browser:
        opened(browser, base, OVERVIEW)  # the first visit of all starts what a browser starts once
        ours, theirs = [], []
        for _ in range(runs):
            ours.append(opened(browser, base, OVERVIEW))
            theirs.append(opened(browser, base, NAIVE))
        acts = [(on_overview(browser, base), on_naive(browser, base)) for _ in range(max(runs // 2, 1))]
    data = sum(size for path, size in ours[-1][2].items() if path.startswith("api/"))
    rows = [
        Measure("overview of 7 d painted, nothing cached", 1_000.0, tuple(one[0] for one in ours), "ms", note, "most"),
        Measure("the same view, naively", None, tuple(one[0] for one in theirs), "ms", "/scores, Plotly's heat map"),
        Measure("painted: naive against ours", None, _ratios([one[0] for one in ours], [one[0] for one in theirs])),
        Measure(
            "bytes over the wire",
            200.0,
            tuple(one[1] / 1e3 for one in ours),
            "kB",
            f"{data / 1e3:.0f} kB of it data",
            "most",
        ),
        Measure(
            "over the wire: naive against ours", None, _ratios([one[1] for one in ours], [one[1] for one in theirs])
        ),
    ]
    for name in acts[0][0]:
        rows += _act(name, [one[name] for one, _ in acts], [other[name] for _, other in acts if name in other])
    return rows


def _act(name: str, ours: list[Answered], theirs: list[Answered]) -> list[Measure]:
    shown = tuple(one.shown for one in ours)
    if name == OPENED:
        return [Measure(f"{name}: painted", 1_000.0, shown, "ms", "from the click, scripts cached", "most")]
    note = f"next frame after {median(one.next for one in ours):.0f} ms"
    rows = [Measure(f"{name}: shown", 100.0, shown, "ms", note, "most")]
    if theirs:
        ratios = _ratios([one.shown for one in ours], [one.shown for one in theirs])
        rows.append(Measure(f"{name}: naive against ours", None, ratios))
    return rows


def _ratios(ours: list[float] | list[int], theirs: list[float] | list[int]) -> tuple[float, ...]:
    return tuple(other / one for one, other in zip(ours, theirs, strict=True))


def _calls(base: str, made: Made, runs: int, which: str = "", most: int | None = None) -> list[Measure]:
    rows = []
    for name, path in list(_CALLS.items())[:most]:
        found = [_asked(base + path.format(incident=made.newest, namespace=made.busiest)) for _ in range(runs + 1)]
        times, sizes = [one for one, _ in found[1:]], found[-1][1]
        goal, sense = (300.0, "most") if name == "the lanes" else (None, "")
        rows.append(Measure(f"API: {name}{which}", goal, tuple(times), "ms", f"{sizes / 1e3:.1f} kB compressed", sense))  # type: ignore[arg-type]
    return rows


def _asked(address: str) -> tuple[float, int]:
    """Milliseconds by the clock, and bytes of the body."""
    begin = time.perf_counter()
    request = urllib.request.Request(address, headers={"Accept-Encoding": "gzip"})
    with urllib.request.urlopen(request) as answer:
        size = len(answer.read())
    return (time.perf_counter() - begin) * 1e3, size


def _at_worst(path: Path, runs: int) -> list[Measure]:
    """A score in every minute."""
    made, spent = _made(path, NAMESPACES, DAYS, every_minute=True)
    note = f"{made.anomalies:,} anomalies, made in {spent:.0f} s"
    with _served(path) as base:
        rows = _calls(base, made, runs, ", a score every minute", most=1)
        try:
            with chromium() as browser:
                opened(browser, base, OVERVIEW)
                ours = [opened(browser, base, OVERVIEW)[0] for _ in range(runs)]
                rows.append(Measure("overview, a score every minute", 1_000.0, tuple(ours), "ms", note, "most"))
        except NoBrowserError:
            pass
    return rows
