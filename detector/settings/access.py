"""The settings of who may come in: tokens, single sign-on, and what groups of people may."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, SecretStr, model_validator

from detector.settings.kinds import Names, Networks, Period, Section, contradiction


def _issuer(url: str) -> str:
    if url and not re.fullmatch(
        r"https://[^\s/?#@]+(/[^\s?#]*)?|http://(127\.0\.0\.1|localhost)(:\d+)?(/[^\s?#]*)?", url
    ):
        raise ValueError(
            "should be the provider's address as it names itself, such as https://login.example.org/realms/ops"
        )
    return url.rstrip("/")


Issuer = Annotated[str, AfterValidator(_issuer)]


class RoleSettings(Section):
    """What the people of some groups may."""

    groups: Names
    """As the provider tells them; `*` is everybody who can log in there."""
    namespaces: Names = ()
    """Names, or patterns such as `pay*`; `*` is all."""
    right: Literal["read", "feedback", "admin"] = "read"
    """`admin` holds in all namespaces, whichever are named."""

    @model_validator(mode="after")
    def _somewhere(self) -> Self:
        if not self.groups:
            raise contradiction("A role of access.roles names no groups; name those whose people have it.")
        if not self.namespaces and self.right != "admin":
            raise contradiction("A role of access.roles names no namespaces; '*' is all.")
        return self


class OidcSettings(Section):
    """A provider of OpenID Connect by which people log in at the page; used where an issuer is named."""

    issuer: Issuer = ""
    """Its address; `/.well-known/openid-configuration` below it tells the rest."""
    client_id: str = "drainwatch"
    """As it is registered there."""
    client_secret: SecretStr = SecretStr("")
    """Better in a file."""
    client_secret_file: Path | None = None
    """File that holds it."""
    ca_file: Path | None = None
    """PEM file of the certificate authority, where it is one of your own."""
    private_networks: Networks = ()
    """Private addresses that it may name for tokens and keys, beside those of the issuer's own name."""
    scopes: Names = ("openid", "profile", "email", "groups")
    """What is asked for."""
    groups_claim: str = "groups"
    """Where its ID token has the groups; dots lead into tables."""
    name_claim: str = "preferred_username"
    """Where it has the name that feedback is put down to; `email` or `sub` where there is none."""


class AccessSettings(Section):
    """Who may come in."""

    required: bool = False
    """Whether a token or a log-in is needed; without, whoever reaches the address may do everything."""
    oidc: OidcSettings = OidcSettings()
    roles: tuple[RoleSettings, ...] = ()
    """What groups of the provider may. Who has none of them may nothing."""
    session: Period = timedelta(hours=12)
    """How long a log-in at the page lasts."""
    keep_acts: Period = timedelta(days=365)
    """How long the audit log is kept."""
