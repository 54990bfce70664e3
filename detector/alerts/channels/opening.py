"""Makes the channels from their settings; each module is imported only where there is a channel of that kind."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from detector.errors import SettingsError
from detector.settings.addresses import address_problem
from detector.settings.channels import AnyChannel, SlackChannel, StdoutChannel, WebhookChannel
from detector.settings.secrets import read_secret

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
    if isinstance(section, SlackChannel):
        from detector.alerts.channels.slack import Slack

        return Slack(name, _address(name, section, plain=False), ca_file=str(section.ca_file or ""))
    if isinstance(section, StdoutChannel):
        from detector.alerts.channels.stdout import Stdout

        return Stdout(name, section)
    raise NotImplementedError(section.type)


def _address(name: str, section: SlackChannel | WebhookChannel, *, plain: bool) -> str:
    """Where it posts to, also from its file, which nobody has checked yet."""
    address = read_secret(f"alerts.channels.{name}.url", section.url, section.url_file)
    if problem := address_problem(address, plain=plain):
        raise SettingsError(f"alerts.channels.{name}: what {section.url_file} holds {problem}.")
    return address
