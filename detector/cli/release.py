"""`drainwatch release`."""

from __future__ import annotations

import os
from typing import Annotated

import typer

from detector.cli.options import ConfigOption, StoreOption, settings_of, store_flags
from detector.errors import UsageError

TopicArgument = Annotated[
    str, typer.Argument(metavar="TOPIC", help="The topic that was read; `-` for files or Elasticsearch.")
]
NamespaceOption = Annotated[
    str | None, typer.Option("--namespace", metavar="NAME", help="Only this namespace; the others stay where they are.")
]
ForceOption = Annotated[bool, typer.Option("--force", help="Also where lines were not read yet: they don't count.")]


def release(
    topic: TopicArgument,
    namespace: NamespaceOption = None,
    force: ForceOption = False,
    store: StoreOption = None,
    config: ConfigOption = None,
) -> None:
    """Let go of the namespaces that were read from a topic, and let others go on with what is known of them."""
    settings = settings_of(config, os.environ, **store_flags(store))
    from contextlib import closing

    from detector.access.acts import Deed
    from detector.cli.acts import note
    from detector.connecting import kafka_connection_of
    from detector.wiring import open_store
    from detector.worker.release import scope_of, scopes_of, unread
    from ingest.kafka.admin import Admin

    with closing(open_store(settings, shared=True)) as opened:
        scopes = scopes_of(opened, topic)
        if not scopes:
            raise UsageError(f"The store holds nothing that was read from {topic}.", "drainwatch doctor looks around.")
        if namespace is not None:
            scopes = [scope_of(opened, namespace, topic)]
        if topic != "-" and not force:
            admin = Admin(kafka_connection_of(settings))
            seen = admin.topic(topic)
            left = unread(opened, topic, seen.id, admin.ends(topic, seen.partitions)) if seen is not None else {}
            if namespace is not None:
                left = {name: messages for name, messages in left.items() if name in scopes}
            if left:
                name, messages = next(iter(left.items()))
                more = f", and {len(left) - 1} more partitions hold some" if len(left) > 1 else ""
                raise UsageError(
                    f"{name} holds {messages} messages that are in no closed window yet{more}.",
                    "Stop what writes there and let a worker read it to its end; or say --force.",
                )
        for name in scopes:
            opened.release(name, namespace)
        note(opened, Deed.RELEASED, topic, namespace=namespace or "")
    if namespace is None:
        print(f"Let go of {len(scopes)} partition{'s' * (len(scopes) != 1)} of {topic}.")
    else:
        print(f"Let go of {namespace}, which was kept by {scopes[0] or 'what was read without Kafka'}.")
