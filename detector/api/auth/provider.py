"""What a provider says of itself, and the keys that it signs with: looked up when they are needed, and remembered.

https://openid.net/specs/openid-connect-discovery-1_0.html#ProviderMetadata
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from threading import Lock
from typing import Any
from urllib.parse import urlsplit

import structlog
from joserfc.jwk import KeySet

from detector.api.auth.asking import Asker, host_of
from detector.api.auth.identity import keys_of
from detector.errors import ServerError
from detector.settings.addresses import address_problem, is_loopback

log = structlog.get_logger("drainwatch.service")

FRESH = 3_600.0
"""Seconds for which what a provider says of itself is remembered; what was good once is good while it is away."""
AGAIN = 10.0
"""Seconds from one look for a key that isn't there, or at a provider that doesn't answer, to the next."""


@dataclass(frozen=True, slots=True)
class Document:
    """The part of it that is used; places are addresses, empty where there is none."""

    issuer: str
    """Exactly as its tokens name it."""
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    userinfo_endpoint: str
    end_session_endpoint: str
    auth_methods: tuple[str, ...]
    names_itself: bool
    """Whether its answers say that they are its own."""


class Provider:
    """The one of an issuer (as the setting has it, without a slash at the end)."""

    def __init__(self, issuer: str, asker: Asker, monotonic: Callable[[], float]) -> None:
        self.issuer, self._asker, self._monotonic = issuer, asker, monotonic
        self._lock, self._keys_lock = Lock(), Lock()
        self._document: Document | None = None
        self._document_due = self._keys_due = self._keys_old = float("-inf")
        self._problem: ServerError | None = None
        self._keys = KeySet([])

    @property
    def host(self) -> str:
        """By which people know it."""
        return urlsplit(self.issuer).netloc

    def document(self) -> Document:
        """Raises `ServerError` where it was never had and isn't to be had."""
        known = self._document
        if not self._lock.acquire(blocking=known is None):
            assert known is not None
            return known  # somebody else is asking, which nobody has to wait for
        try:
            now = self._monotonic()
            if now >= self._document_due:
                self._look(now)
            if self._document is None:
                assert self._problem is not None
                raise ServerError(self._problem.problem, self._problem.advice)
            return self._document
        finally:
            self._lock.release()

    def keys(self, kid: str | None) -> KeySet:
        """Those that it signs with; looked up anew where the one of this id isn't among them, as after a rotation.

        Raises `ServerError` where they aren't to be had.
        """
        place = self.document().jwks_uri
        with self._keys_lock:
            now = self._monotonic()
            known = self._knows(kid)
            if now >= self._keys_old or (not known and now >= self._keys_due):
                self._keys_due = now + AGAIN
                try:
                    self._keys = keys_of(self._asker.get(place))
                    self._keys_old = now + FRESH
                    if self._knows(kid):
                        self._keys_due = now  # nothing was asked in vain: it may change them again at once
                except ServerError:
                    if not known:
                        raise
            return self._keys

    def _knows(self, kid: str | None) -> bool:
        return bool(self._keys) and (kid is None or any(one.kid == kid for one in self._keys))

    def _look(self, now: float) -> None:
        try:
            self._document, self._document_due = document_of(self._asker, self.issuer), now + FRESH
            if self._problem is not None:
                log.info("people can log in by the provider again", provider=self.host)
            self._problem = None
        except ServerError as error:
            if self._problem is None or str(self._problem) != str(error):  # once, not at each click
                log.warning(
                    "the provider of log-ins fails",
                    provider=self.host,
                    problem=error.problem,
                    advice=error.advice,
                )
            self._problem, self._document_due = error, now + AGAIN


def document_of(asker: Asker, issuer: str) -> Document:
    """What the provider of an issuer says of itself now. Raises `ServerError` where it doesn't, or can't be trusted."""
    return _document(asker.get(f"{issuer}/.well-known/openid-configuration"), issuer)


def _document(found: Mapping[str, Any], issuer: str) -> Document:
    named = found.get("issuer")
    if not isinstance(named, str) or named.rstrip("/") != issuer:
        told = f" {named[:200]}" if isinstance(named, str) and named.isprintable() else " nothing"
        raise ServerError(
            f"The provider at {host_of(issuer)} calls itself{told}, not {issuer}.",
            "Set access.oidc.issuer to what it calls itself.",
        )

    def place(name: str) -> str:
        value = found.get(name)
        if not isinstance(value, str) or not value:
            return ""
        # What leads from TLS to none would let everybody on the way read codes and change keys.
        plain = value.startswith("http://") and not (is_loopback(value) and is_loopback(issuer))
        if plain or address_problem(value):
            raise ServerError(f"The provider's {name} is no address that can be trusted.", "It has to be https://.")
        return value

    def needed(name: str) -> str:
        if value := place(name):
            return value
        raise ServerError(f"The provider at {host_of(issuer)} names no {name}.", "See access.oidc.issuer.")

    methods = found.get("token_endpoint_auth_methods_supported")
    return Document(
        issuer=named,
        authorization_endpoint=needed("authorization_endpoint"),
        token_endpoint=needed("token_endpoint"),
        jwks_uri=needed("jwks_uri"),
        userinfo_endpoint=place("userinfo_endpoint"),
        end_session_endpoint=place("end_session_endpoint"),
        auth_methods=tuple(map(str, methods)) if isinstance(methods, list) else (),
        names_itself=found.get("authorization_response_iss_parameter_supported") is True,
    )
