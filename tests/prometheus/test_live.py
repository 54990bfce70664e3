"""From log lines to Prometheus, Alertmanager and the dashboard's queries, with nothing but real programs in between."""

from __future__ import annotations

import math
import re
import time
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from urllib.error import HTTPError

import pytest

from tests.conftest import begin
from tests.prometheus.files import RULES, alerts, as_grafana_asks, dashboard, in_seconds, queries
from tests.servers.alertmanager import Alertmanager
from tests.servers.prometheus import Prometheus, Sample
from tests.service.serving import ServiceProcess
from tests.service.test_feedback import Shop

pytestmark = pytest.mark.long
FIRES = "DrainwatchAnomalyMajor"
CHANNEL = """
[alerts.channels.out]
type = "stdout"
"""


@dataclass(frozen=True)
class Watched:
    """A shop whose logs are read by drainwatch, which is scraped by Prometheus, which tells Alertmanager."""

    shop: Shop
    service: ServiceProcess
    prometheus: Prometheus
    alertmanager: Alertmanager

    def told(self, alert: str) -> list[dict[str, str]]:
        """Labels of the alerts of this name that Alertmanager knows of as firing."""
        return [one["labels"] for one in self.alertmanager.alerts() if one["labels"]["alertname"] == alert]


@pytest.fixture(scope="module")
def watched(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Watched]:
    folder = tmp_path_factory.mktemp("watched")
    rules = [folder / path.name for path in RULES]
    for path, mine in zip(RULES, rules, strict=True):
        mine.write_text(in_seconds(path.read_text("utf-8")))
    with ExitStack() as stack:
        shop, service = Shop(folder / "logs"), ServiceProcess(folder / "shop.sqlite", [folder / "logs"], CHANNEL)
        shop.start()
        stack.callback(shop.over.set)
        service.start()
        stack.callback(service.stop)
        alertmanager = Alertmanager()
        stack.callback(alertmanager.close)
        begin(alertmanager)
        address = service.address.removeprefix("http://").strip("/")
        prometheus = Prometheus([address], rules, alertmanagers=[alertmanager.address])
        stack.callback(prometheus.close)
        begin(prometheus)
        prometheus.wait_for("drainwatch_anomaly_score")
        yield Watched(shop, service, prometheus, alertmanager)


def test_a_spike_fires_in_alertmanager_and_is_resolved_when_it_is_over(watched: Watched) -> None:
    assert watched.told(FIRES) == []
    watched.shop.failing.set()
    watched.prometheus.wait_for('drainwatch_anomaly_score{namespace="shop"} >= 50', seconds=60)
    watched.alertmanager.wait_for(lambda _: watched.told(FIRES) != [])
    (labels,) = watched.told(FIRES)
    assert labels == {"alertname": FIRES, "job": "drainwatch", "namespace": "shop", "severity": "warning"}
    (alert,) = (one for one in watched.prometheus.alerts() if one["labels"]["alertname"] == FIRES)
    assert re.fullmatch(r"The logs of shop have been unusual .* score \d+\.", alert["annotations"]["summary"])
    watched.shop.failing.clear()
    watched.alertmanager.wait_for(lambda _: watched.told(FIRES) == [], seconds=60)


def test_what_drainwatch_told_by_itself_is_counted(watched: Watched) -> None:
    (sent,) = watched.prometheus.wait_for("drainwatch_notifications_sent_total > 0")
    assert sent.labels["channel"] == "out"
    (last,) = watched.prometheus.query("time() - drainwatch_last_notification_timestamp_seconds")
    assert 0 <= last.value < 120
    watched.prometheus.wait_for('drainwatch_step_duration_seconds_count{step="alerts"} > 0')
    (failing,) = watched.prometheus.query('drainwatch_task_failing{task="alerts"}')
    assert failing.value == 0


def test_nothing_else_fires_while_all_is_well(watched: Watched) -> None:
    """Not even where minutes are seconds."""
    about = {alert["labels"]["alertname"] for alert in watched.prometheus.alerts() if alert["state"] == "firing"}
    service = {name for name in alerts() if not name.startswith(("DrainwatchAnomaly", "DrainwatchIncident"))}
    assert about & service == set()


def test_every_rule_is_evaluated_without_error(watched: Watched) -> None:
    rules = watched.prometheus.rules()
    assert {rule["name"] for rule in rules if rule["type"] == "alerting"} == set(alerts())
    assert {rule["name"]: rule.get("lastError") for rule in rules if rule["health"] != "ok"} == {}
    recorded = [rule["name"] for rule in rules if rule["type"] == "recording"]
    assert [name for name in recorded if not watched.prometheus.query(name)] == []


def ask_for_all(watched: Watched) -> None:
    """So that there are answers whose time can be shown, also of what isn't there."""
    for path in ("api/v1/status", "api/v1/incidents", ""):
        urllib.request.urlopen(watched.service.address + path, timeout=10).close()
    with pytest.raises(HTTPError, match="404"):
        urllib.request.urlopen(watched.service.address + "nothing", timeout=10)


def tear(watched: Watched) -> None:
    """Write lines that can't be counted, between those that can."""
    (path,) = watched.service.store.with_name("logs").glob("cart-*.log")
    with path.open("a") as log:
        log.write("torn\n" * 20)
    watched.prometheus.wait_for("rate(drainwatch_lines_dropped_total[4s]) > 0")


def shown(samples: list[Sample]) -> bool:
    return any(math.isfinite(value) for sample in samples for _, value in sample.values)


@pytest.mark.parametrize("namespaces", [".*", "(shop|bank)"])
def test_every_panel_of_the_dashboard_has_something_to_show(watched: Watched, namespaces: str) -> None:
    ask_for_all(watched)
    tear(watched)
    watched.prometheus.wait_for('rate(drainwatch_http_request_duration_seconds_count{route="(none)"}[4s])')
    now = time.time()
    asked = [(title, as_grafana_asks(query, namespaces)) for title, query in queries()]
    found = [(title, watched.prometheus.query_range(query, now - 60, now, 1)) for title, query in asked]
    assert [title for title, samples in found if not shown(samples)] == []


def test_variables_of_the_dashboard_find_their_values(watched: Watched) -> None:
    found = {}
    for variable in dashboard()["templating"]["list"]:
        if variable["type"] == "query":
            asked = re.fullmatch(r"label_values\((.*), (\w+)\)", variable["query"]["query"])
            assert asked, variable
            series = watched.prometheus.query(as_grafana_asks(asked[1]))
            found[variable["name"]] = {sample.labels[asked[2]] for sample in series}
    assert found == {"job": {"drainwatch"}, "namespace": {"shop"}}


def test_an_alert_is_marked_on_the_dashboard(watched: Watched) -> None:
    (marks,) = dashboard()["annotations"]["list"]
    now = time.time()
    fired = watched.prometheus.query_range(marks["expr"], now - 300, now, 1)
    assert FIRES in {sample.labels["alertname"] for sample in fired}


def test_drainwatch_that_is_gone_is_noticed(watched: Watched) -> None:
    """The last of these tests: it ends the service."""
    watched.service.kill()
    watched.alertmanager.wait_for(lambda _: watched.told("DrainwatchDown") != [])
    (labels,) = watched.told("DrainwatchDown")
    assert labels["severity"] == "critical"
