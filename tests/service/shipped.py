"""Logs of one workload in Elasticsearch, and settings to read them and keep results beside them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np

from detector.settings import Settings
from detector.settings.model import (
    DetectionSettings,
    ElasticsearchSettings,
    IngestSettings,
    ServiceSettings,
    StoreSettings,
)
from tests.ingest.elasticsearch.documents import document
from tests.servers.access import PASSWORD
from tests.servers.elasticsearch import Server

SECOND = 1_000_000
FILE = f"cart-7d9c5b6f4-x2x7k_shop_cart-{'0' * 64}.log"
USUAL = ("INFO added item {} to cart", "INFO cart has {} items", "INFO sent order {}")
ERROR = "ERROR cart store refused the connection after {} ms"


def usual(begin: int, end: int, a_second: float, seed: int = 1) -> list[dict[str, Any]]:
    """What is logged from `begin` to `end` (microseconds UTC) while all is well."""
    chance = np.random.default_rng(seed)
    times = np.sort(chance.integers(begin, end, chance.poisson((end - begin) / SECOND * a_second)))
    return [line(int(time), USUAL[int(chance.integers(3))], int(chance.integers(5_000))) for time in times]


def errors(begin: int, end: int, a_second: float) -> list[dict[str, Any]]:
    """What is logged beside it when something is wrong."""
    step = int(SECOND / a_second)
    return [line(time, ERROR, number) for number, time in enumerate(range(begin, end, step))]


def line(time: int, text: str, number: int) -> dict[str, Any]:
    """A document."""
    return document(FILE, time // 1_000 % 10**9, rfc3339(time), text.format(number))


def rfc3339(time: int) -> str:
    """Microseconds UTC as a document has them."""
    moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=time)
    return f"{moment:%Y-%m-%dT%H:%M:%S.%f}Z"


def settings(server: Server, prefix: str, *, user: str = "service", **detection: Any) -> Settings:
    """Of a service that reads `filebeat-<prefix>` and keeps results under the prefix."""
    return Settings(
        ingest=IngestSettings(source="elasticsearch", poll_interval=timedelta(seconds=0.2)),
        detection=DetectionSettings(trees=10, **detection),
        elasticsearch=ElasticsearchSettings.model_validate(
            {
                "hosts": server.url,
                "ca_file": server.ca_file,
                "username": user,
                "password": PASSWORD,
                "indices": f"filebeat-{prefix}",
                "prefix": prefix,
                "query_delay": "1s",
            }
        ),
        store=StoreSettings(kind="elasticsearch"),
        service=ServiceSettings(port=0),
    )


def environ(server: Server, prefix: str, **more: str) -> dict[str, str]:
    """The same for a command."""
    named = {
        "ELASTICSEARCH__HOSTS": server.url,
        "ELASTICSEARCH__CA_FILE": str(server.ca_file),
        "ELASTICSEARCH__USERNAME": "service",
        "ELASTICSEARCH__PASSWORD": PASSWORD,
        "ELASTICSEARCH__INDICES": f"filebeat-{prefix}",
        "ELASTICSEARCH__PREFIX": prefix,
        "DETECTION__TREES": "10",
        **more,
    }
    return {f"DRAINWATCH_{name}": value for name, value in named.items()}


def times(documents: Iterable[dict[str, Any]]) -> list[str]:
    """When the lines of some documents were logged."""
    return [one["@timestamp"] for one in documents]
