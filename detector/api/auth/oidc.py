"""A provider of OpenID Connect: what it says of itself, how somebody is sent there, and whom it sent back.

Authorization code with PKCE (https://openid.net/specs/openid-connect-core-1_0.html#CodeFlowAuth
https://www.rfc-editor.org/rfc/rfc7636), as https://www.rfc-editor.org/rfc/rfc9700 has it. All of it may wait for the
provider, which is for threads.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from ipaddress import ip_network
from typing import Any

from authlib.common.urls import add_params_to_uri
from authlib.oauth2.auth import ClientAuth
from authlib.oauth2.rfc6749.parameters import prepare_grant_uri, prepare_token_request
from authlib.oauth2.rfc7636 import create_s256_code_challenge

from detector.api.auth.asking import Asker, host_of
from detector.api.auth.attempts import Attempt
from detector.api.auth.identity import checked, keys_of
from detector.api.auth.provider import Provider, document_of
from detector.errors import ServerError
from detector.settings.access import OidcSettings
from detector.settings.secrets import read_secret

_SECRET = "access.oidc.client_secret"


def ask(settings: OidcSettings) -> int:
    """How many keys the provider of the settings signs with now: asked as for a log-in, but not remembered or logged.

    Raises `SettingsError` where the settings can't be used, and `ServerError` where it can't be asked, or what it says
    can't be trusted.
    """
    asker = _asker(settings)
    _secret(settings)
    return sum(1 for _ in keys_of(asker.get(document_of(asker, settings.issuer).jwks_uri)))


def _asker(settings: OidcSettings) -> Asker:
    return Asker(settings.ca_file, host_of(settings.issuer), tuple(map(ip_network, settings.private_networks)))


def _secret(settings: OidcSettings) -> str:
    return read_secret(_SECRET, settings.client_secret, settings.client_secret_file)


class Oidc:
    """Logs people in at the provider of the settings. `clock` gives microseconds UTC.

    Raises `SettingsError` where the file of the client's secret can't be read; it is read anew at each log-in.
    """

    def __init__(
        self,
        settings: OidcSettings,
        clock: Callable[[], int],
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self.settings, self._clock = settings, clock
        self._asker = _asker(settings)
        self.provider = Provider(settings.issuer, self._asker, monotonic)
        self._secret()

    def address(self, attempt: Attempt, redirect_uri: str, *, again: bool = False) -> str:
        """Where somebody logs in; `again`: says who they are anew, be they logged in there or not.

        Raises `ServerError` where the provider can't be asked.
        """
        return str(
            prepare_grant_uri(
                self.provider.document().authorization_endpoint,
                self.settings.client_id,
                "code",
                redirect_uri,
                scope=" ".join(dict.fromkeys(("openid", *self.settings.scopes))),
                state=attempt.state,
                nonce=attempt.nonce,
                prompt="login" if again else None,
                code_challenge=create_s256_code_challenge(attempt.verifier),
                code_challenge_method="S256",
            )
        )

    def claims(self, answer: Mapping[str, str], attempt: Attempt, redirect_uri: str) -> tuple[dict[str, Any], str]:
        """Who was sent back with this answer, whose state is that of the attempt, and their ID token.

        Raises `ServerError` where the provider refuses, can't be asked, or what it says can't be trusted.
        """
        document = self.provider.document()
        issuer = answer.get("iss")
        # https://www.rfc-editor.org/rfc/rfc9207#section-2.4
        if issuer != document.issuer and (issuer is not None or document.names_itself):
            raise ServerError("The answer isn't from the provider of access.oidc.issuer.", "Log in once more.")
        tokens = self._tokens(answer.get("code", ""), attempt, redirect_uri)
        access_token = tokens.get("access_token")
        access_token = access_token if isinstance(access_token, str) else ""
        id_token = tokens.get("id_token")
        if not isinstance(id_token, str):
            raise ServerError("The provider gives no ID token.", "See that access.oidc.scopes has openid.")
        claims = checked(
            id_token,
            self.provider.keys,
            issuer=document.issuer,
            client_id=self.settings.client_id,
            nonce=attempt.nonce,
            access_token=access_token,
            now=self._clock() // 1_000_000,
        )
        return self._with_more(claims, access_token), id_token

    def log_out(self, back: str, id_token: str | None) -> str | None:
        """Where somebody logs out at the provider; None where there is no such place, or it can't be asked.

        https://openid.net/specs/openid-connect-rpinitiated-1_0.html#RPLogout
        """
        try:
            place = self.provider.document().end_session_endpoint
        except ServerError:
            return None
        if not place:
            return None
        parameters = [("client_id", self.settings.client_id), ("post_logout_redirect_uri", back)]
        hint = [("id_token_hint", id_token)] if id_token else []  # without one it asks whether it is meant
        return str(add_params_to_uri(place, parameters + hint))

    def _secret(self) -> str:
        return _secret(self.settings)

    def _tokens(self, code: str, attempt: Attempt, redirect_uri: str) -> dict[str, Any]:
        document, secret = self.provider.document(), self._secret()
        # In the body where it can be: of Basic, some want names and secrets percent-encoded and some don't.
        method = "client_secret_post" if "client_secret_post" in document.auth_methods else "client_secret_basic"
        auth = ClientAuth(self.settings.client_id, secret, method if secret else "none")
        body = prepare_token_request(
            "authorization_code", redirect_uri=redirect_uri, code=code, code_verifier=attempt.verifier
        )
        form = {"Content-Type": "application/x-www-form-urlencoded"}
        place, headers, body = auth.prepare("POST", document.token_endpoint, form, body)
        status, tokens = self._asker.post(place, body, headers)
        if status == 200:
            return tokens
        error = tokens.get("error")
        if error == "invalid_client":
            raise ServerError(
                "The provider doesn't take drainwatch's own id and secret.",
                "See access.oidc.client_id and access.oidc.client_secret.",
            )
        if error == "invalid_grant":
            raise ServerError(
                "The provider doesn't take this log-in: it was used before, or is too old.", "Log in anew."
            )
        told = f": {error[:100]}" if isinstance(error, str) and error.isprintable() else ""
        raise ServerError(f"The provider answers {status}{told}.", "Its own log says more.")

    def _with_more(self, claims: dict[str, Any], access_token: str) -> dict[str, Any]:
        """With what its user info says beside them, where groups or name aren't in the ID token.

        https://openid.net/specs/openid-connect-core-1_0.html#UserInfoResponse
        """
        place = self.provider.document().userinfo_endpoint
        wanted = (self.settings.groups_claim, self.settings.name_claim)
        if not place or not access_token or all(one.split(".")[0] in claims or one in claims for one in wanted):
            return claims
        more = self._asker.get(place, {"Authorization": f"Bearer {access_token}"})
        if more.get("sub") != claims["sub"]:
            raise ServerError("The provider says of another one than who logged in.", "Log in once more.")
        return {**more, **claims}
