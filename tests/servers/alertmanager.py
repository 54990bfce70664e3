"""A real Alertmanager of a test's own.

https://prometheus.io/docs/alerting/latest/configuration/
https://github.com/prometheus/alertmanager/blob/main/api/v2/openapi.yaml
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from tests.servers.program import Program, installed
from tests.servers.prometheus import version

PACKAGE = "prometheus-alertmanager"
NOBODY_HEARS = {"route": {"receiver": "nobody"}, "receivers": [{"name": "nobody"}]}
"""A configuration that takes alerts and sends nothing on."""


class Alertmanager(Program):
    """An Alertmanager process, alone, without peers."""

    name = "Alertmanager"

    def __init__(self, config: Mapping[str, Any] | None = None) -> None:
        super().__init__()
        self._config = config or NOBODY_HEARS

    def configure(self, config: Mapping[str, Any]) -> None:
        """Take another configuration, at once."""
        self._config = config
        self._configure()
        self.reload()

    def send_to(self, webhook: str) -> None:
        """Send on what comes, as soon as it comes and when it is resolved, to a webhook (a whole URL)."""
        hook = {"name": "hook", "webhook_configs": [{"url": webhook, "send_resolved": True}]}
        timing = {"group_by": ["..."], "group_wait": "0s", "group_interval": "1s", "repeat_interval": "1h"}
        self.configure({"route": {"receiver": "hook", **timing}, "receivers": [hook]})

    def alerts(self) -> list[dict[str, Any]]:
        """Those that are active: `labels`, `annotations`, `startsAt`, `endsAt`, `generatorURL`, `status`.

        What is resolved is no longer among them.
        """
        found: list[dict[str, Any]] = self.ask("/api/v2/alerts")
        return found

    def wait_for(
        self, holds: Callable[[list[dict[str, Any]]], bool] = bool, seconds: float = 30
    ) -> list[dict[str, Any]]:
        """The alerts as soon as they are as they should be: any, where nothing else is said."""
        until = time.monotonic() + seconds
        while not holds(found := self.alerts()):
            assert time.monotonic() < until, f"the alerts still are {found}"
            time.sleep(0.1)
        return found

    def post(self, *alerts: Mapping[str, Any]) -> None:
        """Tell it of alerts, as a client does."""
        self.ask("/api/v2/alerts", json.dumps(alerts).encode())

    def _configure(self) -> None:
        (self.folder / "alertmanager.yml").write_text(json.dumps(self._config))  # which YAML is, too

    def _command(self) -> Sequence[str | Path]:
        return (
            _program(),
            "--config.file=alertmanager.yml",
            "--storage.path=data",
            f"--web.listen-address={self.address}",
            "--cluster.listen-address=",
            "--log.level=warn",
        )


def _program() -> Path:
    return installed("prometheus-alertmanager", "alertmanager", package=PACKAGE)


def prepare() -> str:
    """The version that will run. Raises `MissingError` where it has to be installed first."""
    return version(_program())
