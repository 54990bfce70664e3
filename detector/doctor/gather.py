"""Looks at everything that the checks judge; whatever can't be looked at is a fact too."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import TypeVar

from elasticsearch import ApiError, Elasticsearch, UnsupportedProductError

from detector.connecting import connection_of
from detector.doctor import certificate_files, own_certificate, provider
from detector.doctor.alerts import telling
from detector.doctor.certificate import certificate_of
from detector.doctor.cluster import (
    clock_ahead,
    disk,
    fields,
    ilm_policies,
    licence,
    missing_privileges,
    newest,
    patterns,
    slm_policies,
    user,
    version,
)
from detector.doctor.facts import Configured, Facts, Host, Refused, Stored
from detector.doctor.kafka_look import look
from detector.doctor.prometheus_look import look as look_at_prometheus
from detector.doctor.watches import watches
from detector.errors import DrainwatchError, ServerError, SettingsError
from detector.settings import ElasticsearchSettings, Settings
from detector.setup import Choices, plan, roles, wanted
from detector.setup.server import request
from detector.store.port import Reader
from detector.wiring import core_of
from ingest.core import why_not
from ingest.elasticsearch.client import connect, told_plainly
from ingest.elasticsearch.plainly import explain
from ingest.elasticsearch.settings import Connection

Seen = TypeVar("Seen")
_PATIENT = 5.0
"""Seconds that one request of the doctor's may take."""


def gather(
    settings: Settings,
    *,
    assets: Path,
    clock: Callable[[], int],
    open_reader: Callable[[Settings], Reader],
    ask_provider: provider.Ask,
) -> Facts:
    """All facts. `assets` is ilm/, `clock` gives microseconds UTC, `open_reader` opens the store for reading.

    `ask_provider` asks the provider of log-ins.
    """
    core, why = _core(settings)
    facts = Facts(
        now=clock(),
        configured=configured(settings),
        kafka=look(settings),
        prometheus=look_at_prometheus(settings, clock),
        core=core,
        why_no_core=why,
        telling=telling(settings.alerts),
        own_certificate=own_certificate.look(settings.service, clock()),
        certificate_files=certificate_files.look(settings),
        provider=provider.look(settings, ask_provider),
    )
    if not facts.configured.uses_cluster:
        return replace(facts, stored=_tried(lambda: _stored(settings, open_reader)))
    try:
        connection = connection_of(settings)
    except DrainwatchError as error:
        return replace(facts, unusable=Refused(error.problem, error.advice))
    hosts = tuple(_host(address, connection) for address in connection.hosts)
    facts = replace(facts, hosts=hosts)
    answering = [host.address for host in hosts if host.error is None]
    if not answering:
        return facts
    with closing(connect(_impatient(connection, answering[0]))) as client:
        facts = _of_cluster(facts, client, settings, assets, clock)
    return replace(facts, stored=_tried(lambda: _stored(_hasty(settings), open_reader)))


def _core(settings: Settings) -> tuple[str | Refused, str]:
    """Name of the compiled core, or why there is none."""
    if settings.parsing.engine == "python":
        return "", "parsing.engine says so"
    try:
        core = core_of(settings)
    except SettingsError as error:
        return Refused(error.problem, error.advice), ""
    missing = f"no compiled core: {why_not()} `make native` builds it, for many more lines a second"
    return ("", missing) if core is None else (f"native {core.RELEASE}", "")


def configured(settings: Settings) -> Configured:
    """What the settings say, without secrets."""
    section = settings.elasticsearch
    asks, secret = _who(section)
    return Configured(
        source=settings.ingest.source,
        store=settings.store.kind,
        hosts=section.hosts,
        trust=_trust(section),
        asks=asks,
        secret_from=secret,
        prefix=section.prefix,
    )


def _who(section: ElasticsearchSettings) -> tuple[str, str]:
    """Who asks, and where the secret comes from."""
    for name, asks in (("api_key", "an API key"), ("bearer_token", "a bearer token")):
        if file := getattr(section, f"{name}_file"):
            return asks, f"the file {file}"
        if getattr(section, name).get_secret_value():
            return asks, f"the setting elasticsearch.{name}"
    if section.username:
        secret = f"the file {section.password_file}" if section.password_file else "the setting elasticsearch.password"
        return f"the user {section.username}", secret
    return "nobody in particular", ""


def _trust(section: ElasticsearchSettings) -> str:
    if section.fingerprint:
        return "the fingerprint in elasticsearch.fingerprint"
    return f"the authority in {section.ca_file}" if section.ca_file else "the authorities of this system"


def _of_cluster(
    facts: Facts, client: Elasticsearch, settings: Settings, assets: Path, clock: Callable[[], int]
) -> Facts:
    section = settings.elasticsearch
    choices = Choices(section.prefix, section.indices)
    facts = replace(
        facts,
        user=_tried(lambda: user(client)),
        version=_tried(lambda: version(client)),
        licence=_tried(lambda: licence(client)),
        clock=_tried(lambda: clock_ahead(client, clock)),
        privileges={
            purpose: _tried(lambda body=body: missing_privileges(client, body))  # type: ignore[misc]
            for purpose, body in _needed(facts.configured, assets, choices).items()
        },
    )
    if facts.configured.source == "elasticsearch":
        facts = _of_logs(facts, client, section)
    if facts.configured.store == "elasticsearch":
        facts = replace(
            facts,
            objects=_tried(lambda: plan(client, wanted(assets, choices))),
            lifecycle=_tried(lambda: ilm_policies(client)),
            snapshots=_tried(lambda: slm_policies(client, section.prefix)),
            watches=_tried(lambda: watches(client, section.prefix, settings.alerts.channels)),
            disk=_tried(lambda: disk(client, section.prefix)),
        )
    return facts


def _of_logs(facts: Facts, client: Elasticsearch, section: ElasticsearchSettings) -> Facts:
    return replace(
        facts,
        patterns=_tried(lambda: patterns(client, section.indices, section.fields.time)),
        fields=_tried(lambda: fields(client, section.indices, _names(section))),
        newest=_tried(lambda: newest(client, section.indices, section.fields.time, facts.now)),
    )


def _names(section: ElasticsearchSettings) -> Mapping[str, str]:
    """By what they are for, the fields that are looked at."""
    named = section.fields
    return {
        "time": named.time,
        "namespace": next(iter(named.namespace), "kubernetes.namespace"),
        "message": next(iter(named.message), "message"),
        "ingested": named.ingested,
    }


def _needed(configured: Configured, assets: Path, choices: Choices) -> Mapping[str, Mapping[str, object]]:
    """By what it is for, the role whose privileges the user should have."""
    bodies = {one.name.removeprefix(f"{choices.prefix}_"): one.body for one in roles(assets, choices)}
    needed = {}
    if configured.source == "elasticsearch":
        needed["read logs"] = bodies["reader"]
    if configured.store == "elasticsearch":
        needed["write results"] = bodies["writer"]
    return needed


def _host(address: str, connection: Connection) -> Host:
    """Whether it answers, whatever it answers: what the user may do is another question."""
    shown = certificate_of(address, _PATIENT) if address.startswith("https:") else None
    try:
        with closing(connect(_impatient(connection, address))) as client:
            _answers(client)
    except DrainwatchError as error:
        return Host(address, Refused(error.problem, error.advice), shown)
    return Host(address, None, shown)


def _answers(client: Elasticsearch) -> None:
    """Raises where nobody answers, where it isn't Elasticsearch, and where it doesn't know who asks."""
    try:
        request(client, "GET", "/_security/_authenticate")
    except UnsupportedProductError as error:
        raise ServerError(*explain(error)) from error
    except ApiError as error:
        if error.meta.status == 401:
            raise ServerError(*explain(error)) from error


def _impatient(connection: Connection, address: str) -> Connection:
    """To one host, without trying again: this is about how things are just now."""
    return replace(connection, hosts=(address,), timeout=min(connection.timeout, _PATIENT), patience=0.0)


def _hasty(settings: Settings) -> Settings:
    """The same settings, but nobody waits for a cluster that is away."""
    section = settings.elasticsearch.model_copy(update={"patience": timedelta(0)})
    return settings.model_copy(update={"elasticsearch": section})


def _stored(settings: Settings, open_reader: Callable[[Settings], Reader]) -> Stored:
    reader = open_reader(settings)
    with _closed(reader):
        return Stored(reader.closed_until(), reader.tally())


@contextmanager
def _closed(reader: Reader) -> Iterator[None]:
    try:
        yield
    finally:
        getattr(reader, "close", lambda: None)()


def _tried(ask: Callable[[], Seen]) -> Seen | Refused:
    """What was seen, or why nothing was: one answer that is odd must not hide the others."""
    try:
        with told_plainly():
            return ask()
    except DrainwatchError as error:
        return Refused(error.problem, error.advice)
    except (LookupError, TypeError, ValueError) as error:
        return Refused(f"the answer is not what was expected ({type(error).__name__}: {error})")
