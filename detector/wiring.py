"""Builds the parts from the settings: the one place that knows which source, engine and store there are.

What a part needs is imported when it is wanted: who reads files waits for no client of a cluster.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from types import ModuleType
from typing import TYPE_CHECKING

from detector.ahead import Ahead
from detector.connecting import connection_of, kafka_connection_of, page_connection_of, prometheus_connection_of
from detector.erasing import Erased, Wanted
from detector.errors import SettingsError, SourceError
from detector.processors import usable
from detector.pseudonyms import key_of
from detector.samples import Redact
from detector.settings import Settings, micros
from detector.store.port import Notes, Reader, Store
from ingest.core import native
from ingest.elasticsearch.settings import FieldNames, SearchSettings
from ingest.kafka.settings import TopicSettings
from ingest.settings import ReadSettings
from ingest.source import Checkpoint, Source
from parsers.engine import TemplateEngine
from parsers.settings import MiningSettings

if TYPE_CHECKING:
    from detector.access.records import Act
    from detector.alerts.channels.port import Channel
    from detector.metrics.watch import Watch
    from detector.outputs.kafka import AnomaliesOutput, DeadLetters
    from ingest.elasticsearch.source import ElasticsearchSource
    from ingest.files import FileSource
    from ingest.kafka.rules import PartitionRules


def open_source(
    paths: Sequence[str],
    settings: Settings,
    *,
    follow: bool,
    clock: Callable[[], int],
    checkpoints: Mapping[str, Checkpoint] | None = None,
    closed_until: int | None = None,
    since: int | None = None,
    until: int | None = None,
    stopping: Callable[[], bool] = lambda: False,
) -> Source:
    """What `ingest.source` names; `clock` gives microseconds UTC.

    For files: folders, files and globs, or `-` for standard input. For Elasticsearch: `since` is where the first run
    begins, `until` where reading ends, `closed_until` where an earlier run stopped, microseconds UTC; `stopping` says
    that nobody waits for an answer any more. Raises `SourceError` where nothing can be read, and `SettingsError` for
    settings that can't be.
    """
    if settings.ingest.source == "kafka":
        raise SettingsError("Lines come from Kafka, which only `drainwatch run` reads.", "Say --from files.")
    if settings.ingest.source == "elasticsearch":
        return open_search(
            settings,
            follow=follow,
            clock=clock,
            checkpoints=checkpoints,
            closed_until=closed_until,
            since=since,
            until=until,
            stopping=stopping,
        )
    source = open_files(paths, settings, follow=follow, clock=clock, checkpoints=checkpoints)
    # A pipe is read when somebody asks: a read that waits for its other end can't be told to stop.
    return source if "-" in paths or (settings.parsing.workers or usable()) == 1 else Ahead(source)


def open_files(
    paths: Sequence[str],
    settings: Settings,
    *,
    follow: bool,
    clock: Callable[[], int],
    checkpoints: Mapping[str, Checkpoint] | None = None,
) -> FileSource:
    """Log files; as `open_source`."""
    from ingest.discover import NothingToRead
    from ingest.files import FileSource

    try:
        return FileSource(
            paths,
            read_settings_of(settings),
            follow=follow,
            clock=clock,
            checkpoints=checkpoints or {},
            tolerance=micros(settings.detection.lateness),
            core=core_of(settings),
        )
    except NothingToRead as error:
        raise SourceError(str(error)) from error
    except ValueError as error:
        raise SettingsError(str(error)) from error


def open_search(
    settings: Settings,
    *,
    follow: bool,
    clock: Callable[[], int],
    checkpoints: Mapping[str, Checkpoint] | None = None,
    closed_until: int | None = None,
    since: int | None = None,
    until: int | None = None,
    stopping: Callable[[], bool] = lambda: False,
) -> ElasticsearchSource:
    """Logs in Elasticsearch; as `open_source`."""
    from ingest.elasticsearch.source import ElasticsearchSource

    try:
        return ElasticsearchSource(
            connection_of(settings),
            search_settings_of(settings),
            read_settings_of(settings),
            clock=clock,
            since=since,
            until=until,
            follow=follow,
            closed_until=closed_until,
            checkpoints=checkpoints or {},
            stopping=stopping,
        )
    except ValueError as error:
        raise SettingsError(str(error)) from error


def open_store(settings: Settings, *, stopping: Callable[[], bool] = lambda: False, shared: bool = False) -> Store:
    """The store, to be written; `stopping` as in `open_source`. Raises `StoreError` as the store of that kind says.

    `shared`: several processes write it, each its own scopes (`Store.scope`).
    """
    if settings.store.kind == "elasticsearch":
        from detector.store import elasticsearch

        return elasticsearch.open_store(connection_of(settings), settings.elasticsearch.prefix, stopping=stopping)
    from detector.store import sqlite

    return sqlite.open_store(settings.store.path, shared=shared)


def open_reader(settings: Settings) -> Reader:
    """The store, to be read, also while a service writes it. Raises `StoreError` as the store of that kind says."""
    if settings.store.kind == "elasticsearch":
        from detector.store import elasticsearch

        return elasticsearch.open_reader(connection_of(settings), settings.elasticsearch.prefix)
    from detector.store import sqlite

    return sqlite.open_reader(settings.store.path)


def open_notes(settings: Settings) -> Notes:
    """The store, to say something into (`Notes.say`), also while a service writes it; close it soon.

    Raises `StoreError` where there is no store yet, and as the store of that kind says.
    """
    if settings.store.kind == "elasticsearch":
        from detector.store import elasticsearch

        return elasticsearch.open_notes(connection_of(settings), settings.elasticsearch.prefix)
    from detector.store import sqlite

    return sqlite.open_notes(settings.store.path)


def open_answering(settings: Settings, store: Store, stopping: Callable[[], bool]) -> tuple[Reader, Notes]:
    """What a service answers requests by: of a cluster something of its own, with less patience than passes have.

    To be closed in the end, where it isn't the store itself. Raises `StoreError` as the store of that kind says.
    """
    if settings.store.kind == "elasticsearch":
        from detector.store import elasticsearch

        connection, prefix = page_connection_of(settings), settings.elasticsearch.prefix
        return (
            elasticsearch.reader_beside(connection, prefix, stopping),
            elasticsearch.notes_beside(connection, prefix, stopping),
        )
    return store, store


def look_for(settings: Settings, wanted: Wanted) -> Erased:
    """What erasing this from the store would come to; a service may be at work. Raises as `open_reader`."""
    if settings.store.kind == "elasticsearch":
        from detector.store.elasticsearch import erasing as cluster

        return cluster.look(connection_of(settings), settings.elasticsearch.prefix, wanted, os.path.exists)
    from detector.store import erasing as file

    return file.look(settings.store.path, wanted, os.path.exists)


def erase(
    settings: Settings,
    wanted: Wanted,
    clock: Callable[[], int],
    record: Callable[[Erased], Act],
    *,
    stopped: bool = False,
) -> Erased:
    """Erase this from the store, and put it on record; `clock` gives microseconds UTC.

    `record` makes what the audit log gets of what went, `stopped` says that no service writes to a cluster.

    Raises `StoreError` where one is, and as the store of that kind says.
    """
    if settings.store.kind == "elasticsearch":
        from detector.store.elasticsearch import erasing as cluster

        connection, prefix = connection_of(settings), settings.elasticsearch.prefix
        return cluster.erase(connection, prefix, wanted, os.path.exists, record, clock=clock, stopped=stopped)
    from detector.store import erasing as file

    return file.erase(settings.store.path, wanted, os.path.exists, record)


def open_engine(settings: Settings, *, beside: bool = False) -> TemplateEngine:
    """The template engine: the compiled one where it is there and wanted, to be closed in the end.

    `beside`: there are others in this process, which work at the same time; Python's then has no processes of its own.
    Raises `SettingsError` for a mask that can't be used, and as `core_of`.
    """
    section, core = settings.parsing, core_of(settings)
    workers = section.workers or usable()
    mining = MiningSettings(
        similarity=section.similarity,
        depth=section.depth,
        max_children=section.max_children,
        max_templates=section.max_templates,
        masks=section.masks,
        pseudonyms=section.pseudonyms,
        pseudonym_key=key_of(settings),
    )
    try:
        if core is not None:
            from parsers.native import NativeEngine

            return NativeEngine(core, mining, threads=workers)
        if workers > 1 and not beside:
            from parsers.pool import PooledEngine

            return PooledEngine(mining, workers)
        from parsers.miner import DrainEngine

        return DrainEngine(mining)
    except ValueError as error:
        raise SettingsError(str(error)) from error


def open_masking(settings: Settings) -> Redact:
    """What masks personal data in lines, as the engine does. Raises as `open_engine`."""
    from parsers.masking import Masker

    section = settings.parsing
    try:
        masker = Masker(section.masks, section.pseudonyms, key_of(settings))
    except ValueError as error:
        raise SettingsError(str(error)) from error
    return lambda texts: [masker.redact(text) for text in texts]


def core_of(settings: Settings) -> ModuleType | None:
    """The compiled core; None where Python does the work. Raises `SettingsError` where it is demanded and missing."""
    try:
        return native(settings.parsing.engine)
    except ValueError as error:
        raise SettingsError(str(error)) from error


def open_outputs(settings: Settings) -> tuple[AnomaliesOutput, ...]:
    """Where findings are told beside the store, to be closed in the end. Nothing is connected to yet.

    Raises `SettingsError` as `kafka_connection_of`.
    """
    if not (settings.kafka.brokers and settings.kafka.anomalies_topic):
        return ()
    from detector.outputs.kafka import AnomaliesOutput

    return (AnomaliesOutput(kafka_connection_of(settings), settings.kafka.anomalies_topic),)


def open_channels(settings: Settings, only: str = "") -> list[Channel]:
    """The channels of alerts, or the one of a name, to be closed in the end; nothing is connected to yet.

    Raises `SettingsError` where a file with a secret can't be read, or is empty.
    """
    from detector.alerts.channels.opening import open_all

    sections = {name: one for name, one in settings.alerts.channels.items() if only in ("", name)}
    return open_all(sections, lambda: kafka_connection_of(settings), settings.alerts.private_networks)


def open_watch(settings: Settings, clock: Callable[[], int], stopping: Callable[[], bool]) -> Watch | None:
    """What looks at metrics, None where no Prometheus is named; nothing is connected to yet.

    `clock` gives microseconds UTC. Raises `SettingsError` as `prometheus_connection_of`.
    """
    section, detection = settings.prometheus, settings.detection
    if not section.url:
        return None
    from detector.metrics.watch import Watch, Watched

    window = micros(detection.window)
    watched = Watched(
        queries=section.asked,
        step=micros(section.step),
        delay=micros(section.delay),
        history=micros(section.history),
        learn=micros(detection.learn),
        gap=detection.incident_gap * window,
        window=window,
        budget=detection.alert_budget,
        seed=detection.seed,
    )
    return Watch(watched, prometheus_connection_of(settings), clock=clock, stopping=stopping)


def open_dead_letters(settings: Settings, worker: str, clock: Callable[[], int]) -> DeadLetters | None:
    """Where messages go of which nothing can be made, to be closed in the end; None where that isn't wanted.

    `worker` is the name of this process, `clock` gives microseconds UTC. Raises as `open_outputs`.
    """
    if not (settings.kafka.brokers and settings.kafka.dead_letter_topic):
        return None
    from detector.outputs.kafka import DeadLetters

    return DeadLetters(kafka_connection_of(settings), settings.kafka.dead_letter_topic, worker, clock)


def topic_settings_of(settings: Settings) -> TopicSettings:
    """What is read from Kafka, and how."""
    section = settings.kafka
    return TopicSettings(
        topic=section.topic,
        group=section.group,
        session=micros(section.session_timeout),
        start=section.start,
        split=section.split,
        disorder=micros(section.disorder),
        delay=micros(section.delay),
    )


def partition_rules_of(settings: Settings) -> PartitionRules:
    """How partitions of a topic are read."""
    from ingest.feed import Rules
    from ingest.kafka.rules import PartitionRules

    section, lateness = settings.kafka, micros(settings.detection.lateness)
    return PartitionRules(
        Rules(read_settings_of(settings), lateness, None, core_of(settings)),
        lateness=lateness,
        disorder=micros(section.disorder),
        delay=micros(section.delay),
        split=frozenset(section.split),
        remembered=section.remember,
    )


def search_settings_of(settings: Settings) -> SearchSettings:
    """What is searched in the cluster, and how."""
    section, detection = settings.elasticsearch, settings.detection
    return SearchSettings(
        indices=section.indices,
        fields=FieldNames(**section.fields.model_dump()),
        namespaces=section.namespaces,
        span=micros(detection.window),
        lateness=micros(detection.lateness),
        query_delay=micros(section.query_delay),
        second_look=micros(section.second_look),
        history=micros(section.history),
        slices=section.slices,
        page=section.page,
        source_filter=section.source_filter,
    )


def read_settings_of(settings: Settings) -> ReadSettings:
    """How lines are read, whatever they are read from."""
    section = settings.ingest
    return ReadSettings(
        link_folders=settings.ingest.link_folders,
        timezone=section.timezone,
        namespace=section.namespace,
        max_line_bytes=section.max_line_bytes,
        max_record_lines=section.max_record_lines,
        poll_interval=micros(section.poll_interval),
    )
