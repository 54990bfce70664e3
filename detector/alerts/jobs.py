"""The jobs beside detection by which people are told, made from the settings."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from ipaddress import ip_network

from detector.alerts.alerter import Alerter
from detector.alerts.deadman import Detection, Limits
from detector.alerts.delivery import Delivery
from detector.alerts.heartbeat import Heartbeat
from detector.settings import Settings, micros
from detector.settings.secrets import read_secret

_TURNS = timedelta(seconds=30)
"""For which a window that can be closed may wait until it is."""


def alert_jobs(
    settings: Settings, delivery: Delivery, clock: Callable[[], int], detection: Callable[[], Detection]
) -> list[Alerter | Heartbeat]:
    """All of them. Raises `SettingsError` where a secret lies in a file that can't be read."""
    section = settings.alerts
    alerter = Alerter(section, delivery, clock=clock, detection=detection, limits=_limits(settings))
    address = read_secret("alerts.heartbeat", section.heartbeat, section.heartbeat_file)
    if not address:
        return [alerter]
    inside = tuple(map(ip_network, section.private_networks))
    return [alerter, Heartbeat(address, section.heartbeat_every, lambda: alerter.well_at, clock, inside)]


def _limits(settings: Settings) -> Limits:
    """With how far detection is behind the clock where all is well."""
    wait = settings.detection.window + settings.detection.lateness + _TURNS
    match settings.ingest.source:
        case "elasticsearch":
            wait += settings.elasticsearch.query_delay
        case "kafka":
            wait += settings.kafka.delay
        case _:
            pass
    return Limits(micros(settings.alerts.no_lines), micros(settings.alerts.behind), micros(wait))
