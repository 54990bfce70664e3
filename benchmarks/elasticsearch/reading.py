"""Documents read per second: drainwatch's source against `elasticsearch.helpers.scan`.

    python -m benchmarks.elasticsearch.reading [ADDRESS] [PATH…]

Without an address, against a server of the tests; without a path, on the lines of the demo. The lines are loaded as
Filebeat's documents in the order of time, as a cluster gets them. Then all of them are read, in turn and several times:
by `scan` as it comes, by `scan` as one would tune it, and by the source, from the first poll to records joined. Printed
are documents a second, and the ratio to `scan` as it comes in the same turn, each as the median with the least and the
most.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from elasticsearch import Elasticsearch, helpers

from benchmarks.machine import describe
from benchmarks.templates import spread
from detector.demo import write_history
from detector.settings import Settings
from detector.wiring import open_source
from ingest.batch import LogBatch, Origin
from ingest.elasticsearch.client import connect
from ingest.elasticsearch.settings import Connection, SearchSettings
from ingest.elasticsearch.source import ElasticsearchSource
from ingest.settings import ReadSettings
from tests.ingest.elasticsearch.documents import document, load, make_index
from tests.servers.elasticsearch import NEWEST, Server
from tests.servers.names import fresh_prefix, remove

RUNS = 7
HOUR = 3_600_000_000
DEMO = 12 * HOUR
FIELDS = ["@timestamp", "message", "stream", "log.level", "log.offset", "log.file.path", "kubernetes", "container"]


@dataclass(frozen=True, slots=True)
class Loaded:
    """Documents in an index, and from when to before when their times are (microseconds UTC)."""

    index: str
    documents: int
    begin: int
    end: int
    bytes: int
    """Of all of them as JSON, about."""


def is_address(argument: str) -> bool:
    """Whether an argument names a server."""
    return argument.startswith(("http://", "https://"))


def lines(paths: Sequence[str]) -> LogBatch:
    """All records of these files, in the order of time."""
    source = open_source(paths, Settings(), follow=False, clock=lambda: time.time_ns() // 1_000)
    batches = []
    while not source.exhausted:
        batches.append(source.poll())
    source.close()
    return LogBatch.concat(batches).in_order()


def documents(batch: LogBatch) -> Iterator[dict[str, Any]]:
    """As Filebeat would have sent them."""
    names = [_file_name(origin) for origin in batch.origins]
    columns = zip(
        batch.time.tolist(), batch.origin.tolist(), batch.position.tolist(), batch.stream, batch.message, strict=True
    )
    for at, origin, position, stream, message in columns:
        second, micros = divmod(at, 1_000_000)
        stamp = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(second))
        yield document(names[origin], position, f"{stamp}.{micros:06}Z", message, stream or "stdout")


def _file_name(origin: Origin) -> str:
    return f"{origin.pod or origin.workload}_{origin.namespace}_{origin.container or 'main'}-{'0' * 64}.log"


def fill(client: Elasticsearch, index: str, paths: Sequence[str]) -> Loaded:
    """Load the lines of these files."""
    batch = lines(paths)
    size = 0

    def measured() -> Iterator[dict[str, Any]]:
        nonlocal size
        for number, each in enumerate(documents(batch)):
            size += len(str(each)) if number % 100 == 0 else 0
            yield each

    make_index(client, index)
    count = load(client, index, measured())
    return Loaded(index, count, int(batch.time.min()), int(batch.time.max()) + 1_000, size * 100)


def by_scan(client: Elasticsearch, loaded: Loaded, **options: Any) -> int:
    """As its documentation shows it."""
    return sum(1 for _ in helpers.scan(client, index=loaded.index, **options))


def by_source(connection: Connection, loaded: Loaded, **options: Any) -> int:
    """As the service reads what was written while it was away."""
    source = ElasticsearchSource(
        connection,
        SearchSettings(indices=(loaded.index,), **options),
        ReadSettings(),
        clock=lambda: time.time_ns() // 1_000,
        follow=False,
        since=loaded.begin,
        until=loaded.end,
    )
    while not source.exhausted:
        source.poll()
    source.close()
    return source.tally.read


def rate(task: Callable[[], int], loaded: Loaded) -> float:
    """Documents a second; all of them have to be there."""
    begin = time.perf_counter()
    count = task()
    seconds = time.perf_counter() - begin
    if count != loaded.documents:
        raise RuntimeError(f"{count} of {loaded.documents} documents were read.")
    return count / seconds


def report(connection: Connection, client: Elasticsearch, loaded: Loaded) -> str:
    """A line for each way of reading."""
    ways: dict[str, Callable[[], int]] = {
        "scan": lambda: by_scan(client, loaded),
        "scan, tuned": lambda: by_scan(client, loaded, size=10_000, query={"_source": FIELDS, "sort": ["_doc"]}),
        "drainwatch": lambda: by_source(connection, loaded),
        "drainwatch, source_filter": lambda: by_source(connection, loaded, source_filter=True),
    }
    rates: dict[str, list[float]] = {name: [] for name in ways}
    for run in range(RUNS + 1):
        for name, way in ways.items():
            found = rate(way, loaded)
            if run:  # the first turn warms the server up
                rates[name].append(found)
    said = [f"{'':26}{'documents/s':32}times scan"]
    for name, found_rates in rates.items():
        ratios = [one / scan for one, scan in zip(found_rates, rates["scan"], strict=True)]
        said.append(f"{name:26}{spread(found_rates, ',.0f'):32}{spread(ratios, '.2f')}")
    return "\n".join(said)


def main(arguments: Sequence[str]) -> None:
    """Print the comparison."""
    addresses = tuple(argument for argument in arguments if is_address(argument))
    paths = [argument for argument in arguments if not is_address(argument)]
    with ExitStack() as stack:
        if addresses:
            connection = Connection(hosts=addresses)
            client = stack.enter_context(closing(connect(connection)))
        else:
            server = stack.enter_context(closing(Server(NEWEST)))
            server.start()
            server.wait()
            connection, client = server.connection(), server.client
        if not paths:
            folder = stack.enter_context(TemporaryDirectory())
            end = time.time_ns() // 1_000 // HOUR * HOUR
            write_history(Path(folder), end - DEMO, end)
            paths = [f"{folder}/containers"]
        prefix = fresh_prefix()
        stack.callback(remove, client, prefix)
        loaded = fill(client, f"filebeat-{prefix}", paths)
        print(describe())
        size = loaded.bytes / max(loaded.documents, 1) / 1_000
        print(f"{loaded.documents:,} documents of {size:.1f} kB, {RUNS} runs, one shard")
        print(report(connection, client, loaded))


if __name__ == "__main__":
    main(sys.argv[1:])
