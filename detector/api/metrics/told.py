"""What became of messages, to outputs and to the channels of alerts, and how the parts of the service are doing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from prometheus_client.core import Metric

from detector.alert import Alert
from detector.alerts.delivery import ChannelCount
from detector.api.forms import SECOND
from detector.api.metrics.families import counters, gauges
from detector.findings import Severity
from detector.outputs.outbox import Figures
from detector.parts import Part


def of_outputs(figures: Sequence[Figures]) -> Iterator[Metric]:
    """By output; nothing where there are none."""
    if not figures:
        return
    waiting = {one.output: one.waiting for one in figures}
    yield gauges("outbox_messages_waiting", "Messages that wait to be sent.", "output", waiting)
    sent = {one.output: one.sent for one in figures}
    yield counters("outbox_messages_sent", "Messages sent.", "output", sent)
    failed = {one.output: one.failed for one in figures}
    yield counters("outbox_attempts_failed", "Attempts to send that failed.", "output", failed)
    given_up = {one.output: one.given_up for one in figures}
    yield counters("outbox_messages_given_up", "Messages never sent, as too many waited.", "output", given_up)


def of_alerts(alerts: Iterable[Alert]) -> Iterator[Metric]:
    """Those that are open, by severity."""
    found = [alert.severity for alert in alerts]
    counts = {severity.value: found.count(severity) for severity in Severity}
    yield gauges("open_alerts", "Alerts going on.", "severity", counts)


def of_channels(counts: Mapping[str, ChannelCount]) -> Iterator[Metric]:
    """By channel, as the settings call it; nothing where there are none."""
    if not counts:
        return
    sent = {name: one.sent for name, one in counts.items()}
    yield counters("notifications_sent", "Notifications that arrived.", "channel", sent)
    failed = {name: one.failed for name, one in counts.items()}
    yield counters("notifications_failed", "Attempts that failed, and are made again.", "channel", failed)
    refused = {name: one.refused for name, one in counts.items()}
    yield counters("notifications_refused", "Notifications that were let go.", "channel", refused)
    last = {name: one.last_success / SECOND for name, one in counts.items() if one.last_success is not None}
    yield gauges("last_notification_timestamp_seconds", "When one last arrived.", "channel", last)


def of_parts(parts: Iterable[Part]) -> Iterator[Metric]:
    """By part: 1 where all of it works."""
    up = {part.name: int(part.state == "up") for part in parts}
    yield gauges("part_up", "1 where this part of the service works as it should.", "part", up)
