"""People and programs ask while logs come in: no error, and how long answers take.

    python -m benchmarks.pressure.load [--users 50] [--rate 10000] [--seconds 180]

The service is `drainwatch run` as users start it, on files that a writer fills, with its embedded store; windows last
10 s so that much is closed, scored and committed meanwhile. Each user has a token of their own, and limits are those of
every installation. Half a minute passes before anybody asks. Requests stay on this machine. Fails where a request
failed, the service complained, or it fell behind the writer.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from benchmarks.machine import describe
from benchmarks.pressure.service import Service, Settings, beside
from benchmarks.table import Measure, shown
from ingest.core import native

_WARM = 30.0
_BEHIND = 60.0
"""Seconds after the last line by which all that was written has to be read."""
SETTINGS: Settings = {"detection": {"window": "10s", "lateness": "2s", "learn": "1m", "trees": 50}}


def load(folder: Path, users: int, rate: float, seconds: float, warm: float = _WARM) -> dict[str, Any]:
    """What visitors and writer told, and how many lines the service had read in the end; raises where one failed."""
    logs = folder / "containers"
    logs.mkdir(parents=True)
    with Service(folder / "service", logs, SETTINGS) as service:
        writer = beside("node", str(logs), str(rate), str(seconds + warm + 5))
        try:
            time.sleep(warm)
            visitors = beside("visitors", service.address, str(users), str(seconds))
            asked, _ = visitors.communicate("\n".join(service.tokens(users)))
            written = json.loads(writer.communicate(timeout=60)[0])
        finally:
            writer.kill()
            writer.wait()
        begin = time.monotonic()
        while (read := service.status()["tally"]["read"]) < written["lines"] and time.monotonic() < begin + _BEHIND:
            time.sleep(0.2)
        behind = time.monotonic() - begin
        told: dict[str, Any] = json.loads(asked)
        used = service.process.cpu_times()
        return {
            **told,
            "written": written,
            "read": read,
            "behind": behind,
            "processor": used.user + used.system,
            "complaints": service.complaints(),
        }


def measures(told: dict[str, Any]) -> list[Measure]:
    """Rows: a kind of request each, then all."""
    lines = told["written"]
    rows = [
        Measure(
            f"{kind['name']}, p99",
            None,
            (kind["p99"],),
            "ms",
            f"{kind['requests']:,}, median {kind['median']:.0f} ms",
        )
        for kind in told["kinds"]
    ]
    whole = told["all"]
    note = f"{whole['requests']:,} of {told['users']} users in {told['seconds']:.0f} s, median {whole['median']:.0f} ms"
    late = f"{told['behind']:.1f} s after the last"
    return [
        *rows,
        Measure("all requests, p99", None, (whole["p99"],), "ms", f"{note}, longest {whole['longest']:.0f} ms"),
        Measure("requests that failed", 0, (whole["failures"],), "", "", "most"),
        Measure("lines written a second", None, (lines["lines"] / lines["seconds"],), "", f"{lines['lines']:,}"),
        Measure("lines not read", 0, (lines["lines"] - told["read"],), "", late, "most"),
        Measure("processor time of the service", None, (told["processor"],), "s", "native" if native() else "python"),
    ]  # fmt: skip


def main(arguments: Sequence[str]) -> int:
    """The exit code: 1 where anything failed."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.pressure.load")
    parser.add_argument("--users", type=int, default=50)
    parser.add_argument("--rate", type=float, default=10_000, help="lines a second")
    parser.add_argument("--seconds", type=float, default=180)
    chosen = parser.parse_args(arguments)
    before = os.getloadavg()[0]
    with TemporaryDirectory() as folder:
        told = load(Path(folder), chosen.users, chosen.rate, chosen.seconds)
    print(f"{describe()}; load {before:.1f} before, {os.getloadavg()[0]:.1f} after\n")
    print(shown(measures(told)))
    wrong = [*told["errors"], *told["complaints"]]
    print("".join(f"\n{line}" for line in wrong[:20]))
    return 1 if wrong or told["all"]["failures"] or told["read"] < told["written"]["lines"] else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
