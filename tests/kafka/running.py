"""Workers in processes of their own that read a topic into one store, and what it holds in the end."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterable, Mapping
from contextlib import closing, suppress
from pathlib import Path
from threading import Event, Thread
from typing import Any

from confluent_kafka import OFFSET_BEGINNING, Consumer, KafkaException, Message, Producer, TopicPartition

from detector.errors import StoreError
from detector.pipeline import Pipeline
from detector.settings import DetectionSettings, Settings
from detector.store.port import Reader
from detector.store.sqlite import open_reader, open_store
from ingest.feed import Rules
from ingest.kafka.messages import Message as Read
from ingest.kafka.rules import PartitionRules
from ingest.kafka.source import PartitionSource
from ingest.settings import ReadSettings
from parsers.miner import DrainEngine

ROOT = Path(__file__).parents[2]
SECOND = 1_000_000
WINDOW = 2 * SECOND
SETTINGS: dict[str, dict[str, Any]] = {
    "detection": {"window": "2s", "lateness": "1s", "learn": "24h"},
    "kafka": {"delay": "1s", "disorder": "3s", "session_timeout": "2s", "timeout": "5s", "anomalies_topic": ""},
    "service": {"port": 0},
}


class Worker:
    """`drainwatch run` that reads from Kafka; what it says goes to a file of its own."""

    def __init__(self, folder: Path, name: str, settings: Mapping[str, Mapping[str, Any]]) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.said, self._config = folder / f"{name}.said", folder / f"{name}.toml"
        sections = {
            section: {**SETTINGS.get(section, {}), **settings.get(section, {})} for section in {**SETTINGS, **settings}
        }
        self._config.write_text("".join(_section(name, values) for name, values in sections.items()))
        path = os.pathsep.join(filter(None, (str(ROOT), os.environ.get("PYTHONPATH"))))
        # What tests are told by the environment is no setting of drainwatch.
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("DRAINWATCH_")}
        self._environment = {
            **inherited,
            "PYTHONPATH": path,
            "PYTHONFAULTHANDLER": "1",
            "NO_COLOR": "1",
            "COLUMNS": "200",
        }
        self.process: subprocess.Popen[bytes] | None = None
        self._begin = 0

    def start(self) -> None:
        """Start it, and don't wait."""
        with self.said.open("ab") as said:
            self._begin = said.tell()
            self.process = subprocess.Popen(
                [sys.executable, "-m", "detector.cli", "run", "--config", str(self._config)],
                cwd=self._config.parent,
                env=self._environment,
                stdin=subprocess.DEVNULL,
                stdout=said,
                stderr=said,
            )

    @property
    def text(self) -> str:
        """What it said since it was last started."""
        return self.said.read_bytes()[self._begin :].decode("utf-8", "replace")

    def status(self) -> dict[str, Any]:
        """What its status page says."""
        found = re.search(r"drainwatch is at (\S+)/", self.text)
        assert found, self.text
        with urllib.request.urlopen(f"{found[1]}/api/v1/status", timeout=30) as answer:
            told: dict[str, Any] = json.load(answer)
            return told

    def wait_for(self, condition: Callable[[], object], seconds: float = 60) -> None:
        """Until something holds; fails when it ends before, or the time is over."""
        assert self.process is not None
        until = time.monotonic() + seconds
        while not condition():
            assert self.process.poll() is None, f"it ended with {self.process.returncode}\n{self.text}"
            assert time.monotonic() < until, self.text
            time.sleep(0.1)

    def is_reading(self) -> bool:
        """Whether it has a partition."""
        return " reading " in self.text

    def is_well(self) -> bool:
        """Whether it says that nothing is wrong."""
        return self.status()["error"] is None

    def pause(self) -> None:
        """SIGSTOP: it lives, and does nothing."""
        assert self.process is not None
        self.process.send_signal(signal.SIGSTOP)

    def resume(self) -> None:
        """SIGCONT: it goes on as if nothing had been."""
        assert self.process is not None
        self.process.send_signal(signal.SIGCONT)

    def kill(self) -> None:
        """SIGKILL: nothing can be tidied up."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()

    def stop(self) -> None:
        """SIGTERM."""
        assert self.process is not None
        self.process.terminate()
        assert self.process.wait(60) == 0, self.text
        assert "Traceback" not in self.text, self.text

    def run(self, *command: str, expect: int = 0) -> str:
        """Another command with the same settings, to its end; what it said."""
        done = subprocess.run(
            [sys.executable, "-m", "detector.cli", *command, "--config", str(self._config)],
            cwd=self._config.parent,
            env=self._environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            encoding="utf-8",
            timeout=60,
            check=False,
        )
        assert done.returncode == expect, done.stdout + done.stderr
        return done.stdout + done.stderr


class Shipper:
    """Writes documents keyed by namespace, a few at a time, as several Filebeats would."""

    def __init__(self, brokers: str, topic: str, values: Iterable[bytes]) -> None:
        # Filebeat's producer waits for a broker that is away, too.
        self._producer = Producer(
            {
                "bootstrap.servers": brokers,
                "linger.ms": 5,
                "enable.idempotence": True,
                "log_level": 0,
                "message.max.bytes": 20_000_000,
            }
        )
        self._topic, self._values = topic, list(values)
        self._stop = Event()
        self._thread: Thread | None = None

    def ship(self) -> None:
        """All at once."""
        for value in self._values:
            self._send(value)
        assert self._producer.flush(60) == 0

    def begin(self, rate: float) -> None:
        """So many a second, in a thread of its own."""

        def run() -> None:
            for value in self._values:
                if self._stop.is_set():
                    break
                self._send(value)
                time.sleep(1 / rate)
            self._producer.flush(60)

        self._thread = Thread(target=run)
        self._thread.start()

    def wait(self) -> None:
        """Until all is written."""
        if self._thread is not None:
            self._thread.join()

    def stop(self) -> None:
        """Write no more."""
        self._stop.set()
        self.wait()

    @property
    def running(self) -> bool:
        """Whether there is more to be written."""
        return self._thread is not None and self._thread.is_alive()

    def send(self, value: bytes, key: bytes, partition: int = -1) -> None:
        """One more message, at once; to the partition of its key where none is named."""
        self._producer.produce(self._topic, value, key, partition)
        assert self._producer.flush(60) == 0

    def _send(self, value: bytes) -> None:
        key = json.loads(value)["kubernetes"]["namespace"]
        self._producer.produce(self._topic, value, key)
        self._producer.poll(0)


def _section(name: str, values: Mapping[str, Any]) -> str:
    """As TOML; what is empty is left out, but for topics that aren't wanted."""
    kept = {key: value for key, value in values.items() if value != "" or key.endswith("topic")}
    return f"[{name}]\n" + "".join(f"{key} = {json.dumps(value)}\n" for key, value in kept.items())


def kafka_settings(brokers: str, topic: str, **more: Any) -> dict[str, Any]:
    """The sections that name what is read; dead letters go beside it."""
    return {
        "ingest": {"source": "kafka"},
        "kafka": {
            **SETTINGS["kafka"],
            "brokers": [brokers],
            "topic": topic,
            "group": topic,
            "dead_letter_topic": f"{topic}-dead",
            **more,
        },
    }


def ends(brokers: str, topic: str) -> dict[str, int]:
    """By partition, the offset after its last message; only of those that have any."""
    consumer = Consumer({"bootstrap.servers": brokers, "group.id": "looking", "log_level": 0})
    try:
        numbers = consumer.list_topics(topic, 10).topics[topic].partitions
        bounds = {n: _bounds(consumer, TopicPartition(topic, n)) for n in numbers}
        return {f"{topic}/{n}": high for n, (_, high) in bounds.items() if high}
    finally:
        consumer.close()


def _bounds(consumer: Consumer, place: TopicPartition, seconds: float = 30) -> tuple[int, int]:
    """The first offset and the one after the last; a broker leads its partitions only a little after its start."""
    until = time.monotonic() + seconds
    while True:
        try:
            low, high = consumer.get_watermark_offsets(place, 10)
            return low, high
        except KafkaException:
            if time.monotonic() > until:
                raise
            time.sleep(0.2)


def everything(brokers: str, topic: str) -> dict[int, list[Message]]:
    """By partition, all messages that are there."""
    wanted = ends(brokers, topic)
    consumer = Consumer({"bootstrap.servers": brokers, "group.id": "looking", "log_level": 0})
    found: dict[int, list[Message]] = {}
    try:
        for name, end in wanted.items():
            number = int(name.rpartition("/")[2])
            consumer.assign([TopicPartition(topic, number, OFFSET_BEGINNING)])
            mine = found.setdefault(number, [])
            until = time.monotonic() + 30
            while not mine or (mine[-1].offset() or 0) < end - 1:
                mine += [message for message in consumer.consume(5_000, 0.1) if message.error() is None]
                assert time.monotonic() < until, f"{name}: {len(mine)} of {end} messages"
        return found
    finally:
        consumer.close()


def undisturbed(path: Path, brokers: str, topic: str) -> dict[str, Any]:
    """What is counted where each partition is read to its end at once, by Python, in this process."""
    settings = Settings(detection=DetectionSettings(window="2s", lateness="1s", learn="24h"))
    rules = PartitionRules(Rules(ReadSettings(), SECOND, None), lateness=SECOND, disorder=3 * SECOND, delay=SECOND)
    now = time.time_ns() // 1_000
    with closing(open_store(path, shared=True)) as store:
        for number, fetched in everything(brokers, topic).items():
            with closing(store.scope(f"{topic}/{number}")) as scope:
                source = PartitionSource(topic, number, rules, clock=lambda: now, checkpoints={})
                pipeline = Pipeline(source, DrainEngine(), scope, settings)
                source.put([Read(message.offset() or 0, message.value() or b"") for message in fetched])
                while source.inbox:
                    pipeline.poll()
                for later in (
                    0,
                    60,
                    61,
                ):  # when it is seen that nothing has come for long, all is handed over; then windows end
                    source.reached(now + later * SECOND, len(fetched))
                    pipeline.poll()
                pipeline.close_windows()
        return contents(store)


def read_all(brokers: str, topic: str, seconds: float = 20, least: int = 1) -> list[Message]:
    """The messages of a topic, as soon as there are so many."""
    consumer = Consumer(
        {"bootstrap.servers": brokers, "group.id": f"{topic}-all", "auto.offset.reset": "earliest", "log_level": 0}
    )
    consumer.subscribe([topic])
    found: list[Message] = []
    until = time.monotonic() + seconds
    try:
        while len(found) < least and time.monotonic() < until:
            found += [message for message in consumer.consume(1_000, 0.2) if message.error() is None]
        return found
    finally:
        consumer.close()


def is_done(reader: Reader, wanted: Mapping[str, int]) -> bool:
    """Whether everything is in closed windows."""
    found = reader.checkpoints()
    return all(name in found and found[name].resume_at >= end for name, end in wanted.items())


def contents(reader: Reader) -> dict[str, Any]:
    """What was counted: by namespace and window, how many lines of each template; and the account of all lines."""
    text = {template.id: f"{template.workload}: {template.text}" for template in reader.templates()}
    tally = reader.tally()
    return {
        "counts": {
            status.namespace: {
                one.window: sorted((text[id_], n) for id_, n in zip(one.templates, one.counts.tolist(), strict=True))
                for one in reader.counts(status.namespace)
            }
            for status in reader.statuses()
        },
        "lines": (tally.read, tally.records, tally.joined, tally.pending, dict(tally.dropped)),
    }


def wait_until_done(store: Path, workers: Iterable[Worker], wanted: Mapping[str, int], seconds: float = 90) -> None:
    """Until everything that is in the topic is in closed windows."""
    until = time.monotonic() + seconds
    while True:
        state = {}
        with suppress(StoreError), closing(open_reader(store)) as reader:  # at first it isn't there
            if is_done(reader, wanted):
                return
            state = {name: (one.resume_at, one.read_to) for name, one in reader.checkpoints().items()}
        said = "\n".join(worker.text[-3_000:] for worker in workers)
        assert time.monotonic() < until, f"{state} of {dict(wanted)}\n{said}"
        codes = [worker.process.poll() for worker in workers if worker.process is not None]
        assert None in codes, f"all have ended, with {codes}\n{said}"
        time.sleep(0.2)
