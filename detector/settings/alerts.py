"""The settings of alerts: whom to tell of what, how, and when not."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, SecretStr

from detector.settings.channels import AnyChannel, channel_name
from detector.settings.kinds import Duration, Names, Period, Section, Zone


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

    channels: dict[Annotated[str, AfterValidator(channel_name)], AnyChannel] = Field(default_factory=dict)
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
