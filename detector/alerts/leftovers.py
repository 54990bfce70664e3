"""What waits for channels that were taken out of the settings, or renamed: nobody would ever send it."""

from __future__ import annotations

from collections.abc import Collection, Iterable

import structlog

from detector.alert import Alert
from detector.alerts.delivery import output_name
from detector.store.port import Store

log = structlog.get_logger("drainwatch.alerts")

_AT_ONCE = 200


def give_up(scope: Store, alerts: Iterable[Alert], channels: Collection[str]) -> list[str]:
    """Remove what waits in the scope for none of these `channels`; a sentence for each that it would have gone to.

    Whatever waits was decided together with what its alert says of whom was told: so `alerts`, all of them, name every
    channel for which something may wait.
    """
    told = {one.channel for alert in alerts for one in alert.told}
    return [_said(name, count) for name in sorted(told - set(channels)) if (count := _removed(scope, name))]


def _removed(scope: Store, channel: str) -> int:
    count = 0
    while some := scope.outbox(output_name(channel), _AT_ONCE):
        scope.sent(one.place for one in some)
        count += len(some)
    if count:
        log.error("never told, as there is no such channel any more", channel=channel, messages=count)
    return count


def _said(channel: str, count: int) -> str:
    what = "1 message" if count == 1 else f"{count:,} messages"
    return (
        f"{what} waited for the channel {channel}, which the settings don't have any more, and won't be sent. "
        "The alerts are in the store: drainwatch alert list."
    )
