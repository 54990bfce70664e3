"""The settings of alerts: whom to tell of what, how, and when not."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, SecretStr

from detector.settings.kinds import Duration, Names, Period, Section, Zone


class SlackChannel(Section):
    """An incoming webhook of Slack, or of what takes the same (Mattermost, Rocket.Chat)."""

    type: Literal["slack"]
    url: SecretStr = SecretStr("")
    url_file: Path | None = None
    """Read at the start: for secrets that are mounted."""


class WebhookChannel(Section):
    """Any address that takes JSON by POST."""

    type: Literal["webhook"]
    url: SecretStr = SecretStr("")
    url_file: Path | None = None
    secret: SecretStr = SecretStr("")
    """Signs the body (HMAC-SHA256)."""
    secret_file: Path | None = None
    headers: dict[str, SecretStr] = Field(default_factory=dict)
    template: Path | None = None
    """A Jinja2 file that makes the body; without it the notice goes as it is."""
    content_type: str = "application/json"


class AlertmanagerChannel(Section):
    """The API of Alertmanager (v2)."""

    type: Literal["alertmanager"]
    urls: Names
    """All of a cluster of them, as Prometheus does."""
    username: str = ""
    password: SecretStr = SecretStr("")
    password_file: Path | None = None
    ca_file: Path | None = None
    labels: dict[str, str] = Field(default_factory=dict)
    """Put on every alert."""


class PagerDutyChannel(Section):
    """Events v2 of PagerDuty."""

    type: Literal["pagerduty"]
    routing_key: SecretStr = SecretStr("")
    routing_key_file: Path | None = None
    url: str = "https://events.pagerduty.com/v2/enqueue"


class EmailChannel(Section):
    """Mail by SMTP."""

    type: Literal["email"]
    host: str
    port: int = Field(587, ge=1, le=65_535)
    security: Literal["starttls", "tls", "none"] = "starttls"
    username: str = ""
    password: SecretStr = SecretStr("")
    password_file: Path | None = None
    ca_file: Path | None = None
    sender: str
    to: Names


class KafkaChannel(Section):
    """A topic of the brokers that `[kafka]` names."""

    type: Literal["kafka"]
    topic: str


class StdoutChannel(Section):
    """Standard output, a line of JSON each or as text."""

    type: Literal["stdout"]
    format: Literal["text", "json"] = "text"


AnyChannel = Annotated[
    SlackChannel
    | WebhookChannel
    | AlertmanagerChannel
    | PagerDutyChannel
    | EmailChannel
    | KafkaChannel
    | StdoutChannel,
    Field(discriminator="type"),
]


class RouteSettings(Section):
    """What goes to which channels; of several routes that fit all hold."""

    channels: Names
    namespaces: Names = ("*",)
    """Names, or patterns with `*`; what begins with `-` is left out. The place of a Falco or Kubernetes event counts,
    too."""
    min_severity: Literal["warning", "minor", "major", "critical"] = "warning"
    hours: str = ""
    """`Mon-Fri 08:00-18:00, Sat 10:00-14:00`; empty for always."""
    zone: Zone = "UTC"


class MaintenanceSettings(Section):
    """A time in which nobody is told of some namespaces: once (`start` and `end`), or every week (`hours`)."""

    namespaces: Names = ("*",)
    start: str = ""
    """RFC 3339, such as 2026-11-21T22:00:00Z."""
    end: str = ""
    hours: str = ""
    zone: Zone = "UTC"
    note: str = ""


class AlertSettings(Section):
    """Nobody is told where there are no channels."""

    channels: dict[str, AnyChannel] = Field(default_factory=dict)
    """By a name of your own."""
    routes: tuple[RouteSettings, ...] = ()
    """Without any, all channels are told of everything."""
    maintenance: tuple[MaintenanceSettings, ...] = ()
    page: str = ""
    """Where people reach the page: `https://drainwatch.example.org`; messages link there."""
    kibana: str = ""
    """Where they reach Kibana (with the space, where it isn't the first: `https://kibana.example.org/s/ops`)."""
    kibana_data_view: str = "logs-*"
    """Id or index pattern that Discover shows."""
    reasons: int = Field(5, ge=1, le=10)
    """Of an incident, in a message."""
    samples: int = Field(1, ge=0, le=5)
    """Lines of a reason, in a message; 0 sends none."""
    group_wait: Duration = timedelta(seconds=5)
    """For so long others are waited for that begin at the same time, before the first message."""
    together: Duration = timedelta(minutes=5)
    """Incidents of several namespaces that begin within this time are one alert."""
    throttle: Duration = timedelta(minutes=5)
    """Least time between two messages of an alert to a channel that only say that it has spread."""
    most: int = Field(20, ge=1)
    """New alerts an hour a channel is told of; of more it is told once that there are more."""
    stale: Duration = timedelta(hours=1)
    """What ended longer ago is told to nobody: a first run reads days of history."""
    no_lines: Duration = timedelta(minutes=10)
    """After so long without a line, where lines used to come, somebody is told; 0 for never."""
    behind: Duration = timedelta(minutes=10)
    """Likewise where windows are judged so much later than they ended."""
    heartbeat: SecretStr = SecretStr("")
    """An address that is asked for while all is well, so that somebody else can tell when drainwatch itself is gone."""
    heartbeat_file: Path | None = None
    heartbeat_every: Period = timedelta(minutes=1)
