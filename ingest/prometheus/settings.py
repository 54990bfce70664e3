"""What reading series needs to know, as plain data (`detector.settings` has the same, checked, with its defaults)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

Direction = Literal["up", "down", "both"]


@dataclass(frozen=True, slots=True)
class PrometheusConnection:
    """How to reach Prometheus and who asks: with a bearer token, a user name, or nobody in particular.

    Secrets are left out of its `repr`.
    """

    url: str
    """Address with scheme and, where there is one, the path before `/api/v1`: `http://prometheus:9090`."""
    ca_file: str = ""
    """PEM file with the certificate authority's certificate; empty for the system's authorities."""
    username: str = ""
    password: str = field(default="", repr=False)
    bearer_token: str = field(default="", repr=False)
    timeout: float = 10.0
    """Seconds that one request may take."""
    patience: float = 5.0
    """Seconds for which a request is repeated while nobody answers."""


@dataclass(frozen=True, slots=True)
class Query:
    """One number of each namespace, and how people call it."""

    name: str
    promql: str
    """Its result has one series a namespace."""
    what: str
    """In words: `requests a minute`."""
    label: str = "namespace"
    """That names the namespace in its result."""
    unit: str = ""
    """Put behind numbers: `ms`."""
    direction: Direction = "up"
    """In which direction it may be anomalous."""
    scale: float = 1.0
    """Results are multiplied by it, so that whole numbers tell enough: 1000 makes milliseconds of seconds."""
    least: float = 0.0
    """A smaller difference from the usual is nothing to be told, in the unit after `scale`."""
    zero: bool = False
    """Whether a namespace without a series has 0, as where nothing was counted yet; else nothing is known of it."""
