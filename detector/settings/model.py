"""The settings as plain, checked data. Durations take `90s`, `5m`, `24h`, `7d`; docs/settings.md lists them all."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Literal, Self

from pydantic import Field, SecretStr, model_validator

from detector.settings.access import AccessSettings
from detector.settings.alerts import AlertSettings
from detector.settings.kafka import KafkaSettings
from detector.settings.kibana import KibanaSettings
from detector.settings.kinds import (
    Duration,
    HostNames,
    Hosts,
    Indices,
    Names,
    Networks,
    Period,
    Section,
    Size,
    Zone,
    contradiction,
)
from detector.settings.prometheus import PrometheusSettings


class IngestSettings(Section):
    """How lines are read."""

    source: Literal["files", "elasticsearch", "kafka"] = "files"
    """Where lines come from: container log files, or what was shipped to Elasticsearch or Kafka."""
    timezone: Zone | None = None
    """Zone of times in plain text that name none: `UTC` or an IANA name such as `Europe/Berlin`.

    Without it such times are not used.
    """
    namespace: str = "local"
    """Namespace of files whose path doesn't name one."""
    link_folders: Names = ()
    """Folders to which links may lead, beside those that are read and those of the kubelet and of Docker."""
    max_line_bytes: int = Field(65_536, ge=1_024, le=1_000_000_000)
    """Longer lines are cut here and the rest left out."""
    max_record_lines: int = Field(500, ge=1, le=1_000_000)
    """A stack trace is joined up to this many lines."""
    poll_interval: Duration = Field(timedelta(seconds=1), gt=timedelta(0))
    """How often followed files are looked at."""
    memory: Size = Field(256_000_000, ge=1_000_000, le=10**15)
    """How much text may wait in memory for its window to be closed (bytes, or `512MB`).

    What is beyond it waits in a temporary file.
    """


class ParsingSettings(Section):
    """How lines become templates."""

    engine: Literal["auto", "native", "python"] = "auto"
    """What reads lines and finds templates: the compiled core, Python, or the core where it is installed."""
    similarity: float = Field(0.5, gt=0, le=1)
    """Drain's threshold: the share of equal words above which a line belongs to a template."""
    depth: int = Field(5, ge=3, le=20)
    """Drain's depth: 5 keeps statements of different level or logger apart."""
    max_children: int = Field(100, ge=2, le=1_000_000)
    """Branches of one node of Drain's tree; more words share one branch."""
    max_templates: int = Field(1_000, ge=10, le=1_000_000)
    """Templates a workload; above it new texts are counted under one catch-all template."""
    masks: dict[str, str] = Field(default_factory=dict)
    """More masks: a name (`ORDER`) and a regular expression; what matches is replaced by `<ORDER>`."""
    samples: Literal["masked", "raw", "none"] = "masked"
    """What is kept as sample lines: with personal data masked, as they are, or nothing."""
    pseudonyms: Names = ()
    """Masks (`EMAIL`, one of your own) whose values get a name of their own in lines that are shown."""
    pseudonym_key_file: Path | None = None
    """File with the key of those names; by default one is made beside the store."""
    workers: int = Field(0, ge=0, le=256)
    """How many processors templates are found on; 0: as many as the process may use."""


class DetectionSettings(Section):
    """How counts become findings."""

    window: Period = Field(timedelta(seconds=60), le=timedelta(hours=6))
    """Length of the windows in which lines are counted and scored."""
    lateness: Duration = timedelta(seconds=10)
    """How long a window waits for lines that come late before it is closed."""
    learn: Period = timedelta(hours=1)
    """How much history a new namespace needs before it is scored."""
    max_namespaces: int = Field(5_000, ge=1, le=100_000)
    """So many have models of their own; lines of further ones are counted together."""
    max_workloads: int = Field(2_000, ge=1, le=100_000)
    """The same of the workloads of a namespace."""
    train_span: Period = timedelta(days=3)
    """How much of the newest history a model learns from."""
    retrain: Period = timedelta(hours=24)
    """How often models are made anew, at the latest."""
    alert_budget: float = Field(1.0, gt=0)
    """How many incidents a day a namespace may raise by chance."""
    keep_score: float = Field(15.0, ge=0, le=100)
    """Windows scored lower are not kept as anomalies: 15 is what about one healthy window in a hundred reaches."""
    incident_gap: int = Field(5, ge=0)
    """Quiet windows within an incident: more of them end it."""
    trees: int = Field(100, ge=10)
    """Trees of the Isolation Forest."""
    seed: int = 1
    """The same seed and the same lines give the same scores."""


class ElasticsearchFields(Section):
    """Where documents keep what is needed, for those that differ from ECS, Filebeat and Logstash; dotted paths."""

    time: str = "@timestamp"
    """The date field by which windows are read."""
    ingested: str = "event.ingested"
    """The date at which Elasticsearch took a document in, by which late ones are found."""
    message: Names = ()
    """The text of a line."""
    level: Names = ()
    """Its level."""
    namespace: Names = ()
    """Its namespace."""
    workload: Names = ()
    """Its workload."""
    pod: Names = ()
    """Its pod."""
    container: Names = ()
    """Its container."""


class ElasticsearchSettings(Section):
    """A cluster that logs are read from, results are written to, or both."""

    hosts: Hosts = ("http://localhost:9200",)
    """With scheme and port."""
    ca_file: Path | None = None
    """PEM file of the certificate authority, where it is one of your own."""
    fingerprint: str = ""
    """SHA-256 of its certificate, instead of the file."""
    username: str = ""
    """Who asks, by name and password."""
    password: SecretStr = SecretStr("")
    """The password; better in a file."""
    password_file: Path | None = None
    """Read at the start: for secrets that are mounted."""
    api_key: SecretStr = SecretStr("")
    """As Elasticsearch hands it out (`encoded`), or `id:key`."""
    api_key_file: Path | None = None
    """File that holds it."""
    bearer_token: SecretStr = SecretStr("")
    """A token of a token service or realm."""
    bearer_token_file: Path | None = None
    """File that holds it."""
    timeout: Period = timedelta(seconds=30)
    """Of one request."""
    patience: Duration = timedelta(seconds=60)
    """For so long a request is repeated while the cluster is away or overloaded."""
    page_patience: Duration = timedelta(seconds=3)
    """The same for what the page and the API ask: whoever looks at them wants to know that the cluster is away."""
    compress: bool = False
    """Whether what is sent travels compressed: for a slow network."""
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
            raise contradiction(f"elasticsearch.{name} and elasticsearch.{name}_file are both set; keep one of them.")
        ways = sorted((given | in_files) - {"password"}) + ["username"] * bool(self.username)
        if len(ways) > 1:
            named = " and ".join(f"elasticsearch.{name}" for name in ways)
            raise contradiction(f"{named} are set, and only one can say who asks; keep one of them.")
        if "password" in given | in_files and not self.username:
            raise contradiction("elasticsearch.password is set without elasticsearch.username; say whose it is.")
        return self


class StoreSettings(Section):
    """Where results are kept, and how long."""

    kind: Literal["sqlite", "elasticsearch"] = "sqlite"
    """One file, or indices in Elasticsearch."""
    path: Path = Path("drainwatch.sqlite")
    """The file, where it is one."""
    keep_counts: Duration = timedelta(days=30)
    """How long counts by window are kept; then they are rolled up to counts by hour."""
    keep_hours: Duration = timedelta(days=400)
    """How long counts by hour are kept."""
    keep_findings: Duration = timedelta(days=365)
    """How long anomalies and incidents are kept."""
    keep_raw_samples: Duration = timedelta(days=3)
    """How long their sample lines stay as they were written, where they are; then personal data in them is masked."""


class ServiceSettings(Section):
    """The service and its page."""

    host: str = "127.0.0.1"
    """Address to listen on."""
    port: int = Field(8765, ge=0, le=65_535)
    """0 takes a free one."""
    host_names: HostNames = ()
    """Names by which it is reached, beside addresses and localhost; what is asked by another one is refused."""
    tls_cert_file: Path | None = None
    """PEM file of its certificate, with those between it and the authority: then it speaks HTTPS alone."""
    tls_key_file: Path | None = None
    """PEM file of the certificate's key."""
    behind_proxy: bool = False
    """Whether a proxy in front of it does TLS, and who may come in where `access.required` is not set."""
    trusted_proxies: Networks = ("127.0.0.1", "::1")
    """Addresses or networks of proxies whose word is taken for who asks and by which scheme.

    Of this machine only with `behind_proxy`.
    """
    requests_per_minute: int = Field(3_000, ge=0, le=1_000_000)
    """Of one token, log-in or address; 0: as many as they like."""
    requests_at_once: int = Field(8, ge=1, le=40)
    """Of one of them that are answered at the same time; others wait for their turn."""
    connections: int = Field(1_000, ge=10, le=100_000)
    """All together; where there are more, the one that idles longest is let go."""
    answer_within: Period = timedelta(seconds=30)
    """What takes longer is given up and answered with 503."""
    log_format: Literal["console", "json"] = "console"
    """What the service says of itself: for people, or for a collector."""

    @model_validator(mode="after")
    def _certificate_and_key(self) -> Self:
        """TLS needs both."""
        if (self.tls_cert_file is None) != (self.tls_key_file is None):
            raise contradiction("service.tls_cert_file and service.tls_key_file belong together; set both or neither.")
        return self


class Settings(Section):
    """All of them."""

    ingest: IngestSettings = IngestSettings()
    parsing: ParsingSettings = ParsingSettings()
    detection: DetectionSettings = DetectionSettings()
    elasticsearch: ElasticsearchSettings = ElasticsearchSettings()
    kafka: KafkaSettings = KafkaSettings()
    prometheus: PrometheusSettings = PrometheusSettings()
    store: StoreSettings = StoreSettings()
    service: ServiceSettings = ServiceSettings()
    access: AccessSettings = AccessSettings()
    alerts: AlertSettings = AlertSettings()
    kibana: KibanaSettings = KibanaSettings()

    @model_validator(mode="after")
    def _brokers_to_read_from(self) -> Self:
        """Kafka is used where brokers are named."""
        if self.ingest.source == "kafka" and not self.kafka.brokers:
            raise contradiction("ingest.source is kafka, and kafka.brokers names none; set it to host:port.")
        return self
