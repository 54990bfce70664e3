"""The files that drainwatch ships for Prometheus and Grafana, as tests read them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parents[2] / "prometheus"
RULES = tuple(sorted((FOLDER / "rules").glob("*.yml")))
DASHBOARD = FOLDER / "grafana" / "drainwatch.json"


def dashboard() -> dict[str, Any]:
    """As Grafana takes it."""
    read: dict[str, Any] = json.loads(DASHBOARD.read_text("utf-8"))
    return read


def queries() -> Iterator[tuple[str, str]]:
    """Title of the panel and PromQL of every query."""
    for panel in dashboard()["panels"]:
        for target in panel["targets"]:
            yield panel["title"], target["expr"]


def as_grafana_asks(query: str, namespaces: str = ".*") -> str:
    """The PromQL with its variables filled in, for a scrape interval of a second.

    https://grafana.com/docs/grafana/latest/datasources/prometheus/template-variables/
    """
    filled = query.replace("$__rate_interval", "4s").replace("$namespace", namespaces).replace("$job", ".*")
    assert "$" not in filled, filled
    return filled


def alerts() -> dict[str, str]:
    """Severity of each alert, by its name."""
    text = "".join(path.read_text("utf-8") for path in RULES)
    return dict(re.findall(r"- alert: (\w+)\n(?:.*\n)*?\s+severity: (\w+)\n", text))


def in_seconds(rules: str) -> str:
    """The same rules where minutes are seconds, and what waits does so for one: a test can't wait as people can."""
    rules = re.sub(r"\[(\d+)m\]", r"[\1s]", rules)
    return re.sub(r"^(\s+(?:keep_firing_)?for): \d+[mh]$", r"\1: 1s", rules, flags=re.MULTILINE)
