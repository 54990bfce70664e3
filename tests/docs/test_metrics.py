"""docs/metrics.md names every metric, with type and labels, and none that isn't there."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import closing

import pytest
from prometheus_client import Metric
from prometheus_client.parser import text_string_to_metric_families
from starlette.testclient import TestClient

from detector.alerts.delivery import ChannelCount
from detector.api.app import create_app
from detector.api.live import LiveStatus, PartitionStatus
from detector.outputs.outbox import Figures
from detector.store.sqlite import open_reader
from tests.cli.stored import MINUTE, SEVEN, filled
from tests.docs.markdown import table_rows, text_of


@pytest.fixture(scope="module")
def families(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[Metric]]:
    """All that is exported by a service that has something of everything."""
    live = LiveStatus("python", SEVEN, lag_seconds=1.0, last_pass_at=SEVEN)
    live.partitions = (PartitionStatus("logs/0", 5, 7, SEVEN),)
    live.tasks = lambda: {"alerts": False}
    live.metric_scores = lambda: {"shop": 12.0}
    live.outputs = lambda: [Figures("kafka", 3, 5, 1, 0)]
    live.channels = lambda: {"ops": ChannelCount("slack", 5, 1, 0, SEVEN)}
    with closing(open_reader(filled(tmp_path_factory.mktemp("store") / "drainwatch.sqlite"))) as reader:
        app = create_app(reader, live=live, clock=lambda: SEVEN + 60 * MINUTE, host_names=["testserver"])
        with TestClient(app) as client:
            client.get("/metrics")
            yield list(text_string_to_metric_families(client.get("/metrics").text))


def test_every_metric_with_its_type_and_labels(families: list[Metric]) -> None:
    rows = [row for row in table_rows(text_of("docs/metrics.md")) if row[0].startswith("`drainwatch_")]
    documented = {row[0].strip("`"): (row[1], set(re.findall("`([^`]+)`", row[2]))) for row in rows}
    exported = {}
    for family in families:
        name = family.name + "_total" * (family.type == "counter")
        labels = {label for sample in family.samples for label in sample.labels}
        exported[name] = family.type, labels - ({"le"} if family.type == "histogram" else set())
    assert documented == {name: what for name, what in exported.items() if name.startswith("drainwatch_")}


def test_what_any_process_tells_of_itself(families: list[Metric]) -> None:
    named = set(re.findall("`((?:process|python)_[a-z_]+)`", text_of("docs/metrics.md")))
    told = {family.name + "_total" * (family.type == "counter") for family in families}
    assert {name for name in told if not name.startswith("drainwatch_")} <= named
