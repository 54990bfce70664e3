"""The settings of Prometheus: where metrics of namespaces come from, and which."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, SecretStr, model_validator

from detector.settings.kinds import Duration, Names, Period, Section, contradiction
from ingest.prometheus.presets import PRESETS
from ingest.prometheus.settings import Query


def _address(url: str) -> str:
    if not url:
        return url
    if "@" in url:
        raise ValueError("should hold no user name: prometheus.username and prometheus.password_file are for that")
    if not re.fullmatch(r"https?://(\[[0-9A-Fa-f:.]+\]|[^\s/@:?#\[\]]+)(:\d{1,5})?(/[^\s?#]*)?", url):
        raise ValueError("should be an address with scheme, such as http://prometheus:9090")
    return url.rstrip("/")


def _whole_seconds(duration: timedelta) -> timedelta:
    if duration.microseconds:
        raise ValueError("should be whole seconds")
    return duration


def _known_presets(names: tuple[str, ...]) -> tuple[str, ...]:
    if unknown := [name for name in names if name not in PRESETS]:
        raise ValueError(f"should be some of {', '.join(PRESETS)}: there is no {unknown[0]}")
    return names


def _query_names(queries: dict[str, QuerySettings]) -> dict[str, QuerySettings]:
    if not all(re.fullmatch(r"[a-z][a-z0-9_]{0,39}", name) for name in queries):
        raise ValueError("should be named by lower-case letters, digits and underscores, such as server_errors")
    return queries


class QuerySettings(Section):
    """One number of each namespace."""

    query: str = ""
    """PromQL with one series a namespace as its result; empty: the query of this name from a preset isn't asked."""
    label: str = Field("namespace", pattern=r"^[a-zA-Z_][a-zA-Z0-9_]*$")
    """That names the namespace."""
    what: str = ""
    """How people call it: `requests a minute`; the name, where there is none."""
    unit: str = ""
    """What it is measured in, such as `ms`."""
    direction: Literal["up", "down", "both"] = "up"
    """What is worse."""
    scale: float = Field(1.0, gt=0)
    """What the result is multiplied by."""
    least: float = Field(0.0, ge=0)
    """The smallest difference that means anything, after `scale`."""
    zero: bool = False
    """Whether no series means nought."""


class PrometheusSettings(Section):
    """A server that metrics of namespaces are read from; none is, where no address is given."""

    url: Annotated[str, AfterValidator(_address)] = ""
    """With scheme, and with the path before `/api/v1` where there is one."""
    ca_file: Path | None = None
    """PEM file of the certificate authority, where it is one of your own."""
    username: str = ""
    """Who asks, with a password."""
    password: SecretStr = SecretStr("")
    """The password; better in a file."""
    password_file: Path | None = None
    """Read at the start: for secrets that are mounted."""
    bearer_token: SecretStr = SecretStr("")
    """Instead of a user name, such as a service account's token."""
    bearer_token_file: Path | None = None
    """File that holds it."""
    timeout: Period = timedelta(seconds=10)
    """Of one request."""
    step: Annotated[Period, AfterValidator(_whole_seconds), Field(le=timedelta(minutes=10))] = timedelta(seconds=15)
    """How often each namespace is looked at."""
    delay: Annotated[Duration, Field(le=timedelta(hours=1))] = timedelta(seconds=15)
    """How long a sample may take until a query finds it."""
    history: Annotated[Period, Field(ge=timedelta(minutes=10), le=timedelta(days=7))] = timedelta(hours=50)
    """How far back what is usual is learned from at the start."""
    presets: Annotated[Names, AfterValidator(_known_presets)] = ("kubernetes",)
    """Sets of queries that come with drainwatch."""
    queries: Annotated[dict[str, QuerySettings], AfterValidator(_query_names)] = Field(default_factory=dict)
    """More of them, by name; one of a preset's name takes its place."""

    @model_validator(mode="after")
    def _one_who_asks(self) -> Self:
        """One way to say who asks, and each secret in one place."""
        given = {name for name in ("password", "bearer_token") if getattr(self, name).get_secret_value()}
        in_files = {name for name in ("password", "bearer_token") if getattr(self, f"{name}_file") is not None}
        for name in sorted(given & in_files):
            raise contradiction(f"prometheus.{name} and prometheus.{name}_file are both set; keep one of them.")
        if "bearer_token" in given | in_files and self.username:
            raise contradiction(
                "prometheus.bearer_token and prometheus.username are set, and only one can say who asks; "
                "keep one of them."
            )
        if "password" in given | in_files and not self.username:
            raise contradiction("prometheus.password is set without prometheus.username; say whose it is.")
        return self

    @property
    def asked(self) -> tuple[Query, ...]:
        """All queries: those of the presets, then one's own, each name once."""
        named = {query.name: query for preset in self.presets for query in PRESETS[preset]}
        for name, own in self.queries.items():
            named.pop(name, None)
            if own.query:
                named[name] = Query(
                    name,
                    own.query,
                    own.what or name.replace("_", " "),
                    own.label,
                    own.unit,
                    own.direction,
                    own.scale,
                    own.least,
                    own.zero,
                )
        return tuple(named.values())
