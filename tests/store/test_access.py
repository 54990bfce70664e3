"""Tokens, sessions and the audit log, in every store."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from dataclasses import replace

import pytest

from detector.access.principal import Right
from detector.access.records import Act, Session, Token
from detector.errors import UsageError
from detector.store.port import PassResult, Store, Word
from tests.store.shop import minute

Opened = Callable[[], Store]


def token(at: int, name: str = "grafana") -> Token:
    """One that was made so many minutes after seven, at an odd microsecond."""
    rights = (Right.READ, Right.FEEDBACK)
    return Token(f"t{at}", name, "ab" * 32, ("pay*", "shop"), rights, "ana", minute(at) + 7, minute(at + 60))


def session(at: int, length: int = 60) -> Session:
    """One that was begun so many minutes after seven."""
    begun = minute(at) + 7
    return Session(
        f"{at:064x}", "ana", "https://id.example|7", ("sre", "dev"), "", begun, begun + minute(length) - minute(0)
    )


def act(at: int, who: str = "ana", what: str = "token-made", name: str = "") -> Act:
    """One so many minutes after seven."""
    named = name or f"a{at}-{who}-{what}"
    return Act(named, minute(at) + 7, who, "session", what, "t1", "shop", "10.0.0.7", "grafana")


def test_an_empty_store_lets_nobody_in_and_nothing_was_done(store: Store) -> None:
    assert store.tokens() == []
    assert store.session("0") is None
    assert store.acts().items == []


def test_they_come_back_as_they_were_written_also_after_a_restart(opened: Opened) -> None:
    tokens = [replace(token(1), expires=None, used=minute(9), revoked=minute(10)), token(2, "naïve ☕")]
    with closing(opened()) as store:
        said: list[Word] = [*reversed(tokens), session(3), act(4)]
        for word in said:
            store.say(word)
    with closing(opened()) as store:
        assert store.tokens() == tokens
        assert store.session(session(3).id) == session(3)
        assert store.acts().items == [act(4)]


def test_what_is_written_under_the_same_id_replaces_what_was(store: Store) -> None:
    for word in (token(1), session(1), act(1, name="a")):
        store.say(word)
    revoked, ended = replace(token(1), revoked=minute(5)), replace(session(1), ended=minute(5))
    more = replace(act(1, name="a"), detail="12 times in this minute")
    for word in (revoked, ended, more):
        store.say(word)
    assert store.tokens() == [revoked]
    assert store.session(ended.id) == ended
    assert store.acts().items == [more]


def test_no_id_of_one_kind_is_taken_for_one_of_another(store: Store) -> None:
    same: list[Token | Session | Act] = [
        replace(token(1), id="x"),
        replace(session(1), id="x"),
        replace(act(1), id="x"),
    ]
    for word in same:
        store.say(word)
    assert [*store.tokens(), store.session("x"), *store.acts().items] == same


def test_acts_come_newest_first_and_page_by_page_also_while_others_are_done(store: Store) -> None:
    done = [act(1), act(2), replace(act(2), id="b"), act(3)]
    for one in done:
        store.say(one)
    first = store.acts(limit=2)
    store.say(act(9))
    rest = store.acts(limit=9, cursor=first.next_cursor)
    assert [*first.items, *rest.items] == sorted(done, key=lambda one: (one.time, one.id), reverse=True)
    assert rest.next_cursor is None
    with pytest.raises(UsageError, match="cursor"):
        store.acts(cursor="x")


def test_acts_are_found_by_time_by_who_and_by_what(store: Store) -> None:
    made, refused, other = act(1), act(2, what="log-in-refused"), act(3, who="naïve ☕\ud800", name="odd")
    for one in (made, refused, other):
        store.say(one)
    assert store.acts(since=refused.time).items == [replace(other, who="naïve ☕?"), refused]
    assert store.acts(since=made.time + 1, until=other.time).items == [refused]
    assert store.acts(who="ana").items == [refused, made]
    assert store.acts(who="ana", what="token-made").items == [made]
    assert [one.id for one in store.acts(who=other.who).items] == [other.id]
    assert store.acts(what="nothing").items == []


def test_old_acts_and_expired_sessions_go_and_tokens_stay(store: Store) -> None:
    for word in (token(1), session(1, 10), session(2, 60), act(1), act(30)):
        store.say(word)
    assert store.prune_access(minute(30), minute(20)) == 2
    assert store.prune_access(minute(30), minute(20)) == 0
    assert store.session(session(1, 10).id) is None
    assert store.session(session(2, 60).id) == session(2, 60)
    assert store.acts().items == [act(30)]
    assert store.tokens() == [token(1)]


def test_whoever_looks_at_the_version_sees_that_one_was_written(store: Store) -> None:
    store.commit(PassResult(minute(1)))
    for word in (token(1), session(1), act(1), replace(token(1), revoked=minute(2))):
        before = store.version()
        store.say(word)
        assert store.version() != before
        assert store.version() == store.version()


def test_a_token_that_was_revoked_stays_so_whatever_is_written_over_it(store: Store) -> None:
    revoked = replace(token(1), revoked=minute(5))
    store.say(token(1))
    store.say(replace(token(1), used=minute(4)))
    store.say(revoked)
    store.say(replace(token(1), used=minute(6)))
    assert store.tokens() == [revoked]
