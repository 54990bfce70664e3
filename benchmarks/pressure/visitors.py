"""People at the page and programs at the API, by Locust.

    python -m benchmarks.pressure.visitors ADDRESS USERS SECONDS

Prints, as JSON, how many requests of each kind there were, how many failed and how, and how long they took. In a
process of its own, since gevent takes the place of much of Python's own library. Their tokens are lines
of standard input.
"""

from __future__ import annotations

import json
import re
import sys
from typing import Any

import gevent
from locust import HttpUser, between, constant, task
from locust.env import Environment
from locust.stats import StatsEntry

API = "/api/v1"
_TOKENS: list[str] = []


class Visitor(HttpUser):
    """What both do: they know the namespaces that there are."""

    abstract = True
    network_timeout = 30.0
    connection_timeout = 10.0

    def on_start(self) -> None:
        """Who asks."""
        self.client.headers["Authorization"] = f"Bearer {_TOKENS.pop()}"
        self.number = 0

    def ask(self, path: str, name: str = "") -> Any:
        """JSON of the API, whose answers in the name of a kind are counted together."""
        with self.client.get(API + path, name=API + (name or path.partition("?")[0]), catch_response=True) as answer:
            if answer.status_code != 200:
                answer.failure(f"{answer.status_code} {answer.text[:150]}")
                return {}
            return answer.json()

    def said(self, path: str, name: str, also: int) -> None:
        """An answer of 200, or of another status that is as good here."""
        with self.client.get(path, name=name, catch_response=True) as answer:
            if answer.status_code == also:
                answer.success()

    def namespace(self) -> str:
        """One after the other; none of them before the first pass is done."""
        found = [one["namespace"] for one in self.ask("/namespaces").get("items", [])]
        self.number += 1
        return found[self.number % len(found)] if found else ""


class Person(Visitor):
    """Opens the overview, looks at what goes on, at an incident and a namespace; a page is what belongs to it."""

    weight = 3
    wait_time = between(1, 4)

    def page(self, path: str, name: str) -> None:
        """The page and, as a browser without a cache, all its files."""
        with self.client.get(path, name=name, catch_response=True) as answer:
            if answer.status_code != 200:
                answer.failure(f"{answer.status_code} {answer.text[:150]}")
                return
            files = set(re.findall(r'(?:src|href)="(/static/[^"]+)"', answer.text))
        for file in sorted(files):
            self.client.get(file, name="/static/…")

    @task(3)
    def overview(self) -> None:
        """Lanes and incidents of the last hour."""
        self.page("/", "/")
        for path in ("/status", "/lanes?since=-1h", "/incidents?limit=20", "/namespaces"):
            self.ask(path)

    @task(2)
    def one_namespace(self) -> None:
        """Lines by level, what detectors say, templates."""
        if not (name := self.namespace()):
            return
        self.page(f"/namespaces/{name}", "/namespaces/…")
        for what in ("levels?since=-1h", "detectors?since=-1h", "templates?limit=100", "changes?since=-1h"):
            self.ask(f"/namespaces/{name}/{what}", f"/namespaces/…/{what.partition('?')[0]}")

    @task(2)
    def one_incident(self) -> None:
        """The newest."""
        for one in self.ask("/incidents?limit=5").get("items", [])[:1]:
            self.page(f"/incidents/{one['id']}", "/incidents/…")
            for what in ("", "/related", "/markdown"):
                # It may be taken back meanwhile, as further windows say so.
                self.said(f"{API}/incidents/{one['id']}{what}", f"{API}/incidents/…{what}", 404)

    @task(1)
    def compare(self) -> None:
        """The last minute with the one before."""
        if not (name := self.namespace()):
            return
        # Of a namespace that is younger than that it says so.
        self.said(
            f"{API}/compare?namespace={name}&since=-1m&until=now&before_since=-2m&before_until=-1m",
            f"{API}/compare",
            422,
        )


class Program(Visitor):
    """A dashboard, a script, a Prometheus."""

    weight = 2
    wait_time = constant(2)

    @task(3)
    def findings(self) -> None:
        """What is new."""
        if not (name := self.namespace()):
            return
        self.ask(f"/namespaces/{name}/anomalies?since=-15m&min_score=50&limit=100", "/namespaces/…/anomalies")
        self.ask("/scores?since=-15m")

    @task(2)
    def search(self) -> None:
        """Templates by a word of theirs."""
        self.ask("/templates?q=order&limit=50")
        self.ask("/alerts?limit=20")
        self.ask("/models")

    @task(1)
    def scrape(self) -> None:
        """As Prometheus and a kubelet ask."""
        self.client.get("/metrics")
        self.client.get("/healthz")
        self.said("/readyz", "/readyz", 503)  # as long as nothing is scored yet


def _told(entry: StatsEntry) -> dict[str, float | str]:
    return {
        "name": entry.name, "requests": entry.num_requests, "failures": entry.num_failures,
        "median": entry.median_response_time or 0, "p95": entry.get_response_time_percentile(0.95),
        "p99": entry.get_response_time_percentile(0.99), "longest": entry.max_response_time or 0,
    }  # fmt: skip


def visit(address: str, users: int, seconds: float) -> dict[str, Any]:
    """As many as wanted, come within two seconds; times in milliseconds."""
    environment = Environment(user_classes=[Person, Program], host=address, catch_exceptions=False)
    runner = environment.create_local_runner()
    runner.start(users, spawn_rate=max(1, users / 2))
    gevent.sleep(seconds)
    runner.quit()
    stats = environment.stats
    return {
        "seconds": seconds,
        "users": users,
        "all": _told(stats.total),
        "kinds": [_told(entry) for _, entry in sorted(stats.entries.items())],
        "errors": [f"{error.name}: {error.error} (×{error.occurrences})" for error in stats.errors.values()],
    }


if __name__ == "__main__":
    _TOKENS.extend(sys.stdin.readline().strip() for _ in range(int(sys.argv[2])))
    print(json.dumps(visit(sys.argv[1], int(sys.argv[2]), float(sys.argv[3]))))
