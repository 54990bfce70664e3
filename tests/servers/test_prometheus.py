"""The Prometheus and the Alertmanager that tests run on are what they claim to be."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from queue import Queue
from typing import Any

import pytest

from tests.conftest import begin
from tests.servers.alertmanager import Alertmanager
from tests.servers.prometheus import Prometheus, promtool

Start = Callable[..., Prometheus]
RULE = """
groups:
  - name: example
    rules:
      - {alert: Hot, expr: temperature > 30, labels: {severity: critical}}
"""


@contextmanager
def exporter(metrics: Callable[[], str], posted: Queue[Any] | None = None) -> Iterator[str]:
    """Serves metrics, and takes what is posted; gives its address."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._answer(metrics().encode())

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            if posted is not None:
                posted.put(json.loads(body))
            self._answer(b"")

        def _answer(self, body: bytes) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/plain; version=0.0.4")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"127.0.0.1:{server.server_address[1]}"
        server.shutdown()


def test_what_is_scraped_is_answered_and_fires_until_it_is_over(
    prometheus: Start, alertmanager: Alertmanager, tmp_path: Path
) -> None:
    temperature = [21]
    (tmp_path / "rules.yml").write_text(RULE)
    with exporter(lambda: f'temperature{{room="attic"}} {temperature[0]}\n') as address:
        server = prometheus([address], [tmp_path / "rules.yml"], alertmanagers=[alertmanager.address])
        (found,) = server.wait_for("temperature")
        assert (found.labels["room"], found.value) == ("attic", 21)
        assert [target["health"] for target in server.targets()] == ["up"]
        assert [rule["name"] for rule in server.rules()] == ["Hot"]
        assert alertmanager.alerts() == []
        temperature[0] = 35
        (alert,) = alertmanager.wait_for()
        assert alert["labels"]["room"] == "attic"
        temperature[0] = 20
        alertmanager.wait_for(lambda alerts: not alerts)


def test_it_holds_the_history_that_it_was_given(prometheus: Start) -> None:
    begin_at = int(time.time()) - 3600
    lines = [f'requests_total{{app="shop"}} {60 * minute} {begin_at + 60 * minute}' for minute in range(50)]
    server = prometheus(history="\n".join(("# TYPE requests counter", *lines, "# EOF", "")))
    (rates,) = server.query_range("rate(requests_total[5m])", begin_at + 600, begin_at + 1200, 60)
    assert [rate for _, rate in rates.values] == pytest.approx([1.0] * 11)


def test_an_alertmanager_sends_on_what_it_is_told(alertmanager: Alertmanager) -> None:
    posted: Queue[Any] = Queue()
    with exporter(str, posted) as address:
        alertmanager.send_to(f"http://{address}/hook")
        now = datetime.now(UTC)
        alert = {"labels": {"alertname": "LogAnomaly"}, "startsAt": now.isoformat()}
        alertmanager.post(alert)
        assert posted.get(timeout=10)["status"] == "firing"
        alertmanager.post({**alert, "endsAt": (now + timedelta(milliseconds=1)).isoformat()})
        assert posted.get(timeout=10)["status"] == "resolved"


def test_they_can_go_and_come_back_at_the_same_address() -> None:
    for server in (Prometheus(), Alertmanager()):
        begin(server)
        address = server.address
        for go in (server.stop, server.kill):
            go()
            with pytest.raises(OSError, match="refused"):
                server.ask("/-/ready")
            server.start()
            server.wait()
            assert server.address == address
        server.close()


def test_promtool_finds_fault(tmp_path: Path) -> None:
    assert (
        promtool("check", "metrics", folder=tmp_path, given="# HELP a_total All.\n# TYPE a_total counter\na_total 1\n")
        == ""
    )
    with pytest.raises(AssertionError, match="no help text"):
        promtool("check", "metrics", folder=tmp_path, given="# TYPE a_total counter\na_total 1\n")
