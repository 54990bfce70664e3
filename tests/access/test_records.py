"""Until when a token opens, and a session is in force."""

from __future__ import annotations

from dataclasses import replace

from detector.access.principal import Right
from detector.access.records import Session, Token

TOKEN = Token("k3y", "ci", "0" * 64, ("*",), (Right.READ,), "ana", created=10, expires=20)
SESSION = Session("0" * 64, "ana", "https://login.example.org 4711", (), "", created=10, expires=20)


def test_both_hold_from_when_they_were_made_to_before_they_expire() -> None:
    for one in (TOKEN, SESSION):
        assert [at for at in range(30) if one.holds(at)] == list(range(10, 20))


def test_a_token_may_hold_for_ever() -> None:
    assert [at for at in (9, 10, 10**18) if replace(TOKEN, expires=None).holds(at)] == [10, 10**18]


def test_none_holds_that_was_taken_back_or_left() -> None:
    for one in (replace(TOKEN, revoked=15), replace(TOKEN, revoked=0), replace(SESSION, ended=15)):
        assert not any(one.holds(at) for at in range(30))
    assert not replace(TOKEN, expires=None, revoked=15).holds(12)
