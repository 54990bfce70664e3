"""What the source needs to know, as plain data (`detector.settings` has the same, checked, with its defaults)."""

from __future__ import annotations

from dataclasses import dataclass, field

from ingest.settings import SECOND


@dataclass(frozen=True, slots=True)
class Connection:
    """How to reach a cluster and who asks. At most one of API key, bearer token and user name is given.

    Secrets are left out of its `repr`.
    """

    hosts: tuple[str, ...]
    """Addresses with scheme and port: `https://elasticsearch-es-http:9200`."""
    ca_file: str = ""
    """PEM file with the certificate authority's certificate; empty for the system's authorities."""
    fingerprint: str = ""
    """SHA-256 of the server's certificate or of its authority's, as hexadecimal digits with or without colons."""
    username: str = ""
    password: str = field(default="", repr=False)
    api_key: str = field(default="", repr=False)
    """Base64 of `id:key`, as Elasticsearch hands it out under `encoded`; or `id:key` itself."""
    bearer_token: str = field(default="", repr=False)
    timeout: float = 30.0
    """Seconds that one request may take."""
    patience: float = 60.0
    """Seconds for which requests are repeated, ever less often, while the cluster is away or overloaded."""
    compress: bool = False
    """Whether bodies travel compressed: for a slow network."""


@dataclass(frozen=True, slots=True)
class FieldNames:
    """Where documents keep what is needed: dotted paths, several in the order of preference.

    The defaults know ECS, Filebeat and Logstash; nested objects and keys with dots in them are both found.
    """

    time: str = "@timestamp"
    """The date field by which windows are read."""
    ingested: str = "event.ingested"
    """The date at which Elasticsearch took the document in, by which late ones are found."""
    message: tuple[str, ...] = ()
    """Beside `message`, `msg`, `log`, `text`, `body` and `event.original`; before them, where named."""
    level: tuple[str, ...] = ()
    namespace: tuple[str, ...] = ()
    workload: tuple[str, ...] = ()
    pod: tuple[str, ...] = ()
    container: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SearchSettings:
    """What is searched, and how. Durations in microseconds."""

    indices: tuple[str, ...] = ("logs-*-*", "filebeat-*", "logstash-*")
    """Names, aliases, data streams and patterns of them."""
    fields: FieldNames = FieldNames()
    namespaces: tuple[str, ...] = ()
    """Only these, where some are named. Documents whose namespace only the path tells are not found then."""
    span: int = 60 * SECOND
    """Length of a window."""
    lateness: int = 10 * SECOND
    """What the pipeline waits for after a window's end; also how far a time inside a line may be off `@timestamp`."""
    query_delay: int = 30 * SECOND
    """How long documents may take from the program that logged them until a search finds them."""
    second_look: int = 600 * SECOND
    """For so long windows that were read are watched for late documents."""
    history: int = 86_400 * SECOND
    """How far back the first run begins, where nothing else is said."""
    slices: int = 2
    """Parts of a window that are read side by side."""
    page: int = 5_000
    """Documents a request, 10,000 at most."""
    source_filter: bool = False
    """Whether Elasticsearch sends only the fields that are needed. That halves what travels, and doubles what reading a
    document costs the cluster (measured)."""
