"""The settings as plain, checked data. Durations take `90s`, `5m`, `24h`, `7d`; docs/settings.md lists them all."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Literal, Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, SecretStr, model_validator
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


def _listed(value: object) -> object:
    """A list as it is, or written with commas: `https://a:9200, https://b:9200`."""
    return [part.strip() for part in value.split(",") if part.strip()] if isinstance(value, str) else value


Duration = Annotated[timedelta, BeforeValidator(parse_duration), Field(ge=timedelta(0))]
Period = Annotated[timedelta, BeforeValidator(parse_duration), Field(ge=timedelta(seconds=1))]
"""A duration that something is divided by or done every: a second or more."""
Size = Annotated[int, BeforeValidator(parse_size)]
"""Bytes; also written with a unit."""
Zone = Annotated[str, AfterValidator(_known_zone)]
Names = Annotated[tuple[str, ...], NoDecode, BeforeValidator(_listed)]
"""A list in the file, or names with commas between them."""
Hosts = Annotated[Names, AfterValidator(_whole_addresses)]
HostNames = Annotated[Names, AfterValidator(_plain_names)]
Indices = Annotated[Names, AfterValidator(_some_index)]
SECTION = "section"
"""Type of the errors that are about several settings of a section; their message is the whole sentence."""


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, validate_default=True, allow_inf_nan=False)


class IngestSettings(_Section):
    """How lines are read."""

    source: Literal["files", "elasticsearch"] = "files"
    """Where lines come from: container log files, or what was shipped to Elasticsearch."""
    timezone: Zone | None = None
    """Zone of times in plain text that name none: `UTC` or an IANA name such as `Europe/Berlin`.

    Without it such times are not used.
    """
    namespace: str = "local"
    """Namespace of files whose path doesn't name one."""
    max_line_bytes: int = Field(65_536, ge=1_024)
    """Longer lines are cut here and the rest left out."""
    max_record_lines: int = Field(500, ge=1)
    """A stack trace is joined up to this many lines."""
    poll_interval: Duration = Field(timedelta(seconds=1), gt=timedelta(0))
    """How often followed files are looked at."""
    memory: Size = Field(256_000_000, ge=1_000_000)
    """How much text may wait in memory for its window to be closed (bytes, or `512MB`).

    What is beyond it waits in a temporary file.
    """


class ParsingSettings(_Section):
    """How lines become templates."""

    similarity: float = Field(0.5, gt=0, le=1)
    """Drain's threshold: the share of equal words above which a line belongs to a template."""
    depth: int = Field(5, ge=3, le=20)
    """Drain's depth: 5 keeps statements of different level or logger apart."""
    max_children: int = Field(100, ge=2)
    max_templates: int = Field(1_000, ge=10)
    """Templates a workload; above it new texts are counted under one catch-all template."""
    masks: dict[str, str] = Field(default_factory=dict)
    """More masks: a name (`ORDER`) and a regular expression; what matches is replaced by `<ORDER>`."""
    samples: Literal["masked", "raw", "none"] = "masked"
    """What is kept as sample lines: with personal data masked, as they are, or nothing."""
    workers: int = Field(0, ge=0, le=256)
    """How many processors templates are found on; 0: as many as the process may use."""


class DetectionSettings(_Section):
    """How counts become findings."""

    window: Period = Field(timedelta(seconds=60), le=timedelta(hours=6))
    lateness: Duration = timedelta(seconds=10)
    """How long a window waits for lines that come late before it is closed."""
    learn: Period = timedelta(hours=1)
    """How much history a new namespace needs before it is scored."""
    train_span: Period = timedelta(days=3)
    """How much of the newest history a model learns from."""
    retrain: Period = timedelta(hours=24)
    alert_budget: float = Field(1.0, gt=0)
    """How many incidents a day a namespace may raise by chance."""
    keep_score: float = Field(15.0, ge=0, le=100)
    """Windows scored lower are not kept as anomalies: 15 is what about one healthy window in a hundred reaches."""
    incident_gap: int = Field(5, ge=0)
    """Quiet windows within an incident: more of them end it."""
    trees: int = Field(100, ge=10)
    seed: int = 1


class ElasticsearchFields(_Section):
    """Where documents keep what is needed, for those that differ from ECS, Filebeat and Logstash; dotted paths."""

    time: str = "@timestamp"
    """The date field by which windows are read."""
    ingested: str = "event.ingested"
    """The date at which Elasticsearch took a document in, by which late ones are found."""
    message: Names = ()
    level: Names = ()
    namespace: Names = ()
    workload: Names = ()
    pod: Names = ()
    container: Names = ()


class ElasticsearchSettings(_Section):
    """A cluster that logs are read from, results are written to, or both."""

    hosts: Hosts = ("http://localhost:9200",)
    """With scheme and port."""
    ca_file: Path | None = None
    """PEM file of the certificate authority, where it is one of your own."""
    fingerprint: str = ""
    """SHA-256 of its certificate, instead of the file."""
    username: str = ""
    password: SecretStr = SecretStr("")
    password_file: Path | None = None
    """Read at the start: for secrets that are mounted."""
    api_key: SecretStr = SecretStr("")
    """As Elasticsearch hands it out (`encoded`), or `id:key`."""
    api_key_file: Path | None = None
    bearer_token: SecretStr = SecretStr("")
    bearer_token_file: Path | None = None
    timeout: Period = timedelta(seconds=30)
    """Of one request."""
    patience: Duration = timedelta(seconds=60)
    """For so long a request is repeated while the cluster is away or overloaded."""
    compress: bool = False
    indices: Indices = ("logs-*-*", "filebeat-*", "logstash-*")
    """What is searched for logs: names, aliases, data streams, patterns."""
    namespaces: Names = ()
    """Only these; empty for all."""
    history: Duration = timedelta(hours=24)
    """How far back the first run begins to read."""
    query_delay: Duration = timedelta(seconds=30)
    """How long a line may take from the program that wrote it until a search finds it."""
    second_look: Duration = timedelta(minutes=10)
    """For so long windows that were read are watched for lines that came late."""
    slices: int = Field(2, ge=1, le=64)
    """Parts of a window that are read side by side."""
    page: int = Field(5_000, ge=100, le=10_000)
    """Documents a request."""
    source_filter: bool = False
    """Let the cluster send only the fields that are needed: less to travel, more work for the cluster."""
    prefix: str = Field("drainwatch", pattern=r"^[a-z][a-z0-9_]{0,50}$")
    """What the names of the indices with results begin with."""
    fields: ElasticsearchFields = ElasticsearchFields()

    @model_validator(mode="after")
    def _one_who_asks(self) -> Self:
        """One way to say who asks, and each secret in one place."""
        secrets = {"password": self.password, "api_key": self.api_key, "bearer_token": self.bearer_token}
        given = {name for name, secret in secrets.items() if secret.get_secret_value()}
        in_files = {name for name in secrets if getattr(self, f"{name}_file") is not None}
        for name in sorted(given & in_files):
            raise _contradiction(f"elasticsearch.{name} and elasticsearch.{name}_file are both set; keep one of them.")
        ways = sorted((given | in_files) - {"password"}) + ["username"] * bool(self.username)
        if len(ways) > 1:
            named = " and ".join(f"elasticsearch.{name}" for name in ways)
            raise _contradiction(f"{named} are set, and only one can say who asks; keep one of them.")
        if "password" in given | in_files and not self.username:
            raise _contradiction("elasticsearch.password is set without elasticsearch.username; say whose it is.")
        return self


def _contradiction(sentence: str) -> PydanticCustomError:
    return PydanticCustomError(SECTION, sentence)


class StoreSettings(_Section):
    """Where results are kept, and how long."""

    kind: Literal["sqlite", "elasticsearch"] = "sqlite"
    """One file, or indices in Elasticsearch."""
    path: Path = Path("drainwatch.sqlite")
    keep_counts: Duration = timedelta(days=30)
    keep_findings: Duration = timedelta(days=365)


class ServiceSettings(_Section):
    """The service and its page."""

    host: str = "127.0.0.1"
    port: int = Field(8765, ge=0, le=65_535)
    """0 takes a free one."""
    host_names: HostNames = ()
    """Names by which it is reached, beside addresses and localhost; what is asked by another one is refused."""
    log_format: Literal["console", "json"] = "console"


class Settings(_Section):
    """All of them."""

    ingest: IngestSettings = IngestSettings()
    parsing: ParsingSettings = ParsingSettings()
    detection: DetectionSettings = DetectionSettings()
    elasticsearch: ElasticsearchSettings = ElasticsearchSettings()
    store: StoreSettings = StoreSettings()
    service: ServiceSettings = ServiceSettings()
