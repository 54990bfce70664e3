"""Makes the channels from their settings; each module is imported only where there is a channel of that kind."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from detector.settings.channels import (
    AnyChannel,
    StdoutChannel,
)

if TYPE_CHECKING:
    from detector.alerts.channels.port import Channel
    from ingest.kafka.settings import KafkaConnection


def open_all(sections: Mapping[str, AnyChannel], kafka: Callable[[], KafkaConnection]) -> list[Channel]:
    """All channels, in the order of the settings; `kafka` says how the brokers are reached.

    Raises `SettingsError` for a file that can't be read, and as `kafka`.
    """
    return [open_channel(name, section, kafka) for name, section in sections.items()]


def open_channel(name: str, section: AnyChannel, kafka: Callable[[], KafkaConnection]) -> Channel:
    """One of them."""
    if isinstance(section, StdoutChannel):
        from detector.alerts.channels.stdout import Stdout

        return Stdout(name, section)
    raise NotImplementedError(section.type)
