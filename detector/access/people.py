"""From what a provider of OpenID Connect says of somebody to who they are here, and what they may."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from detector.access.principal import Grant, Right
from detector.errors import UsageError

MOST_GROUPS, LONGEST = 1_000, 256
"""Of one person, and characters of a name: nobody's groups are more, but what a provider says is bounded here."""


class ClaimsError(UsageError):
    """What a provider says of somebody can't be made sense of."""


class Role(Protocol):
    """What the people of some groups may (`access.roles`)."""

    @property
    def groups(self) -> Sequence[str]:
        """Names; `*` is everybody."""

    @property
    def namespaces(self) -> Sequence[str]:
        """Names or patterns."""

    @property
    def right(self) -> str:
        """The highest."""


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody, as a provider knows them."""

    name: str
    """For people."""
    subject: str
    """Issuer and `sub`: who it is, for good."""
    groups: tuple[str, ...]


def person(claims: Mapping[str, Any], name_claim: str, groups_claim: str) -> Person:
    """Who somebody is, by the claims of their ID token, which has been checked.

    A name is the claim's, else the e-mail address, unless the provider says that it isn't verified, else `sub`
    (https://openid.net/specs/openid-connect-core-1_0.html#StandardClaims). Raises `ClaimsError` as `groups_of`.
    """
    subject = str(claims["sub"])
    mail = claims.get("email") if claims.get("email_verified", True) is True else None
    names = (one for one in (_at(claims, name_claim), mail) if isinstance(one, str) and clean(one))
    return Person(clean(next(names, subject)), f"{claims['iss']} {subject}"[:1_000], groups_of(claims, groups_claim))


def groups_of(claims: Mapping[str, Any], claim: str) -> tuple[str, ...]:
    """The groups in a claim, whose name's dots lead into tables unless there is one of that very name.

    A list, or one group as text. Raises `ClaimsError` where they aren't there for being too many, which Microsoft
    Entra says by pointing elsewhere (https://learn.microsoft.com/entra/identity-platform/id-token-claims-reference).
    """
    found = _at(claims, claim)
    if found is None:
        if has_overage(claims, claim):
            raise ClaimsError(
                f"The provider left out your groups ({claim}), since they are too many for a token.",
                "Whoever runs it can send only the groups that are assigned to drainwatch, or use roles of the app.",
            )
        return ()
    listed = [found] if isinstance(found, str) else found
    if not isinstance(listed, list):
        raise ClaimsError(
            f"The provider's claim {claim} holds no groups.", "access.oidc.groups_claim should name a list of them."
        )
    if len(listed) > MOST_GROUPS:
        raise ClaimsError(
            f"The provider names {len(listed):,} groups, of which {MOST_GROUPS:,} are read.",
            "Whoever runs it can send only those that are assigned to drainwatch.",
        )
    return tuple(dict.fromkeys(one for one in listed if isinstance(one, str) and 0 < len(one) <= LONGEST))


def has_overage(claims: Mapping[str, Any], claim: str) -> bool:
    """Whether a claim is elsewhere, for being too long."""
    names = claims.get("_claim_names")
    return (isinstance(names, dict) and claim in names) or (claim == "groups" and claims.get("hasgroups") is True)


def grants_of(groups: Iterable[str], roles: Iterable[Role]) -> tuple[Grant, ...]:
    """What somebody of these groups may; nothing where no role names one of them. Groups are compared exactly."""
    held = {"*", *groups}
    return tuple(
        Grant(tuple(role.namespaces) or ("*",), _up_to(Right(role.right)))
        for role in roles
        if not held.isdisjoint(role.groups)
    )


def clean(name: str) -> str:
    """A name without what can't be seen, and no longer than is kept; empty where nothing is left."""
    seen = "".join(" " if unicodedata.category(one)[0] in "CZ" else one for one in name[:LONGEST])
    return " ".join(seen.split())[:100]


def _up_to(right: Right) -> frozenset[Right]:
    rights = tuple(Right)
    return frozenset(rights[: rights.index(right) + 1])


def _at(claims: Mapping[str, Any], claim: str) -> Any:
    """What a claim holds; None where there is none."""
    if claim in claims:
        return claims[claim]
    here: Any = claims
    for part in claim.split("."):
        here = here.get(part) if isinstance(here, dict) else None
    return here
