"""What the doctor looked at, as plain data: gathered in one place, judged in another. Times are microseconds UTC."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias, TypeVar

from detector.doctor.kafka_facts import KafkaFacts
from detector.doctor.prometheus_look import PrometheusFacts
from detector.setup import Step
from ingest.accounting import Tally

Seen = TypeVar("Seen")


@dataclass(frozen=True, slots=True)
class Refused:
    """What could not be looked at, and why."""

    problem: str
    advice: str = ""


Fact: TypeAlias = "Seen | Refused | None"
"""What was seen, why nothing was, or None where nobody looked."""


@dataclass(frozen=True, slots=True)
class Certificate:
    """What a server shows of itself."""

    subject: str
    issuer: str
    until: int
    """When it ends."""
    fingerprint: str
    """SHA-256, hexadecimal digits."""


@dataclass(frozen=True, slots=True)
class OwnCertificate:
    """What the service itself shows to who asks."""

    file: str
    until: int
    """When it ends."""


@dataclass(frozen=True, slots=True)
class CertificateFile:
    """A file that a setting names."""

    setting: str
    file: str
    until: int | Refused
    """When it ends, or why that can't be seen."""


@dataclass(frozen=True, slots=True)
class Provided:
    """The provider by which people log in, as it answers."""

    host: str
    keys: int
    """That it signs with."""
    until: int | None
    """When its certificate ends, where that can be seen."""
    required: bool
    """Whether people have to log in."""
    roles: int
    """That groups of it have."""
    linked: bool
    """Whether it can be told where people reach the page."""


@dataclass(frozen=True, slots=True)
class Host:
    """One of the addresses in the settings."""

    address: str
    error: Refused | None = None
    """Why it doesn't answer us."""
    certificate: Fact[Certificate] = None


@dataclass(frozen=True, slots=True)
class Configured:
    """What the settings say of the cluster; of secrets only where they come from."""

    source: str
    """`files`, `elasticsearch` or `kafka`."""
    store: str
    """`sqlite` or `elasticsearch`."""
    hosts: Sequence[str] = ()
    trust: str = ""
    """By what the server's certificate is trusted."""
    asks: str = "nobody in particular"
    """Who asks: a user, an API key, a token."""
    secret_from: str = ""
    """Where the secret comes from."""
    prefix: str = "drainwatch"

    @property
    def uses_cluster(self) -> bool:
        """Whether anything is read from a cluster or written to one."""
        return "elasticsearch" in (self.source, self.store)


@dataclass(frozen=True, slots=True)
class User:
    """Who asks, as the server sees it."""

    name: str
    roles: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Licence:
    """Of the cluster."""

    type: str
    active: bool = True


@dataclass(frozen=True, slots=True)
class Pattern:
    """One pattern of indices with logs."""

    pattern: str
    indices: int
    recent: int
    """Documents of the last hour."""


@dataclass(frozen=True, slots=True)
class Field:
    """How a field is mapped: by type the indices, where they differ; empty where it isn't mapped at all."""

    name: str
    types: Mapping[str, Sequence[str]]


@dataclass(frozen=True, slots=True)
class Disk:
    """Whether the cluster takes documents."""

    status: str
    """`green`, `yellow` or `red`."""
    symptom: str
    blocked: Sequence[str] = ()
    """Indices of ours that were made read-only."""


@dataclass(frozen=True, slots=True)
class Policies:
    """What ages indices or saves them: by name the policies that there are."""

    there: bool
    """Whether the server has the feature."""
    names: Sequence[str] = ()
    failure: str = ""
    """Of the last snapshot, where it is newer than the last success."""


@dataclass(frozen=True, slots=True)
class Watching:
    """A watch of drainwatch's in the cluster."""

    name: str
    active: bool
    twice: Sequence[str] = ()
    """Channels of drainwatch's own that tell the same people."""


@dataclass(frozen=True, slots=True)
class Stored:
    """What the store says."""

    closed_until: int | None
    tally: Tally


@dataclass(frozen=True, slots=True)
class Telling:
    """What the settings say of alerts."""

    channels: tuple[str, ...]
    routes: int = 0
    unused: tuple[str, ...] = ()
    """Channels that no route leads to, where there are routes."""
    dead: tuple[int, ...] = ()
    """Routes that nothing can ever go by, counted from 1."""
    linked: bool = True
    """Whether messages link to the page."""


@dataclass(frozen=True, slots=True)
class Facts:
    """All that was seen."""

    now: int
    configured: Configured
    unusable: Refused | None = None
    """Why the settings can't be used: a secret's file can't be read, for example."""
    hosts: Sequence[Host] = ()
    user: Fact[User] = None
    version: Fact[str] = None
    licence: Fact[Licence] = None
    privileges: Mapping[str, Fact[Sequence[str]]] = field(default_factory=dict)
    """By what they are for, those that are missing: `index on drainwatch-*`."""
    clock: Fact[int] = None
    """How far the cluster's clock is ahead of ours."""
    patterns: Fact[Sequence[Pattern]] = None
    fields: Fact[Mapping[str, Field]] = None
    """By what they are for: `time`, `namespace`, `message`, `ingested`."""
    core: str | Refused = ""
    """Name of the compiled core, why there is none where it is demanded, or empty where Python does the work."""
    why_no_core: str = ""
    newest: Fact[int] = None
    """Time of the newest document."""
    lifecycle: Fact[Policies] = None
    snapshots: Fact[Policies] = None
    objects: Fact[Sequence[Step]] = None
    """What setting up would do."""
    watches: Fact[Sequence[Watching]] = None
    disk: Fact[Disk] = None
    stored: Fact[Stored] = None
    kafka: KafkaFacts | None = None
    telling: Telling | None = None
    """None where no brokers are named."""
    prometheus: PrometheusFacts | None = None
    """None where none is named."""
    own_certificate: Fact[OwnCertificate] = None
    """None where the service speaks no TLS itself."""
    certificate_files: Sequence[CertificateFile] = ()
    provider: Fact[Provided] = None
    """None where none is named."""
