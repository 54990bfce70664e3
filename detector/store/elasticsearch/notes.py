"""What people say, written beside a service: each a document of its own, outside the journal of passes."""

from __future__ import annotations

from collections.abc import Callable

from detector.access.records import Act, Session, Token
from detector.errors import StoreError
from detector.store.elasticsearch.access import TOKEN, AccessDocument, access_document, access_id
from detector.store.elasticsearch.answers import Version
from detector.store.elasticsearch.changes import said_document
from detector.store.elasticsearch.cluster import Cluster
from detector.store.elasticsearch.documents import encode
from detector.store.elasticsearch.names import Names, document_id
from detector.store.elasticsearch.opening import check
from detector.store.elasticsearch.operations import Operation
from detector.store.port import Word
from ingest.elasticsearch.settings import Connection

_ATTEMPTS = 5
"""Of writing a token that others write, too."""


def open_notes(connection: Connection, prefix: str) -> ElasticsearchNotes:
    """The store with this prefix, to say something into, also while another process writes it.

    Raises as `open_reader`.
    """
    cluster, names = Cluster(connection, prefix), Names(prefix)
    try:
        check(cluster, names)
    except BaseException:
        cluster.close()
        raise
    return ElasticsearchNotes(cluster, names)


def notes_beside(connection: Connection, prefix: str, stopping: Callable[[], bool]) -> ElasticsearchNotes:
    """As `detector.store.elasticsearch.reading.reader_beside`."""
    return ElasticsearchNotes(Cluster(connection, prefix, stopping), Names(prefix))


class ElasticsearchNotes:
    """Writes what people say; usable from several threads. Made by `open_notes`."""

    def __init__(self, cluster: Cluster, names: Names) -> None:
        self._cluster, self._names = cluster, names

    def say(self, said: Word) -> None:
        """Record what a person said."""
        record(self._cluster, self._names, said)

    def close(self) -> None:
        """Let go of the connections."""
        self._cluster.close()


def record(cluster: Cluster, names: Names, said: Word) -> None:
    """Write it, over what was said under its id, and make it searchable: the pass that comes next goes by it.

    Raises `StoreError` where it can't be written; nobody shall think that they were heard.
    """
    if isinstance(said, Token):
        _keep_token(cluster, names, said)
        return
    operation = _operation(names, said)
    written = cluster.write([operation])
    if written.lost:
        raise StoreError(
            f"Elasticsearch refuses what was said: {written.lost[0].reason}.",
            "Say it in fewer words, or look at the index in Kibana.",
        )
    # Refreshed by hand: the index never is by itself (refresh_interval is -1), so `wait_for` would wait for ever.
    cluster.refresh([operation.index])


def _operation(names: Names, said: Word) -> Operation:
    if isinstance(said, Token | Session | Act):
        held = access_document(said)
        return Operation("index", names.access, access_id(held.drainwatch.kind, said.id), encode(held))
    document = said_document(said)
    return Operation("index", names.feedback, document_id(document.event.id), encode(document))


def _keep_token(cluster: Cluster, names: Names, token: Token) -> None:
    """Only over what it was made of: one that was revoked meanwhile stays so, whatever is written over it."""
    place = names.access, access_id(TOKEN, token.id)
    for _ in range(_ATTEMPTS):
        (found,) = cluster.get([place], AccessDocument)
        stored = None if found.source is None else found.source.drainwatch.token
        if stored is not None and stored.revoked is not None and token.revoked is None:
            return
        at = None if found.source is None else Version(found.seq_no, found.primary_term)
        if cluster.put(*place, encode(access_document(token)), at) is not None:
            cluster.refresh([names.access])
            return
    raise StoreError(f"The token {token.name} is written by several at once.", "Try again.")
