"""Workers as processes of their own, each on processors of its own, and what they have in the store."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from confluent_kafka import KafkaException
from confluent_kafka.admin import AdminClient

from detector.errors import DrainwatchError
from detector.store.sqlite import open_reader
from tests.servers.kafka import Broker

ROOT = Path(__file__).parents[2]


@contextmanager
def broker_running() -> Iterator[Broker]:
    """A broker of the benchmark's own, until the end of the block. Raises `MissingError` as `Broker.start`."""
    broker = Broker()
    try:
        broker.start()
        broker.wait()
        yield broker
    finally:
        broker.close()


@contextmanager
def running(
    folder: Path, sections: Mapping[str, Mapping[str, Any]], processors: Sequence[set[int]]
) -> Iterator[Callable[[], float]]:
    """As many workers as there are sets of processors, in one group, until the end of the block.

    Handed over is what tells how many seconds of processors they have taken so far.
    """
    config = folder / "worker.toml"
    config.write_text(
        "".join(
            f"[{section}]\n" + "".join(f"{key} = {json.dumps(value)}\n" for key, value in values.items())
            for section, values in sections.items()
        )
    )
    started = [_start(config, folder / f"said-{number}", own) for number, own in enumerate(processors)]
    try:
        yield lambda: sum(_processor_seconds(one.pid) for one in started)
        for number, one in enumerate(started):
            if one.poll() is not None:
                raise RuntimeError((folder / f"said-{number}").read_text("utf-8", "replace")[-4_000:])
    finally:
        for one in started:
            one.terminate()
        for one in started:
            one.wait(60)


def counted(store: Path) -> int:
    """Lines that are in the counts of closed windows."""
    try:
        with closing(open_reader(store)) as reader:
            each = (reader.counts(status.namespace) for status in reader.statuses())
            return sum(int(window.counts.sum()) for windows in each for window in windows)
    except DrainwatchError:
        return 0  # it isn't there yet


def read(store: Path) -> int:
    """Lines that are in the account: those in windows that are still open as well."""
    try:
        with closing(open_reader(store)) as reader:
            tally = reader.tally()
            return tally.records + tally.joined
    except DrainwatchError:
        return 0


def wait_for(store: Path, lines: int, seconds: float, folder: Path) -> float:
    """The monotonic clock's time at which so many lines were counted. Raises `RuntimeError` where they never were."""
    until = time.monotonic() + seconds
    while (seen := read(store)) < lines or (seen := counted(store)) < lines:
        if time.monotonic() > until:
            said = (folder / "said-0").read_text("utf-8", "replace")[-4_000:]
            raise RuntimeError(f"{seen:,} of {lines:,} lines were counted within {seconds:.0f} s.\n{said}")
        time.sleep(0.1)
    return time.monotonic()


def wait_for_group(broker: str, group: str, workers: int, partitions: int, folder: Path, seconds: float = 180) -> None:
    """Until each worker of the group has its share of the partitions, and reads. Raises `RuntimeError` otherwise."""
    client = AdminClient({"bootstrap.servers": broker, "log_level": 0})
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        try:
            said = client.describe_consumer_groups([group])[group].result(10)
            shares = [len(member.assignment.topic_partitions) for member in said.members]
        except KafkaException:
            shares = []  # there is no such group yet
        reading = [(folder / f"said-{number}").read_text("utf-8", "replace") for number in range(workers)]
        if sorted(shares) == [partitions // workers] * workers and all(" reading " in one for one in reading):
            time.sleep(2)  # the last of them opens its partitions
            return
        time.sleep(0.2)
    raise RuntimeError(f"No {workers} workers read within {seconds:.0f} s.\n{reading[0][-4_000:]}")


def sections(broker: str, topic: str, store: Path, **kafka: Any) -> dict[str, dict[str, Any]]:
    """Settings of a worker that reads this topic into this file and tells nothing to anybody."""
    return {
        "ingest": {"source": "kafka"},
        "kafka": {
            "brokers": [broker],
            "topic": topic,
            "group": topic,
            "anomalies_topic": "",
            "dead_letter_topic": "",
            **kafka,
        },
        "store": {"path": str(store)},
        "service": {"port": 0},
    }


def _processor_seconds(process: int) -> float:
    """Of a process, by the kernel's account. https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html ."""
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _start(config: Path, said: Path, processors: set[int]) -> subprocess.Popen[bytes]:
    with said.open("wb") as file:
        return subprocess.Popen(
            [sys.executable, "-m", "detector.cli", "run", "--config", str(config)],
            cwd=config.parent,
            env={**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), *sys.path[1:]]), "OMP_NUM_THREADS": "1"},
            stdin=subprocess.DEVNULL,
            stdout=file,
            stderr=file,
            preexec_fn=lambda: os.sched_setaffinity(0, processors),
        )
