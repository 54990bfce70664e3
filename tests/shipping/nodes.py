"""A node's /var/log as kubelet keeps it, and what drainwatch finds in such files and in documents of them."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from detector.demo.faults import MINUTE
from detector.demo.writer import log_folder, write_history
from ingest.files import FileSource
from ingest.settings import ReadSettings
from tests.ingest.logs import NOON, Clock, cri
from tests.shipping.traces import APART, TRACES, container_lines

UID = "8e3e512e-1178-4855-9341-0943373e25e5"
CONTROL = "\x01" * 300_000
"""A line that is six times as long in JSON."""


class Found(NamedTuple):
    """A record as it counts."""

    namespace: str
    workload: str
    pod: str
    container: str
    stream: str
    milliseconds: int
    message: str
    """Without blank lines, which drainwatch leaves out and Filebeat keeps."""


def node(root: Path) -> Path:
    """Ten minutes of the demo's cluster and all stack traces, each of a container of its own; the root of its paths."""
    write_history(root / "demo", NOON - 10 * MINUTE, NOON)
    for path in log_folder(root / "demo").iterdir():
        pod, namespace, rest = path.name.split("_")
        add(root, namespace, pod, rest[:-69], path.read_bytes(), rest[-68:-4])
    for number, trace in enumerate(one for one in TRACES if one.name != APART):
        around = ["2026-03-02 12:00:00 INFO before", *trace.lines, "2026-03-02 12:00:02 INFO after"]
        add(root, "traces", f"app-{number}", "app", "".join(container_lines(around * 3, number / 100_000)).encode())
    add(root, "traces", "long-0", "app", parts(CONTROL).encode())
    add(root, "traces", "shouted-0", "app", parts("x" * 40_000).encode())
    return root


def parts(text: str) -> str:
    """A line as containerd writes it: at most 16 KiB at once."""
    size = 16_384
    cut = [text[at : at + size] for at in range(0, len(text), size)]
    return "".join(cri(0, part, tag="F" if at == len(cut) - 1 else "P") for at, part in enumerate(cut))


def add(root: Path, namespace: str, pod: str, container: str, data: bytes, id_: str = "a" * 64) -> Path:
    """A container's file, and the link to it."""
    file = root / f"var/log/pods/{namespace}_{pod}_{UID}/{container}/0.log"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(data)
    link = root / f"var/log/containers/{pod}_{namespace}_{container}-{id_}.log"
    link.parent.mkdir(parents=True, exist_ok=True)
    link.symlink_to(file)
    return file


def in_order(documents: Path) -> Path:
    """The same by their times, as Elasticsearch hands them over: Filebeat reads many old files side by side."""
    ordered = documents.with_name("ordered.ndjson")
    parsed = [json.loads(line) for line in documents.read_bytes().splitlines()]
    parsed.sort(key=lambda one: (one["@timestamp"], one["log"]["file"]["path"], one["log"]["offset"]))
    ordered.write_text("".join(f"{json.dumps(one)}\n" for one in parsed))
    return ordered


def records(paths: Iterable[Path]) -> Counter[Found]:
    """What drainwatch finds in files: a node's own, or of documents."""
    source = FileSource(list(paths), ReadSettings(), follow=False, clock=Clock())
    found: Counter[Found] = Counter()
    while not source.exhausted:
        batch = source.poll()
        for row in range(len(batch)):
            origin = batch.origins[batch.origin[row]]
            message = re.sub(r"\n\s*(?=\n|$)", "", batch.message[row])
            at = int(batch.time[row]) // 1_000
            who = (origin.namespace, origin.workload, origin.pod, origin.container)
            found[Found(*who, batch.stream[row], at, message)] += 1
    assert source.tally.balanced
    source.close()
    return found
