"""Who somebody is and what they may, by what their provider says of them."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detector.access.people import ClaimsError, grants_of, groups_of, person
from detector.access.principal import Grant, Kind, Right, principal
from detector.settings.access import RoleSettings

WHO = {"iss": "https://login.example.org", "sub": "4711"}
READ, FEEDBACK = frozenset({Right.READ}), frozenset({Right.READ, Right.FEEDBACK})


@pytest.mark.parametrize(
    ("claims", "groups"),
    [
        ({"groups": ["ops", "web"]}, ("ops", "web")),
        ({"groups": "ops"}, ("ops",)),
        ({"groups": ["ops", "ops", 7, None, "", "x" * 257, "y" * 256, "z"]}, ("ops", "y" * 256, "z")),
        ({"groups": []}, ()),
        ({}, ()),
    ],
)
def test_groups_are_a_list_or_one_name(claims: dict[str, Any], groups: tuple[str, ...]) -> None:
    assert groups_of(claims, "groups") == groups


def test_dots_lead_into_tables_unless_the_claim_is_called_so() -> None:
    assert groups_of({"realm_access": {"roles": ["ops"]}}, "realm_access.roles") == ("ops",)
    assert groups_of({"https://example.org/groups": ["ops"]}, "https://example.org/groups") == ("ops",)
    assert groups_of({"realm_access": "roles"}, "realm_access.roles") == ()


@pytest.mark.parametrize("claims", [{"_claim_names": {"groups": "src1"}}, {"hasgroups": True}])
def test_groups_that_were_too_many_are_not_taken_for_none(claims: dict[str, Any]) -> None:
    with pytest.raises(ClaimsError, match=r"too many for a token\. Whoever runs it can send only"):
        groups_of(claims, "groups")


@pytest.mark.parametrize("found", [{"ops": True}, 7, True])
def test_what_are_no_groups_is_said(found: Any) -> None:
    with pytest.raises(ClaimsError, match=r"holds no groups\. access\.oidc\.groups_claim should"):
        groups_of({"groups": found}, "groups")


def test_so_many_groups_nobody_has() -> None:
    names = [str(one) for one in range(1_001)]
    with pytest.raises(ClaimsError, match=r"1,001 groups, of which 1,000 are read\. Whoever runs it can send only"):
        groups_of({"groups": names}, "groups")
    assert groups_of({"groups": names[:-1]}, "groups") == tuple(names[:-1])


@pytest.mark.parametrize(
    ("claims", "name"),
    [
        ({"preferred_username": "ana", "email": "a@example.org"}, "ana"),
        ({"email": "a@example.org"}, "a@example.org"),
        ({"email": "boss@example.org", "email_verified": False}, "4711"),
        ({"preferred_username": "\u202e\n ", "email": ""}, "4711"),
        ({"preferred_username": ["ana"]}, "4711"),
        ({"preferred_username": "ana\u202e\r\n  miller"}, "ana miller"),
        ({"preferred_username": "x" * 300}, "x" * 100),
    ],
)
def test_a_name_is_one_that_can_be_read_and_believed(claims: dict[str, Any], name: str) -> None:
    assert person(WHO | claims, "preferred_username", "groups").name == name


def test_who_it_is_for_good_is_issuer_and_subject() -> None:
    assert person(WHO, "preferred_username", "groups").subject == "https://login.example.org 4711"
    assert len(person(WHO | {"sub": "4" * 2_000}, "preferred_username", "groups").subject) == 1_000


def test_a_person_has_the_groups_that_the_claim_names() -> None:
    assert person(WHO | {"roles": ["ops"], "groups": ["web"]}, "name", "roles").groups == ("ops",)
    with pytest.raises(ClaimsError, match="holds no groups"):
        person(WHO | {"groups": 7}, "name", "groups")


ROLES = (
    RoleSettings(groups=("ops", "night"), namespaces=("pay*",), right="feedback"),
    RoleSettings(groups=("web",), namespaces=("shop", "cdn")),
    RoleSettings(groups=("sre",), right="admin"),
)


@pytest.mark.parametrize(
    ("groups", "grants"),
    [
        (["ops"], (Grant(("pay*",), FEEDBACK),)),
        (["night", "web"], (Grant(("pay*",), FEEDBACK), Grant(("shop", "cdn"), READ))),
        (["sre"], (Grant(("*",), frozenset(Right)),)),
        (["Ops", "op", "ops ", "*"], ()),
        ([], ()),
    ],
)
def test_a_person_may_what_the_roles_of_their_groups_say(groups: list[str], grants: tuple[Grant, ...]) -> None:
    assert grants_of(groups, ROLES) == grants


def test_a_role_of_everybody_is_that_of_who_has_no_groups_too() -> None:
    assert grants_of([], (RoleSettings(groups=("*",), namespaces=("public",)),)) == (Grant(("public",), READ),)


@given(st.lists(st.text(max_size=8)), st.lists(st.sampled_from(["ops", "web", "sre"])))
def test_more_groups_never_take_anything_away(others: list[str], known: list[str]) -> None:
    less, more = (principal(Kind.PERSON, "a", grants_of(one, ROLES)) for one in (known, [*known, *others]))
    for right in Right:
        for namespace in ("payments", "shop", "cdn", "", "*"):
            assert more.may(right, namespace) or not less.may(right, namespace)
