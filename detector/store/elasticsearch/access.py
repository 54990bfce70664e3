"""Tokens, sessions and acts as documents of `<prefix>-access` and back. Viewers have no right to read that index."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from itertools import islice

from elasticsearch.dsl.query import Query, Range, Term
from msgspec import Struct, field

from detector.access.records import Act, Session, Token
from detector.moments import moment
from detector.store.codec import storable
from detector.store.elasticsearch.alerts import ElasticsearchAlerts
from detector.store.elasticsearch.names import document_id
from detector.store.elasticsearch.paging import page, position
from detector.store.elasticsearch.queries import BY_TIME, NEWEST_FIRST, all_of, millis, of_kind, starting
from detector.store.port import Page

TOKEN, SESSION, ACT = "token", "session", "act"


class AccessEvent(Struct, omit_defaults=True):
    """As ECS has it; `end` is when it is in force no longer."""

    id: str
    kind: str
    dataset: str
    action: str = ""
    end: datetime | None = None


class AccessUser(Struct):
    """Likewise."""

    name: str


class AccessPart(Struct, omit_defaults=True):
    """One of the three is all of it, as it is read back."""

    kind: str
    token: Token | None = None
    session: Session | None = None
    act: Act | None = None


class AccessDocument(Struct):
    """A document of `<prefix>-access`; its `@timestamp` is when it was made or done."""

    event: AccessEvent
    user: AccessUser
    drainwatch: AccessPart
    timestamp: datetime = field(name="@timestamp")


class ElasticsearchAccess(ElasticsearchAlerts):
    """Reads them; a scope sees those of the whole store."""

    def tokens(self) -> list[Token]:
        """All that were ever made; by creation, oldest first."""
        hits = self._scan(self._names.access, AccessDocument, all_of(of_kind(TOKEN)), BY_TIME)
        found = (hit.source.drainwatch.token for hit in hits)
        return sorted((one for one in found if one is not None), key=lambda one: (one.created, one.id))

    def session(self, session_id: str) -> Session | None:
        """One session by its id; also one that was written a moment ago."""
        self._settle()
        (found,) = self._cluster.get([(self._names.access, access_id(SESSION, session_id))], AccessDocument)
        return None if found.source is None else found.source.drainwatch.session

    def acts(
        self,
        since: int | None = None,
        until: int | None = None,
        cursor: str | None = None,
        limit: int = 100,
        who: str | None = None,
        what: str | None = None,
    ) -> Page[Act]:
        """Newest first."""
        after = position("acts", cursor)
        query = all_of(
            of_kind(ACT),
            # The index knows milliseconds, and acts are done at any microsecond.
            starting(None if since is None else since - 1_000, None if until is None else until + 1_000),
            None if who is None else Term("user.name", {"value": storable(who)}),
            None if what is None else Term("event.action", {"value": storable(what)}),
        )
        found = islice(self._done(query, since, until, after, limit + 1), limit + 1)
        return page("acts", list(found), limit, lambda one: (one.time, one.id))

    def _done(
        self, query: Query, since: int | None, until: int | None, after: tuple[object, ...], at_once: int
    ) -> Iterator[Act]:
        hits = self._scan(self._names.access, AccessDocument, query, NEWEST_FIRST, after=after, page=max(at_once, 1))
        for hit in hits:
            done = hit.source.drainwatch.act
            if done and (since is None or since <= done.time) and (until is None or done.time < until):
                yield done


def access_id(kind: str, name: str) -> str:
    """The id of the document of a token, session or act."""
    return document_id(f"{kind}-{name}")


def access_document(one: Token | Session | Act) -> AccessDocument:
    """One of them as a document."""
    match one:
        case Token():
            kind, name, part = TOKEN, one.name, AccessPart(TOKEN, token=one)
            time, end = one.created, one.expires
        case Session():
            kind, name, part = SESSION, one.name, AccessPart(SESSION, session=one)
            time, end = one.created, one.expires
        case Act():
            kind, name, part = ACT, one.who, AccessPart(ACT, act=one)
            time, end = one.time, None
    event = AccessEvent(
        one.id,
        "event",
        f"drainwatch.{kind}",
        one.what if isinstance(one, Act) else "",
        None if end is None else moment(end),
    )
    return AccessDocument(timestamp=moment(time), event=event, user=AccessUser(name), drainwatch=part)


def out_of_date(acts_before: int, now: int) -> tuple[Query, Query]:
    """Acts before a time, and sessions that have expired."""
    over = Range("event.end", {"lt": millis(now + 1), "format": "epoch_millis"})
    return all_of(of_kind(ACT), starting(None, acts_before)), all_of(of_kind(SESSION), over)
