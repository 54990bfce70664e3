"""The kinds of values that settings have, each with what it is checked for."""

from __future__ import annotations

import re
from datetime import timedelta
from ipaddress import ip_network
from typing import Annotated
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field
from pydantic_core import PydanticCustomError
from pydantic_settings import NoDecode

_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}


def parse_duration(value: object) -> object:
    """`90s`, `5m`, `24h` or `7d` as a timedelta; anything else is left for pydantic to judge."""
    if isinstance(value, bool):
        raise ValueError("should be a duration such as 90s, 5m, 24h or 7d")  # noqa: TRY004 - pydantic wants ValueError
    if isinstance(value, str) and (found := re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*([smhd])\s*", value)):
        try:
            return timedelta(**{_UNITS[found[2]]: float(found[1])})
        except OverflowError:
            raise ValueError("should be shorter than a few million years") from None
    return value


_SIZES = {"kb": 10**3, "mb": 10**6, "gb": 10**9, "kib": 2**10, "mib": 2**20, "gib": 2**30}


def parse_size(value: object) -> object:
    """`256MB` or `1GiB` as bytes; anything else is left for pydantic to judge."""
    if isinstance(value, str) and (found := re.fullmatch(r"\s*(\d{1,15})\s*([kKmMgG][iI]?[bB])\s*", value)):
        return int(found[1]) * _SIZES[found[2].lower()]
    if isinstance(value, str) and not re.fullmatch(r"\s*-?\d{1,18}\s*", value):
        raise ValueError("should be a number of bytes, or a size such as 256MB or 1GiB")
    return value


def micros(duration: timedelta) -> int:
    """A duration in microseconds."""
    return duration // timedelta(microseconds=1)


def _a_century(duration: timedelta) -> timedelta:
    """So that a time and a duration together are a time."""
    if duration > timedelta(days=36_500):
        raise ValueError("should be 36500d at most")
    return duration


def _known_zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, OSError, ValueError):
        raise ValueError("should be UTC or an IANA name such as Europe/Berlin") from None
    return name


def _whole_addresses(hosts: tuple[str, ...]) -> tuple[str, ...]:
    for host in hosts:
        found = re.fullmatch(r"https?://(\[[0-9A-Fa-f:.]+\]|[^\s/@:\[\]]+):(\d{1,5})(/\S*)?", host)
        if "@" in host:
            raise ValueError("should hold no user name: elasticsearch.username and elasticsearch.password are for that")
        if not found or int(found[2]) > 65_535:
            raise ValueError("should be addresses with scheme and port, such as https://elasticsearch:9200")
    if not hosts:
        raise ValueError("should be one address or more")
    return hosts


def _some_index(indices: tuple[str, ...]) -> tuple[str, ...]:
    if not indices:
        raise ValueError("should be a name, a pattern or several, such as logs-*")
    if all(index.startswith("-") for index in indices):
        raise ValueError("should name what is searched, too: what begins with - is only left out")
    return indices


def _plain_names(names: tuple[str, ...]) -> tuple[str, ...]:
    plain = tuple(name.lower().removesuffix(".") for name in names)
    if not all(re.fullmatch(r"[0-9a-z_-]+(\.[0-9a-z_-]+)*", name) for name in plain):
        raise ValueError("should be names without scheme and port, such as drainwatch.example.org")
    return plain


def _with_ports(brokers: tuple[str, ...]) -> tuple[str, ...]:
    for broker in brokers:
        found = re.fullmatch(r"(\[[0-9A-Fa-f:.]+\]|[^\s/@:\[\]]+):(\d{1,5})", broker)
        if not found or int(found[2]) > 65_535:
            raise ValueError("should be addresses with port and without scheme, such as kafka-bootstrap:9093")
    return brokers


def _networks(written: tuple[str, ...]) -> tuple[str, ...]:
    try:
        for one in written:
            ip_network(one)
    except ValueError:
        raise ValueError("should be addresses or networks, such as 10.1.2.3 or 10.0.0.0/8") from None
    return written


def _labels(names: tuple[str, ...]) -> tuple[str, ...]:
    if not all(re.fullmatch(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?", name) for name in names):
        raise ValueError("should be names of Kubernetes namespaces, such as shop")
    return names


def _topic_name(name: str) -> str:
    """As Kafka wants it: `org.apache.kafka.common.internals.Topic`."""
    if not re.fullmatch(r"[A-Za-z0-9._-]{1,249}", name) or name in (".", ".."):
        raise ValueError("should be the name of a topic: letters, digits, dots, underscores and hyphens")
    return name


def _topic_or_none(name: str) -> str:
    return "" if name in ("", "none") else _topic_name(name)


def _listed(value: object) -> object:
    """A list as it is, or written with commas: `https://a:9200, https://b:9200`."""
    return [part.strip() for part in value.split(",") if part.strip()] if isinstance(value, str) else value


_Bounded = Annotated[timedelta, BeforeValidator(parse_duration), AfterValidator(_a_century)]
Duration = Annotated[_Bounded, Field(ge=timedelta(0))]
Period = Annotated[_Bounded, Field(ge=timedelta(seconds=1))]
"""A duration that something is divided by or done every: a second or more."""
Size = Annotated[int, BeforeValidator(parse_size)]
"""Bytes; also written with a unit."""
Zone = Annotated[str, AfterValidator(_known_zone)]
Names = Annotated[tuple[str, ...], NoDecode, BeforeValidator(_listed)]
"""A list in the file, or names with commas between them."""
Hosts = Annotated[Names, AfterValidator(_whole_addresses)]
HostNames = Annotated[Names, AfterValidator(_plain_names)]
Indices = Annotated[Names, AfterValidator(_some_index)]
Brokers = Annotated[Names, AfterValidator(_with_ports)]
Networks = Annotated[Names, AfterValidator(_networks)]
"""Addresses and networks, of IPv4 or IPv6."""
KubernetesNames = Annotated[Names, AfterValidator(_labels)]
Topic = Annotated[str, AfterValidator(_topic_name)]
TopicOrNone = Annotated[str, AfterValidator(_topic_or_none)]
"""Empty for none; where nothing can be empty, as in a variable, `none` is none."""
SECTION = "section"
"""Type of the errors that are about several settings of a section; their message is the whole sentence."""


class Section(BaseModel):
    """Settings of one kind: what isn't one is refused, and nothing changes once it is read."""

    model_config = ConfigDict(extra="forbid", frozen=True, validate_default=True, allow_inf_nan=False)


def contradiction(sentence: str) -> PydanticCustomError:
    """What a validator raises where settings of one section can't go together."""
    return PydanticCustomError(SECTION, sentence)
