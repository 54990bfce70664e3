"""Tokens as they are made, shown, kept and checked."""

from __future__ import annotations

import re
from dataclasses import replace
from hashlib import sha256

import pytest

from detector.access.principal import EVERY, Grant, Kind, Right, principal
from detector.access.records import Token
from detector.access.tokens import (
    DAY,
    ENTROPY,
    LONGEST_NAME,
    LONGEST_PATTERN,
    MOST_PATTERNS,
    Wish,
    exceeds,
    holder,
    id_of,
    make,
    opens,
    right_of,
    told,
)
from detector.errors import UsageError

NOW = 1_795_244_400_000_000
RANDOM = bytes(range(ENTROPY))


def made(*namespaces: str, right: Right = Right.READ, expires: int | None = NOW + DAY) -> tuple[Token, str]:
    return make(Wish("grafana", namespaces or ("pay*",), right, expires), "ana", NOW, RANDOM)


def test_what_its_holder_sends_is_kept_nowhere() -> None:
    token, sent = made()
    assert re.fullmatch(r"dw_[a-z2-7]{16}_[A-Za-z0-9_-]{43}", sent)
    _, id_, secret = sent.split("_", 2)
    assert token == Token(
        id_, "grafana", sha256(secret.encode()).hexdigest(), ("pay*",), (Right.READ,), "ana", NOW, NOW + DAY
    )
    assert secret not in repr(token)
    assert make(Wish("grafana", ("pay*",), Right.READ, None), "ana", NOW, RANDOM[::-1])[1] != sent


def test_it_opens_from_when_it_was_made_until_it_expires_or_is_revoked() -> None:
    token, sent = made()
    assert opens(token, sent, NOW)
    assert opens(token, sent, NOW + DAY - 1)
    assert not opens(token, sent, NOW - 1)
    assert not opens(token, sent, NOW + DAY)
    assert not opens(replace(token, revoked=NOW), sent, NOW + 1)
    assert opens(replace(token, expires=None), sent, NOW + 10_000 * DAY)


def test_nothing_else_opens_it() -> None:
    token, sent = made()
    other, others = make(Wish("x", ("*",), Right.READ, None), "ana", NOW, RANDOM[::-1])
    mixed = f"dw_{token.id}_{others.split('_', 2)[2]}"
    for wrong in ("", "dw_", sent[:-1], sent + "A", f" {sent}", f"{sent}\n", others, mixed, sent.upper(), token.digest):
        assert not opens(token, wrong, NOW), wrong
    assert not opens(None, sent, NOW)
    assert not opens(other, sent, NOW)
    assert id_of(sent) == token.id
    assert id_of(f"{sent}x") is None


def test_its_holder_may_what_it_is_for() -> None:
    token, _ = made("pay*", "shop", right=Right.FEEDBACK)
    who = holder(token)
    assert (who.kind, who.name, who.key) == (Kind.TOKEN, "grafana", token.id)
    assert who.may(Right.FEEDBACK, "shop")
    assert who.sees("payments")
    assert not who.sees("media")
    assert right_of(token) is Right.FEEDBACK


def test_one_for_admins_is_for_all_namespaces() -> None:
    token, _ = made("pay*", right=Right.ADMIN)
    assert token.namespaces == (EVERY,)
    assert make(Wish("root", (), Right.ADMIN, None), "ana", NOW, RANDOM)[0].namespaces == (EVERY,)
    assert right_of(replace(token, rights=tuple(Right))) is Right.ADMIN


def test_nobody_makes_one_that_may_more_than_they_do() -> None:
    who = principal(Kind.PERSON, "ana", [Grant(("pay*",), frozenset({Right.FEEDBACK}))])

    def wished(right: Right, *namespaces: str) -> str | None:
        return exceeds(Wish("x", namespaces, right, None), who)

    assert wished(Right.READ, "payments") is None
    assert wished(Right.FEEDBACK, "pay*", "payroll") is None
    assert wished(Right.FEEDBACK, "payments", "shop", "*") == "feedback in shop, *"
    assert wished(Right.ADMIN) == "administer"
    admin = principal(Kind.PERSON, "root", [Grant((EVERY,), frozenset({Right.ADMIN}))])
    assert exceeds(Wish("x", (), Right.ADMIN, None), admin) is None


def test_names_and_patterns_are_cleaned_and_kept_in_order() -> None:
    token, _ = make(Wish("  grafana ", (" b* ", "a", "b*"), Right.READ, None), "a" * 200, NOW, RANDOM)
    assert (token.name, token.namespaces, token.author) == ("grafana", ("b*", "a"), "a" * LONGEST_NAME)


@pytest.mark.parametrize(
    ("wish", "problem"),
    [
        (Wish("", ("a",), Right.READ, None), "A token needs a name: what it is for."),
        (Wish(" ", ("a",), Right.READ, None), "A token needs a name: what it is for."),
        (Wish("a\nb", ("a",), Right.READ, None), "A token needs a name: what it is for."),
        (Wish("n" * (LONGEST_NAME + 1), ("a",), Right.READ, None), "A token needs a name: what it is for."),
        (Wish("x", (), Right.FEEDBACK, None), "A token needs namespaces that it is for."),
        (
            Wish("x", tuple(f"n{at}" for at in range(MOST_PATTERNS + 1)), Right.READ, None),
            "A token is for 50 namespaces at most.",
        ),
        (Wish("x", ("a b",), Right.READ, None), "'a b' is no namespace nor a pattern of some."),
        (Wish("x", ("",), Right.READ, None), "'' is no namespace nor a pattern of some."),
        (
            Wish("x", ("n" * (LONGEST_PATTERN + 1),), Right.READ, None),
            f"'{'n' * 80}' is no namespace nor a pattern of some.",
        ),
        (Wish("x", ("a",), Right.READ, NOW), "The token would have expired already."),
    ],
)
def test_what_can_not_be_is_refused(wish: Wish, problem: str) -> None:
    with pytest.raises(UsageError) as refused:
        make(wish, "ana", NOW, RANDOM)
    assert refused.value.problem == problem
    assert refused.value.advice


def test_the_longest_and_the_most_are_taken() -> None:
    most = (*(f"n{at}" for at in range(MOST_PATTERNS - 1)), "n" * LONGEST_PATTERN)
    token, _ = make(Wish("n" * LONGEST_NAME, most, Right.READ, NOW + 1), "ana", NOW, RANDOM)
    assert (len(token.namespaces), token.expires) == (MOST_PATTERNS, NOW + 1)


def test_a_line_tells_what_it_may_and_until_when() -> None:
    assert told(made("pay*", "shop")[0]) == "grafana: read in pay*, shop until 2026-11-22T07:00:00Z"
    assert told(made(right=Right.ADMIN, expires=None)[0]) == "grafana: admin in * for ever"
