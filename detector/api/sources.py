"""Where lines and metrics come from, and with which packages they are looked at."""

from __future__ import annotations

import platform
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from importlib import metadata
from typing import Literal

from detector.settings import Settings
from detector.settings.origins import Origins
from detector.settings.shown import without_secrets

_PACKAGES = (
    *("apscheduler", "confluent-kafka", "drain3-improved", "elasticsearch", "fastapi", "httpx2", "msgspec", "numpy"),
    *("prometheus-client", "pydantic", "river", "scikit-learn", "scipy", "starlette", "uvicorn"),
)
"""Those that a fault may be due to."""


@dataclass(frozen=True, slots=True)
class InForce:
    """How a service is set."""

    settings: Settings
    origins: Origins
    paths: Sequence[str] = ()
    """What a source of files reads."""


@dataclass(frozen=True, slots=True)
class ReadFrom:
    """Where something is read from."""

    kind: Literal["files", "elasticsearch", "kafka", "prometheus"]
    where: tuple[str, ...]
    """Paths, patterns of indices, a topic, names of queries."""
    servers: tuple[str, ...] = ()
    """Addresses, without who asks."""


def sources_of(known: InForce) -> list[ReadFrom]:
    """That of lines first."""
    settings = known.settings
    match settings.ingest.source:
        case "files":
            found = [ReadFrom("files", tuple(known.paths))]
        case "elasticsearch":
            found = [ReadFrom("elasticsearch", settings.elasticsearch.indices, _plain(settings.elasticsearch.hosts))]
        case "kafka":
            found = [ReadFrom("kafka", (settings.kafka.topic,), _plain(settings.kafka.brokers))]
    if settings.prometheus.url:
        names = tuple(query.name for query in settings.prometheus.asked)
        found.append(ReadFrom("prometheus", names, _plain((settings.prometheus.url,))))
    return found


def _plain(addresses: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(map(without_secrets, addresses))


@cache
def python_version() -> str:
    """Such as `CPython 3.11.7`."""
    return f"{platform.python_implementation()} {platform.python_version()}"


@cache
def package_versions() -> Mapping[str, str]:
    """Of what drainwatch stands on, by name; looked up once."""
    found: dict[str, str] = {}
    for name in _PACKAGES:
        with suppress(metadata.PackageNotFoundError):
            found[name] = metadata.version(name)
    return found
