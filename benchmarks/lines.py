"""Lines as many systems write them, with values that vary: what a cluster's nodes hold, made from a seed.

Each system has a form (the head that its logger puts before a statement) and statements with places for values; common
statements come more often than rare ones, as in real logs.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import numpy as np

from ingest.batch import LogBatch, Origin
from ingest.columns import Texts

BEGIN = datetime(2026, 11, 21, 7, tzinfo=UTC)
STEP = timedelta(milliseconds=3)
_USERS = [
    "alice",
    "bob",
    "carol",
    "dave",
    "erin",
    "frank",
    "grace",
    "heidi",
    "ivan",
    "judy",
    "mallory",
    "niaj",
    "olivia",
    "peggy",
]
_THINGS = ["order", "invoice", "shipment", "basket", "payment", "refund", "voucher", "account", "session", "report"]
_HOSTS = ["db", "cache", "queue", "search", "auth", "mail", "gateway", "billing"]
_FAULTS = ["timeout", "connection refused", "broken pipe", "no route to host", "permission denied", "checksum mismatch"]

Value = Callable[[random.Random], str]
VALUES: dict[str, Value] = {
    "num": lambda pick: str(pick.randrange(10 ** pick.randint(1, 7))),
    "small": lambda pick: str(pick.randrange(12)),
    "ms": lambda pick: f"{pick.random() * 900:.{pick.randint(0, 3)}f}ms",
    "float": lambda pick: f"{pick.random() * 100:.4f}",
    "ip": lambda pick: f"10.{pick.randrange(256)}.{pick.randrange(256)}.{pick.randrange(1, 255)}",
    "port": lambda pick: str(pick.randrange(1_024, 65_536)),
    "hex": lambda pick: f"{pick.getrandbits(64):016x}",
    "uuid": lambda pick: "-".join(f"{pick.getrandbits(bits):0{bits // 4}x}" for bits in (32, 16, 16, 16, 48)),
    "user": lambda pick: pick.choice(_USERS),
    "mail": lambda pick: f"{pick.choice(_USERS)}{pick.randrange(100)}@example.org",
    "thing": lambda pick: pick.choice(_THINGS),
    "host": lambda pick: f"{pick.choice(_HOSTS)}-{pick.randrange(9)}",
    "fault": lambda pick: pick.choice(_FAULTS),
    "size": lambda pick: f"{pick.randrange(1, 999)}{pick.choice(['KB', 'MB', 'KiB', 'B'])}",
    "pod": lambda pick: (
        f"{pick.choice(_HOSTS)}-{pick.getrandbits(32):08x}"[:13] + f"-{pick.choice('bcdfg')}x2k{pick.choice('vwz')}"
    ),
    "path": lambda pick: f"/api/v{pick.randint(1, 2)}/{pick.choice(_THINGS)}s/{pick.randrange(10**5)}",
    "thread": lambda pick: f"http-nio-8080-exec-{pick.randint(1, 40)}",
    "status": lambda pick: pick.choice(["200", "200", "200", "200", "201", "304", "404", "500"]),
    "verb": lambda pick: pick.choice(["GET", "GET", "GET", "POST", "PUT", "DELETE"]),
}


@dataclass(frozen=True)
class System:
    """Who writes: `head` is what the logger puts before a statement and `tail` what it puts after it.

    `{…}` are values, `%…` parts of the time (`%3` milliseconds); level, class and source line are the statement's own.
    """

    name: str
    head: str
    levels: Sequence[str]
    """From the commonest to the rarest."""
    statements: Sequence[str]
    tail: str = ""


_APPLICATION = (
    "{thing} {num} placed by {user} in {ms}",
    "Fetched {small} {thing}s of user {num}",
    "Cache miss for key {thing}:{num}, loading from {host}",
    "Request {uuid} from {ip} took {ms}",
    "Sending mail to {mail} about {thing} {num}",
    "Retrying call to http://{host}.svc:8080{path} (attempt {small} of 5): {fault}",
    "Scheduled job {thing}-cleanup removed {num} rows in {ms}",
    "Could not reserve {thing} {num}: {fault}",
    "Token of {user} refreshed, expires in {num} s, trace {hex}",
    "Pool stats (total={small}, active={small}, idle={small}, waiting={small})",
    "Health check of {host} at {ip}:{port} answered {status}",
    "Batch {num} done: [{num}, {num}, {num}] of {thing}s written to /data/{thing}/{uuid}.parquet ({size})",
)
_DATABASE = (
    "duration: {float} ms  statement: SELECT * FROM {thing}s WHERE id = {num} AND owner = '{user}'",
    "connection received: host={ip} port={port}",
    "connection authorized: user={user} database={thing} application_name=app-{small}",
    "disconnection: session time: 0:00:{float} user={user} database={thing} host={ip} port={port}",
    "checkpoint complete: wrote {num} buffers ({float}%); write={float} s, sync={float} s, total={float} s",
    'automatic vacuum of table "{thing}.public.items": index scans: {small}, pages: {num} removed, {num} remain',
    "canceling statement due to statement timeout",
    "could not receive data from client: {fault}",
)
_CLUSTER = (
    "Starting container {thing} of pod default/{pod}",
    "Successfully assigned default/{pod} to node-{small}",
    "Syncing {thing} default/{pod} took {ms}",
    "Readiness probe for pod {pod} failed: Get http://{ip}:{port}/healthz: {fault}",
    "Garbage collected {num} objects, freed {size}",
    "Observed endpoints of service {host}: [{ip}:{port} {ip}:{port}]",
    "Failed to pull image registry.example.org/{thing}@sha256:{hex}{hex}{hex}{hex}: {fault}",
)
_BROKER = (
    "[GroupCoordinator {small}]: Preparing to rebalance group {thing}-workers in state Stable with generation {num}",
    "[Log partition={thing}-{small}, dir=/var/lib/kafka] Rolled new log segment at offset {num} in {num} ms.",
    "[ReplicaFetcher replicaId={small}, leaderId={small}, fetcherId=0] Truncating partition {thing}-{small} to {num}",
    "[SocketServer] Failed authentication with {host}/{ip}:{port} ({fault})",
    "[Controller id={small}] Processing automatic preferred replica leader election",
)
_ACCESS = (
    '{ip} - {user} [%d/%b/%Y:%H:%M:%S +0000] "{verb} {path} HTTP/1.1" {status} {num} "-" '
    '"client/{small}.{small}" {float}'
)
_LOOKUP = (
    '{ip}:{port} - {num} "A IN {host}.default.svc.cluster.local. udp 54 false 512" NOERROR qr,aa,rd 106 0.000{small}s'
)

SYSTEMS = (
    System(
        "spring",
        "%Y-%m-%d %H:%M:%S.%3  {level} 1 --- [{thread}] {class} : ",
        ("INFO", "DEBUG", "WARN", "ERROR"),
        _APPLICATION,
    ),
    System("logback", "%H:%M:%S.%3 [{thread}] {level} {class} - ", ("INFO", "DEBUG", "WARN", "ERROR"), _APPLICATION),
    System("log4j", "[%Y-%m-%d %H:%M:%S,%3] {level} ", ("INFO", "INFO", "WARN", "ERROR"), _BROKER, " (kafka.server)"),
    System("klog", "{level}%m%d %H:%M:%S.%3       1 controller.go:{line}] ", ("I", "I", "W", "E"), _CLUSTER),
    System(
        "zap",
        '{"level":"{level}","ts":"%Y-%m-%dT%H:%M:%S.%3Z","caller":"app/{logger}.go:{line}","msg":"',
        ("info", "debug", "warn", "error"),
        _APPLICATION,
        '","trace_id":"{hex}"}',
    ),
    System(
        "pino",
        '{"level":{level},"time":"%Y-%m-%dT%H:%M:%S.%3Z","pid":1,"hostname":"{host}","msg":"',
        ("30", "20", "40", "50"),
        _APPLICATION,
        '"}',
    ),
    System(
        "logfmt",
        'time=%Y-%m-%dT%H:%M:%SZ level={level} component={logger} msg="',
        ("info", "debug", "warning", "error"),
        _CLUSTER,
        '" took={ms}',
    ),
    System("go", "%Y/%m/%d %H:%M:%S ", ("",), _APPLICATION),
    System(
        "python", "%Y-%m-%d %H:%M:%S,%3 {level} [shop.{logger}] ", ("INFO", "DEBUG", "WARNING", "ERROR"), _APPLICATION
    ),
    System(
        "structlog",
        "%Y-%m-%dT%H:%M:%S.%3Z [{level}     ] ",
        ("info", "debug", "warning", "error"),
        _APPLICATION,
        " user={user} request={uuid}",
    ),
    System("postgres", "%Y-%m-%d %H:%M:%S.%3 UTC [{num}] {level}:  ", ("LOG", "LOG", "ERROR", "FATAL"), _DATABASE),
    System(
        "mysql",
        "%Y-%m-%dT%H:%M:%S.%3Z {small} [{level}] [MY-0{small}0000] [Server] ",
        ("Note", "Note", "Warning", "ERROR"),
        _DATABASE,
    ),
    System("nginx", _ACCESS, ("",), ("",)),
    System(
        "redis",
        "1:M %d %b %Y %H:%M:%S.%3 * ",
        ("",),
        (
            "{num} changes in {num} seconds. Saving...",
            "Background saving started by pid {num}",
            "DB saved on disk",
            "Fork CoW for RDB: current {small} MB, peak {num} MB, average {small} MB",
        ),
    ),
    System(
        "coredns",
        "[{level}] ",
        ("INFO", "INFO", "WARNING", "ERROR"),
        (_LOOKUP,),
    ),
    System("syslog", "<30>%b %d %H:%M:%S {host} kubelet[{num}]: ", ("",), _CLUSTER),
    System("dotnet", "{level}: Shop.{logger}.Worker[{small}] ", ("info", "dbug", "warn", "fail"), _APPLICATION),
    System("plain", "", ("",), _APPLICATION),
)


def mixed(count: int, seed: int = 1) -> LogBatch:
    """Records of all systems, as if each were a workload of its own; three namespaces."""
    origins = tuple(Origin(f"mixed-{index % 3}", system.name) for index, system in enumerate(SYSTEMS))
    lines = list(_written(count, seed))
    return LogBatch(
        origins=origins,
        partitions=("made up",),
        time=np.array([at for at, _, _ in lines], np.int64),
        origin=np.array([origin for _, origin, _ in lines], np.int32),
        partition=np.zeros(count, np.int32),
        position=np.arange(count, dtype=np.int64),
        stream=("stdout",) * count,
        level=("",) * count,
        message=Texts.of([message for _, _, message in lines]),
    )


def _written(count: int, seed: int) -> Iterator[tuple[int, int, str]]:
    """Time in microseconds UTC, index of the system, and message."""
    pick = random.Random(seed)
    for number in range(count):
        time = BEGIN + number * STEP
        origin = pick.randrange(len(SYSTEMS))
        yield int(time.timestamp() * 1e6), origin, line_of(SYSTEMS[origin], time, pick)


def line_of(system: System, time: datetime, pick: random.Random) -> str:
    """One line of a system."""
    # The first statement comes about twice as often as the second, and so on.
    index = min(int(pick.expovariate(0.4)), len(system.statements) - 1)
    own = random.Random(index)
    fixed = {
        "level": system.levels[min(index // 4, len(system.levels) - 1)],
        "class": f"c.e.shop.{own.choice(_THINGS).title()}Service",
        "logger": own.choice(_THINGS),
        "line": str(own.randrange(20, 900)),
    }

    def value(found: re.Match[str]) -> str:
        return fixed.get(found[1]) or VALUES[found[1]](pick) if found[1] in fixed.keys() | VALUES.keys() else found[0]

    milliseconds = f"{time.microsecond // 1_000:03}"
    head = time.strftime(system.head.replace("%3", milliseconds)) if "%" in system.head else system.head
    return re.sub(r"\{(\w+)\}", value, head + system.statements[index] + system.tail)
