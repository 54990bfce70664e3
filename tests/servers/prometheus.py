"""A real Prometheus of a test's own that scrapes, evaluates rules and tells an Alertmanager, and its `promtool`.

https://prometheus.io/docs/prometheus/latest/configuration/configuration/
https://prometheus.io/docs/prometheus/latest/querying/api/
"""

from __future__ import annotations

import json
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from tests.servers.missing import MissingError, skip
from tests.servers.program import Program, installed

PACKAGE = "prometheus"


@dataclass(frozen=True, slots=True)
class Sample:
    """One series of an answer."""

    labels: Mapping[str, str]
    """Without `__name__`."""
    values: tuple[tuple[float, float], ...]
    """Times (seconds since 1970, UTC) and values; one pair of an instant query."""

    @property
    def value(self) -> float:
        """The newest."""
        return self.values[-1][1]


class Prometheus(Program):
    """A Prometheus process.

    `targets` (`127.0.0.1:8080`) are scraped `every` so often at `/metrics` as the job `drainwatch`, for the first time
    five seconds after its start. `rules` are files of rules, evaluated as often; `alertmanagers` (`127.0.0.1:9093`) are
    told what fires. `history` is text in OpenMetrics' format, with times, that it holds from the beginning.
    """

    name = "Prometheus"

    def __init__(
        self,
        targets: Sequence[str] = (),
        rules: Sequence[Path] = (),
        *,
        alertmanagers: Sequence[str] = (),
        every: str = "1s",
        history: str = "",
    ) -> None:
        super().__init__()
        self._targets, self._rules, self._alertmanagers = targets, rules, alertmanagers
        self._every, self._history = every, history

    def query(self, expression: str, at: float | None = None) -> list[Sample]:
        """What PromQL gives now, or at a time (seconds since 1970, UTC). Raises `AssertionError` for a warning."""
        return self._samples("query", {"query": expression} | ({} if at is None else {"time": at}))

    def query_range(self, expression: str, start: float, end: float, step: float) -> list[Sample]:
        """The same at each time of a grid, in seconds."""
        return self._samples("query_range", {"query": expression, "start": start, "end": end, "step": step})

    def wait_for(
        self, expression: str, holds: Callable[[list[Sample]], bool] = bool, seconds: float = 30
    ) -> list[Sample]:
        """The answer as soon as it is as it should be: not empty, where nothing else is said."""
        until = time.monotonic() + seconds
        while not holds(found := self.query(expression)):
            assert time.monotonic() < until, f"{expression} still gives {found}"
            time.sleep(0.1)
        return found

    def alerts(self) -> list[dict[str, Any]]:
        """What is pending or firing: `labels`, `annotations`, `state`, `activeAt`, `value`."""
        found: list[dict[str, Any]] = self.ask("/api/v1/alerts")["data"]["alerts"]
        return found

    def rules(self) -> list[dict[str, Any]]:
        """The rules that it evaluates: `name`, `type`, `health`, `lastError` where there is one."""
        groups = self.ask("/api/v1/rules")["data"]["groups"]
        return [rule for group in groups for rule in group["rules"]]

    def targets(self) -> list[dict[str, Any]]:
        """What it scrapes: `scrapeUrl`, `health` (`up`, `down`, `unknown`), `lastError`."""
        found: list[dict[str, Any]] = self.ask("/api/v1/targets?state=active")["data"]["activeTargets"]
        return found

    def _samples(self, kind: str, parameters: Mapping[str, object]) -> list[Sample]:
        answer = self.ask(f"/api/v1/{kind}?{urlencode(parameters)}")
        assert not answer.get("warnings"), answer["warnings"]
        data = answer["data"]
        if data["resultType"] in ("scalar", "string"):
            return [Sample({}, (_pair(data["result"]),))]
        return [
            Sample(
                {key: value for key, value in one["metric"].items() if key != "__name__"},
                tuple(map(_pair, one["values"] if "values" in one else [one["value"]])),
            )
            for one in data["result"]
        ]

    def _configure(self) -> None:
        config = {
            "global": {
                "scrape_interval": self._every,
                "scrape_timeout": self._every,
                "evaluation_interval": self._every,
            },
            "scrape_configs": [{"job_name": "drainwatch", "static_configs": [{"targets": list(self._targets)}]}],
            "rule_files": [str(path.absolute()) for path in self._rules],
            "alerting": {"alertmanagers": [{"static_configs": [{"targets": list(self._alertmanagers)}]}]},
        }
        (self.folder / "prometheus.yml").write_text(json.dumps(config))  # which YAML is, too
        if self._history:
            (self.folder / "history").write_text(self._history)
            promtool("tsdb", "create-blocks-from", "openmetrics", "history", "data", folder=self.folder)

    def _command(self) -> Sequence[str | Path]:
        return (
            installed("prometheus", package=PACKAGE),
            "--config.file=prometheus.yml",
            "--storage.tsdb.path=data",
            "--storage.tsdb.retention.time=10y",  # history may lie long back
            f"--web.listen-address={self.address}",
            "--web.enable-lifecycle",
            "--rules.alert.resend-delay=1s",
            "--log.level=warn",
        )


def promtool(*arguments: str, folder: Path, given: str = "") -> str:
    """What promtool says, on both streams; `given` is its standard input.

    Raises `AssertionError` with it where promtool finds fault; where it isn't installed, the test is skipped.
    """
    try:
        program = installed("promtool", package=PACKAGE)
    except MissingError as missing:
        skip(str(missing))
    done = subprocess.run(
        [program, *arguments],
        cwd=folder,
        input=given,
        capture_output=True,
        encoding="utf-8",
        timeout=60,
        check=False,
    )
    said = done.stdout + done.stderr
    assert done.returncode == 0, said
    return said


def prepare() -> str:
    """The version that will run. Raises `MissingError` where it has to be installed first."""
    return version(installed("prometheus", package=PACKAGE))


def version(program: Path) -> str:
    """Such as `2.42.0+ds`, of a program of Prometheus' family. Raises `MissingError` where it doesn't say."""
    said = subprocess.run([program, "--version"], capture_output=True, encoding="utf-8", timeout=60, check=False).stdout
    words = said.split()
    if "version" not in words[:-1]:
        raise MissingError(f"{program} doesn't tell its version.")
    return words[words.index("version") + 1]


def _pair(point: Sequence[Any]) -> tuple[float, float]:
    return float(point[0]), float(point[1])
