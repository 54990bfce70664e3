"""Who may see and do what: patterns, rights that include others, several grants."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detector.access.principal import EVERY, NOBODY, OPEN, Grant, Kind, Principal, Right, principal


def one(*grants: tuple[str, Right]) -> Principal:
    return principal(Kind.TOKEN, "robot", [Grant((pattern,), frozenset({right})) for pattern, right in grants], "t1")


@pytest.mark.parametrize(
    ("pattern", "theirs", "others"),
    [
        ("payments", ["payments"], ["payments-dev", "pay", "Payments", "payments\n", ""]),
        ("pay*", ["pay", "payments", "pay\nments"], ["my-pay", "", "Pay"]),
        ("*-dev", ["a-dev", "-dev"], ["a-dev2", "dev", ""]),
        ("a*z", ["az", "abcz"], ["a", "z", "azb", ""]),
        ("a**z", ["az", "a*z"], ["b", ""]),
        ("a.c", ["a.c"], ["abc", ""]),
        (EVERY, ["payments", "", "~metrics"], []),
        ("**", ["payments"], [""]),
    ],
)
def test_a_pattern_stands_for_names(pattern: str, theirs: list[str], others: list[str]) -> None:
    who = one((pattern, Right.READ))
    assert [name for name in theirs if not who.sees(name)] == []
    assert [name for name in others if who.sees(name)] == []


@pytest.mark.parametrize(
    ("own", "asked", "covered"),
    [
        ("pay*", "pay*", True),
        ("pay*", "pay*-dev", True),
        ("pay*", "payments", True),
        ("pay*-dev", "pay*", False),
        ("pay*", "p*", False),
        ("pay*", "*", False),
        ("payments", "pay*", False),
        ("payments", "payment*", False),
        ("*", "*", True),
        ("*", "pay*", True),
        ("*a*", "*b*a*", True),
        ("*a*", "*", False),
    ],
)
def test_a_pattern_is_theirs_where_all_is_that_it_may_ever_stand_for(own: str, asked: str, covered: bool) -> None:
    assert one((own, Right.FEEDBACK)).may(Right.FEEDBACK, asked) is covered


def test_a_right_includes_those_before_it_and_no_others() -> None:
    reader, speaker = one(("pay*", Right.READ)), one(("pay*", Right.FEEDBACK))
    assert (reader.may(Right.READ), reader.may(Right.FEEDBACK), reader.is_admin) == (True, False, False)
    assert (speaker.may(Right.READ, "payments"), speaker.may(Right.FEEDBACK, "payments")) == (True, True)
    assert not speaker.may(Right.ADMIN)


def test_an_admin_may_everything_everywhere_whichever_namespaces_are_named() -> None:
    admin = one(("pay*", Right.ADMIN), ("shop", Right.READ))
    assert admin.is_admin
    assert admin.sees_all
    assert admin.may(Right.FEEDBACK, "media")
    assert (admin.kind, admin.name, admin.key) == (Kind.TOKEN, "robot", "t1")


def test_each_grant_holds_in_its_own_namespaces() -> None:
    who = one(("*", Right.READ), ("pay*", Right.FEEDBACK))
    assert who.sees("shop")
    assert who.may(Right.FEEDBACK, "payments")
    assert not who.may(Right.FEEDBACK, "shop")
    assert not who.may(Right.FEEDBACK, "*")
    assert who.sees_all
    assert not one(("pay*", Right.READ), ("shop", Right.READ)).sees_all


def test_a_grant_without_rights_is_none() -> None:
    who = principal(Kind.PERSON, "ana", [Grant((EVERY,), frozenset())])
    assert who.grants == ()
    assert not who.may(Right.READ)
    assert who.key == ""


def test_where_nobody_has_to_log_in_everybody_may_everything_and_nobody_nothing() -> None:
    assert OPEN.is_admin
    assert OPEN.sees_all
    assert (OPEN.kind, OPEN.name, OPEN.key) == (Kind.OPEN, "", "")
    assert not any(NOBODY.may(right) for right in Right)
    assert (NOBODY.kind, NOBODY.name, NOBODY.key) == (Kind.NOBODY, "", "")


PATTERNS = st.text(alphabet="ab*", min_size=1, max_size=6)
NAMES = st.text(alphabet="ab", min_size=1, max_size=6)


@given(PATTERNS, PATTERNS, NAMES)
def test_what_is_covered_holds_for_each_name_that_it_stands_for(own: str, asked: str, name: str) -> None:
    if one((own, Right.READ)).may(Right.READ, asked) and one((asked, Right.READ)).sees(name):
        assert one((own, Right.READ)).sees(name)
