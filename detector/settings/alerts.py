"""The settings of alerts: whom to tell of what, how, and when not."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Self

from pydantic import AfterValidator, Field, SecretStr, model_validator

from detector.settings.channels import AnyChannel, channel_name
from detector.settings.kinds import Duration, Networks, Period, Section, contradiction
from detector.settings.routing import MaintenanceSettings as MaintenanceSettings
from detector.settings.routing import RouteSettings as RouteSettings


def _address(url: str) -> str:
    if url and not re.fullmatch(r"https?://[^\s/?#]+(/[^\s?#]*)?", url):
        raise ValueError("should be where people reach it, such as https://drainwatch.example.org")
    if "@" in url.partition("://")[2].partition("/")[0]:
        raise ValueError("should hold no user name: it is sent to everybody who is told")
    return url.rstrip("/")


Address = Annotated[str, AfterValidator(_address)]
"""What is put before paths in links."""


class AlertSettings(Section):
    """Nobody is told where there are no channels."""

    channels: dict[Annotated[str, AfterValidator(channel_name)], AnyChannel] = Field(default_factory=dict)
    """By a name of your own."""
    routes: tuple[RouteSettings, ...] = ()
    """Without any, all channels are told of everything."""
    maintenance: tuple[MaintenanceSettings, ...] = ()
    """Times in which nobody is told of some namespaces."""
    page: Address = ""
    """Where people reach the page: `https://drainwatch.example.org`; messages link there."""
    kibana: Address = ""
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
    private_networks: Networks = ()
    """Private addresses that webhooks, Slack, PagerDuty and the heartbeat may be at; none of them may be without."""
    heartbeat: SecretStr = SecretStr("")
    """An address that is asked for while all is well, so that somebody else can tell when drainwatch itself is gone."""
    heartbeat_file: Path | None = None
    """File that holds it."""
    heartbeat_every: Period = timedelta(minutes=1)
    """How often it is asked for."""

    @model_validator(mode="after")
    def _channels_that_are_there(self) -> Self:
        for route in self.routes:
            for name in route.channels:
                if name not in self.channels:
                    known = ", ".join(sorted(self.channels)) or "none"
                    raise contradiction(
                        f"A route of alerts.routes names the channel {name!r}, which alerts.channels doesn't have "
                        f"(it has: {known}); mend one of them."
                    )
        if self.heartbeat.get_secret_value() and self.heartbeat_file is not None:
            raise contradiction("alerts.heartbeat and alerts.heartbeat_file are both set; keep one of them.")
        return self
