"""The settings of the channels of alerts: how people are told."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, SecretStr, model_validator

from detector.settings.addresses import address_problem
from detector.settings.kinds import Names, Section, Topic, contradiction


def channel_name(name: str) -> str:
    """A name that labels of metrics, logs and the outbox take; raises `ValueError` for others."""
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_-]{0,62}", name):
        raise ValueError("should be named with letters, digits, hyphens and underscores")
    return name


def _mail_address(address: str) -> str:
    """As far as it matters: one address, with a name before it or not, and nothing that could be another header."""
    plain = r"[^\s@<>,;:\x00-\x1f\x7f]+@[^\s@<>,;:\x00-\x1f\x7f]+"
    if not re.fullmatch(rf"{plain}|[^<>@,;:\x00-\x1f\x7f]*<{plain}>", address):
        raise ValueError("should be a mail address, such as drainwatch@example.org")
    return address


def _mail_addresses(addresses: tuple[str, ...]) -> tuple[str, ...]:
    if not addresses:
        raise ValueError("should be one mail address or more")
    return tuple(_mail_address(address) for address in addresses)


def _plain_addresses(addresses: tuple[str, ...]) -> tuple[str, ...]:
    if not addresses:
        raise ValueError("should be one address or more, such as http://alertmanager:9093")
    for address in addresses:
        if problem := address_problem(address, plain=True):
            raise ValueError(problem)
    return addresses


def _label_names(labels: dict[str, str]) -> dict[str, str]:
    """https://prometheus.io/docs/concepts/data_model/#metric-names-and-labels ."""
    for name in labels:
        if not re.fullmatch(r"[a-zA-Z_][a-zA-Z0-9_]*", name) or name in ("alertname", "namespace"):
            raise ValueError("should have names of letters, digits and underscores, other than alertname and namespace")
    return labels


def _header_names(headers: dict[str, SecretStr]) -> dict[str, SecretStr]:
    for name, value in headers.items():
        if not re.fullmatch(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+", name) or name.lower() in ("content-type", "content-length"):
            raise ValueError("should be names of headers, other than Content-Type (that is content_type)")
        if not value.get_secret_value().isascii() or not value.get_secret_value().isprintable():
            raise ValueError("should have values that fit into a header: ASCII, without line breaks")
    return headers


def _https(address: str) -> str:
    if problem := address_problem(address):
        raise ValueError(problem)
    return address


class _Channel(Section):
    """What all channels are checked for."""

    def _one_of(self, name: str, *, needed: bool = False) -> None:
        given, file = getattr(self, name).get_secret_value(), getattr(self, f"{name}_file")
        if given and file:
            raise contradiction(f"{name} and {name}_file are both set; keep one of them.")
        if needed and not given and not file:
            raise contradiction(f"{name} isn't set; set it, or {name}_file to a file that holds it.")

    def _address(self, *, plain: bool) -> None:
        self._one_of("url", needed=True)
        given = getattr(self, "url").get_secret_value()  # noqa: B009 - only those that have one call this
        if given and (problem := address_problem(given, plain=plain)):
            raise contradiction(f"url {problem}.")


class SlackChannel(_Channel):
    """An incoming webhook of Slack, or of what takes the same (Mattermost, Rocket.Chat)."""

    type: Literal["slack"]
    """What kind of channel it is."""
    url: SecretStr = SecretStr("")
    """The webhook: a secret."""
    url_file: Path | None = None
    """Read at the start: for secrets that are mounted."""
    ca_file: Path | None = None
    """What has signed its certificate, where that isn't publicly known."""

    @model_validator(mode="after")
    def _checked(self) -> Self:
        self._address(plain=False)
        return self


class WebhookChannel(_Channel):
    """Any address that takes JSON by POST."""

    type: Literal["webhook"]
    """What kind of channel it is."""
    url: SecretStr = SecretStr("")
    """The address: a secret."""
    url_file: Path | None = None
    """File that holds it."""
    secret: SecretStr = SecretStr("")
    """Signs the body (HMAC-SHA256)."""
    secret_file: Path | None = None
    """File that holds it."""
    headers: Annotated[dict[str, SecretStr], AfterValidator(_header_names)] = Field(default_factory=dict)
    """Further headers; their values are secrets."""
    template: Path | None = None
    """A Jinja2 file that makes the body; without it the notice goes as it is."""
    content_type: str = Field("application/json", pattern=r"^[!-~]+(; ?[!-~]+)*$")
    """Of the body."""
    ca_file: Path | None = None
    """What has signed its certificate (PEM)."""

    @model_validator(mode="after")
    def _checked(self) -> Self:
        self._address(plain=True)
        self._one_of("secret")
        return self


class AlertmanagerChannel(_Channel):
    """The API of Alertmanager (v2)."""

    type: Literal["alertmanager"]
    """What kind of channel it is."""
    urls: Annotated[Names, AfterValidator(_plain_addresses)]
    """All of a cluster of them, as Prometheus does."""
    username: str = ""
    """For basic authentication."""
    password: SecretStr = SecretStr("")
    """The password; better in a file."""
    password_file: Path | None = None
    """File that holds it."""
    ca_file: Path | None = None
    """What has signed their certificates (PEM)."""
    labels: Annotated[dict[str, str], AfterValidator(_label_names)] = Field(default_factory=dict)
    """Put on every alert."""

    @model_validator(mode="after")
    def _checked(self) -> Self:
        self._one_of("password", needed=bool(self.username))
        if not self.username and (self.password.get_secret_value() or self.password_file):
            raise contradiction("password is set without username; say whose it is.")
        return self


class PagerDutyChannel(_Channel):
    """Events v2 of PagerDuty."""

    type: Literal["pagerduty"]
    """What kind of channel it is."""
    routing_key: SecretStr = SecretStr("")
    """The integration key of a service: a secret."""
    routing_key_file: Path | None = None
    """File that holds it."""
    url: Annotated[str, AfterValidator(_https)] = "https://events.pagerduty.com/v2/enqueue"
    """Where events go; another one in Europe."""

    @model_validator(mode="after")
    def _checked(self) -> Self:
        self._one_of("routing_key", needed=True)
        return self


class EmailChannel(_Channel):
    """Mail by SMTP."""

    type: Literal["email"]
    """What kind of channel it is."""
    host: str = Field(pattern=r"^[^\s/:]+$|^[0-9A-Fa-f:.]+$")
    """The mail server."""
    port: int = Field(587, ge=1, le=65_535)
    """Its port; 465 goes with TLS from the first byte."""
    security: Literal["starttls", "tls", "none"] = "starttls"
    """TLS once it is agreed on, from the first byte, or none."""
    username: str = ""
    """Who sends, where the server asks for a name."""
    password: SecretStr = SecretStr("")
    """The password; better in a file."""
    password_file: Path | None = None
    """File that holds it."""
    ca_file: Path | None = None
    """What has signed its certificate (PEM)."""
    sender: Annotated[str, AfterValidator(_mail_address)]
    """From whom: an address, with a name before it or not."""
    to: Annotated[Names, AfterValidator(_mail_addresses)]
    """To whom. One mail goes to all."""

    @model_validator(mode="after")
    def _checked(self) -> Self:
        self._one_of("password", needed=bool(self.username))
        if not self.username and (self.password.get_secret_value() or self.password_file):
            raise contradiction("password is set without username; say whose it is.")
        if self.security == "none" and self.username:
            raise contradiction("security is none, and a password would be sent for all to read; set it to starttls.")
        return self


class KafkaChannel(Section):
    """A topic of the brokers that `[kafka]` names."""

    type: Literal["kafka"]
    """What kind of channel it is."""
    topic: Topic
    """Its name; it has to be there."""


class StdoutChannel(Section):
    """Standard output, a line of JSON each or as text."""

    type: Literal["stdout"]
    """What kind of channel it is."""
    format: Literal["text", "json"] = "text"
    """For people, or a line of JSON each."""


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


CHANNELS: dict[str, type[Section]] = {
    "slack": SlackChannel,
    "webhook": WebhookChannel,
    "alertmanager": AlertmanagerChannel,
    "pagerduty": PagerDutyChannel,
    "email": EmailChannel,
    "kafka": KafkaChannel,
    "stdout": StdoutChannel,
}
"""By type."""
