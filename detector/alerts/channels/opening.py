"""Makes the channels from their settings; each module is imported only where there is a channel of that kind."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from ipaddress import ip_network
from pathlib import Path
from typing import TYPE_CHECKING

from detector.errors import SettingsError
from detector.settings.addresses import address_problem
from detector.settings.channels import (
    AlertmanagerChannel,
    AnyChannel,
    EmailChannel,
    KafkaChannel,
    PagerDutyChannel,
    SlackChannel,
    StdoutChannel,
    WebhookChannel,
)
from detector.settings.secrets import read_secret

if TYPE_CHECKING:
    from detector.alerts.channels.port import Channel
    from detector.outgoing import Network
    from ingest.kafka.settings import KafkaConnection


def open_all(
    sections: Mapping[str, AnyChannel], kafka: Callable[[], KafkaConnection], private: Iterable[str] = ()
) -> list[Channel]:
    """All channels, in the order of the settings; `kafka` says how the brokers are reached.

    `private` are the networks of private addresses that peers may be in; Alertmanager and mail servers, which are one's
    own, may be anywhere. Raises `SettingsError` for a file that can't be read, and as `kafka`.
    """
    inside = tuple(map(ip_network, private))
    return [open_channel(name, section, kafka, inside) for name, section in sections.items()]


def open_channel(
    name: str, section: AnyChannel, kafka: Callable[[], KafkaConnection], inside: Collection[Network] = ()
) -> Channel:
    """One of them; raises likewise."""
    match section:
        case SlackChannel():
            from detector.alerts.channels.slack import Slack

            address = _address(name, section, plain=False)
            return Slack(name, address, ca_file=_ca_file(name, section.ca_file), inside=inside)
        case WebhookChannel():
            return _webhook(name, section, inside)
        case AlertmanagerChannel():
            return _alertmanager(name, section)
        case PagerDutyChannel():
            from detector.alerts.channels.pagerduty import PagerDuty

            key = read_secret(_key(name, "routing_key"), section.routing_key, section.routing_key_file)
            return PagerDuty(name, key, section.url, inside)
        case EmailChannel():
            return _mail(name, section)
        case KafkaChannel():
            from detector.alerts.channels.kafka import KafkaAlerts

            return KafkaAlerts(name, kafka(), section.topic)
        case StdoutChannel():
            from detector.alerts.channels.stdout import Stdout

            return Stdout(name, section)


def _webhook(name: str, section: WebhookChannel, inside: Collection[Network]) -> Channel:
    from detector.alerts.channels.webhook import Webhook, template

    return Webhook(
        name,
        _address(name, section, plain=True),
        secret=read_secret(_key(name, "secret"), section.secret, section.secret_file),
        headers={header: value.get_secret_value() for header, value in section.headers.items()},
        render=template(section.template, name, section.content_type) if section.template else None,
        content_type=section.content_type,
        ca_file=_ca_file(name, section.ca_file),
        inside=inside,
    )


def _alertmanager(name: str, section: AlertmanagerChannel) -> Channel:
    from detector.alerts.channels.alertmanager import Alertmanager

    password = read_secret(_key(name, "password"), section.password, section.password_file)
    return Alertmanager(
        name,
        section.urls,
        labels=section.labels,
        auth=(section.username, password) if section.username else None,
        ca_file=_ca_file(name, section.ca_file),
    )


def _mail(name: str, section: EmailChannel) -> Channel:
    from detector.alerts.channels.mail import Mail, Server

    server = Server(
        section.host,
        section.port,
        section.security,
        section.username,
        read_secret(_key(name, "password"), section.password, section.password_file),
        _ca_file(name, section.ca_file),
    )
    return Mail(name, server, section.sender, section.to)


def _key(name: str, key: str) -> str:
    return f"alerts.channels.{name}.{key}"


def _address(name: str, section: SlackChannel | WebhookChannel, *, plain: bool) -> str:
    """Where it posts to, also from its file, which nobody has checked yet."""
    address = read_secret(_key(name, "url"), section.url, section.url_file).strip()
    if problem := address_problem(address, plain=plain):
        raise SettingsError(f"{_key(name, 'url_file')}: what that file holds {problem}.")
    return address


def _ca_file(name: str, file: Path | None) -> str:
    """A file of certificates that can be read now."""
    if file is None:
        return ""
    import ssl

    try:
        ssl.create_default_context(cafile=str(file))
    except OSError as error:
        why = "it holds no certificate" if isinstance(error, ssl.SSLError) else (error.strerror or str(error)).lower()
        problem = f"{file} can't be read: {why}."
        raise SettingsError(problem, f"It is named by {_key(name, 'ca_file')} and has to be PEM.") from None
    return str(file)
