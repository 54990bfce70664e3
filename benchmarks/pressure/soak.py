"""The real service for an hour after it has warmed up, or as long as wanted, to see whether it stays as small as it is.

    python -m benchmarks.pressure.soak [--minutes 90] [--rate 1000] [--folder FOLDER]
    python -m benchmarks.pressure.soak --report SAMPLES

Lines come in at a steady rate from pods that come and go, in namespaces that come and go, with files that rotate and
templates that nobody has seen before; visitors ask, some follow what happens, and a channel is told of it. Nobody gets
in without a token. Days of housekeeping are minutes
(`benchmarks.pressure.hurried`). The first third is for warming up, 30 minutes at most: until then what is kept for a
while has reached its size. Fails where memory grows by more than 10 MB an hour, as far as that is sure, where open
files or threads do, where the service complains, or where it falls behind. `--report` tells of samples that are there
already.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Event, Thread

from benchmarks.machine import describe
from benchmarks.pressure.samples import MB, Sample, append, chart, load, slope
from benchmarks.pressure.service import Service, Settings, beside
from benchmarks.table import Measure, shown
from tests.servers.inbox import Inbox, Reply

BOUND = 10.0
"""MB an hour."""
_EVERY = 5.0
_WARM = 1_800.0
"""Seconds: after eight minutes there are findings, which are kept for fifteen and given up every two."""
_FOLLOWERS, _VISITORS = 3, 5
_NAMESPACES, _ROTATE, _RESTART = 30, 5, 20
SETTINGS: Settings = {
    "detection": {
        "window": "5s", "lateness": "2s", "learn": "100s", "train_span": "4m", "retrain": "2m", "trees": 20,
    },
    "parsing": {"max_templates": 300},
    "store": {"keep_counts": "15m", "keep_hours": "15m", "keep_findings": "15m"},
}  # fmt: skip


def telling(inbox: Inbox) -> Settings:
    """Settings by which it is told of everything."""
    return {
        "alerts": {"private_networks": ["127.0.0.0/8"], "most": 10_000},
        "alerts.channels.people": {"type": "webhook", "url": inbox.address},
    }


def look(service: Service, begin: float, messages: int) -> Sample:
    """One look at the service, from outside and by what it says."""
    memory, seconds = service.process.memory_full_info(), time.monotonic() - begin
    size = sum(path.stat().st_size for path in service.store.parent.glob("store.sqlite*"))
    waiting, lag, read, templates, ready = -1, -1.0, -1, -1, -1
    with suppress(OSError):
        told = service.status()
        waiting = sum(one["waiting"] for one in told["outputs"])
        lag = told["lag_seconds"] if told["lag_seconds"] is not None else -1.0
        read, templates, ready = told["tally"]["read"], told["templates"], told["namespaces"]["ready"]
    files, threads = service.process.num_fds(), service.process.num_threads()
    return Sample(
        seconds, memory.rss, memory.pss, files, threads, size, waiting, lag, read, templates, ready,
        messages=messages, uss=memory.uss,
    )  # fmt: skip


def follow(service: Service, stop: Event) -> None:
    """Follow what happens, as a page that stays open does; come again every minute."""
    while not stop.wait(0.5):
        with suppress(OSError), service.ask("/api/v1/events", timeout=60) as answer:
            until = time.monotonic() + 60
            while not stop.is_set() and time.monotonic() < until and answer.readline():
                pass


def soak(folder: Path, minutes: float, rate: float, samples: Path) -> list[str]:
    """Look every few seconds, as long as wanted; what went wrong, sentence by sentence."""
    logs, seconds, stop = folder / "containers", minutes * 60, Event()
    logs.mkdir(parents=True, exist_ok=True)
    node = ["node", str(logs), str(rate), str(seconds + 30), "--namespaces", str(_NAMESPACES)]
    node += ["--rotate", str(_ROTATE), "--restart", str(_RESTART)]
    with (
        Inbox(lambda _: Reply(204)) as inbox,
        Service(folder / "service", logs, {**SETTINGS, **telling(inbox)}, "benchmarks.pressure.hurried") as service,
    ):
        writer = beside(*node)
        visitors = beside("visitors", service.address, str(_VISITORS), str(seconds))
        followers = [Thread(target=follow, args=(service, stop), daemon=True) for _ in range(_FOLLOWERS)]
        for thread in followers:
            thread.start()
        begin, wrong = time.monotonic(), []
        try:
            print("\n".join(service.tokens(_VISITORS)), file=visitors.stdin, flush=True)
            while time.monotonic() - begin < seconds and service.alive:
                append(samples, look(service, begin, len(inbox.taken)))
                time.sleep(_EVERY)
            wrong = failures(visitors) if service.alive else ["The service ended by itself."]
        finally:
            stop.set()
            for process in (writer, visitors):
                process.kill()
                process.communicate()
    return [*wrong, *service.complaints()[:10]]


def failures(visitors: subprocess.Popen[str]) -> list[str]:
    """What visitors were refused, when their time is over."""
    told = json.loads(visitors.communicate(timeout=60)[0])
    print(f"{told['all']['requests']:,} requests, {told['all']['failures']:,} failed")
    errors: list[str] = told["errors"]
    return errors


def verdict(samples: Sequence[Sample], rate: float = 0.0) -> list[str]:
    """What the samples have against it, sentence by sentence."""
    wrong = []
    since = warm(samples)
    for what in ("rss", "pss", "uss"):
        found = slope(samples, what, since)
        if found is not None and found.low > BOUND * MB:
            wrong.append(f"Memory ({what}) grows by {found.low / MB:.0f} MB an hour or more.")
    for what in ("files", "threads"):
        found = slope(samples, what, since)
        if found is not None and found.low > 5:
            wrong.append(f"The number of {what} grows by {found.low:.0f} an hour or more.")
    if len(samples) > 1 and rate and samples[-1].read < 0.9 * rate * samples[-1].seconds - 30 * rate:
        wrong.append(f"It fell behind: {samples[-1].read:,} lines read in {samples[-1].seconds:.0f} s.")
    return wrong


def warm(samples: Sequence[Sample]) -> float:
    """Seconds after which samples count."""
    return min(_WARM, samples[-1].seconds / 3)


def measures(samples: Sequence[Sample]) -> list[Measure]:
    """Rows: what was kept small, how it began, how it ended, and how fast it grows."""
    since, last = warm(samples), samples[-1]
    after = [one for one in samples if one.seconds >= since]
    rows = []
    for what, name, scale, unit in (
        ("rss", "memory (RSS)", MB, "MB"), ("pss", "memory (PSS)", MB, "MB"), ("uss", "memory (USS)", MB, "MB"),
        ("files", "open files", 1, ""), ("threads", "threads", 1, ""), ("store", "store", MB, "MB"),
        ("waiting", "messages that wait", 1, ""),
        ("lag", "lag", 1, "s"), ("templates", "templates", 1, ""), ("ready", "namespaces scored", 1, ""),
    ):  # fmt: skip
        grows = slope(samples, what, since)
        said = "too short to say how it grows"
        if grows is not None:
            said = f"{grows.hourly / scale:+.2f} an hour (95 %: {grows.low / scale:+.2f} to {grows.high / scale:+.2f})"
        rows.append(Measure(name, None, tuple(getattr(one, what) / scale for one in after), unit, said, "most"))
    rows.append(Measure("messages to a channel", None, (last.messages,), "", "webhook"))
    rows.append(Measure("lines read", None, (last.read,), "", f"in {last.seconds / 60:.1f} minutes"))
    return rows


def report(samples: Sequence[Sample]) -> str:
    """Table and chart."""
    course = chart([one.rss / MB for one in samples])
    head = (
        f"{describe()}; the first {warm(samples) / 60:.0f} of {samples[-1].seconds / 60:.0f} minutes are for warming up"
    )
    return f"{head}\n\n{shown(measures(samples))}\n\nMB in memory (RSS), from the start to the end:\n\n{course}\n"


def main(arguments: Sequence[str]) -> int:
    """The exit code: 1 where it doesn't stay small."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.pressure.soak")
    parser.add_argument("--minutes", type=float, default=90)
    parser.add_argument("--rate", type=float, default=1_000, help="lines a second")
    parser.add_argument("--folder", type=Path, help="where samples, logs and the store are kept")
    parser.add_argument("--report", type=Path, metavar="SAMPLES", help="tell of these, and do nothing else")
    chosen = parser.parse_args(arguments)
    wrong: list[str] = []
    with TemporaryDirectory() as temporary:
        file = chosen.report
        if file is None:
            folder = chosen.folder or Path(temporary)
            folder.mkdir(parents=True, exist_ok=True)
            file = folder / "samples"
            file.unlink(missing_ok=True)
            wrong = soak(folder, chosen.minutes, chosen.rate, file)
        samples = load(file)
    wrong += verdict(samples, 0 if chosen.report else chosen.rate)
    print(report(samples))
    print("\n".join(wrong) or "Nothing to complain of.")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
