"""Checks ID tokens of OpenID Connect: who signed them, for whom, for which log-in, and until when.

https://openid.net/specs/openid-connect-core-1_0.html#IDTokenValidation https://www.rfc-editor.org/rfc/rfc8725
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from authlib.oidc.core.claims import CodeIDToken
from joserfc import jwt
from joserfc.errors import ExpiredTokenError, InvalidClaimError, JoseError, MissingClaimError
from joserfc.jwk import JWKRegistry, Key, KeySet
from joserfc.jws import extract_compact

from detector.errors import ServerError

ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "Ed25519", "EdDSA")
"""Signatures of a private key that only the provider has. None at all and HMAC, by which a public key could be taken
for a shared secret, are none."""
LEEWAY = 60
"""Seconds by which clocks may differ."""


class IdentityError(ServerError):
    """An ID token that isn't taken; says why, without anything of it."""


def keys_of(document: Mapping[str, Any]) -> KeySet:
    """The keys of a JWKS that sign; those of kinds that aren't known are left out, as others than public ones are."""
    found: list[Key] = []
    listed = document.get("keys")
    for one in listed[:100] if isinstance(listed, list) else ():
        if not isinstance(one, dict) or one.get("use", "sig") != "sig" or one.get("kty") == "oct":
            continue
        try:
            found.append(JWKRegistry.import_key(one))
        except (JoseError, ValueError, TypeError, KeyError):
            continue
    return KeySet(found)


def checked(
    token: str,
    keys: Callable[[str | None], KeySet],
    *,
    issuer: str,
    client_id: str,
    nonce: str,
    access_token: str,
    now: int,
) -> dict[str, Any]:
    """The claims of an ID token. `keys` gives the provider's for a key id, and `now` is in seconds.

    Raises `IdentityError`.
    """
    try:
        header = extract_compact(token.encode()).headers()
        if header.get("alg") not in ALGORITHMS:
            raise _refused("is signed by a method that isn't taken", f"Set the provider to one of {_told(ALGORITHMS)}.")
        kid = header.get("kid")
        known = keys(kid if isinstance(kid, str) else None)
        decoded = jwt.decode(token, known, algorithms=ALGORITHMS)
    except (JoseError, ValueError, TypeError, UnicodeError, RecursionError):
        raise _refused("isn't signed by any of its keys", "See whether access.oidc.issuer is right.") from None
    claims = CodeIDToken(
        decoded.claims,
        decoded.header,
        {"iss": {"essential": True, "value": issuer}, "aud": {"essential": True, "value": client_id}},
        {"client_id": client_id, "nonce": nonce, "access_token": access_token},
    )
    try:
        claims.validate(now, LEEWAY)
    except ExpiredTokenError:
        raise _refused("has expired", "See whether the clocks here and there are right.") from None
    except (InvalidClaimError, MissingClaimError) as error:
        raise _refused(f"holds another {_named(error)} than it should", _ADVICE.get(_named(error), "")) from None
    if not isinstance(decoded.claims["sub"], str) or not decoded.claims["sub"]:
        raise _refused("doesn't say whose it is")
    return decoded.claims


_ADVICE = {
    "iss": "See whether access.oidc.issuer is as the provider names itself.",
    "aud": "See whether access.oidc.client_id is right.",
    "azp": "See whether access.oidc.client_id is right.",
    "iat": "See whether the clocks here and there are right.",
    "nbf": "See whether the clocks here and there are right.",
    "nonce": "Log in once more.",
}


def _named(error: InvalidClaimError | MissingClaimError) -> str:
    """Which of the claims it is; never what it holds."""
    return error.claim.split(",")[0]


def _refused(why: str, advice: str = "") -> IdentityError:
    return IdentityError(f"The provider's ID token {why}.", advice)


def _told(names: Sequence[str]) -> str:
    return ", ".join(names)
