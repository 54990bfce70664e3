"""A small provider of OpenID Connect that keeps the rules, or breaks the one that a test wants broken.

It logs in whoever is sent to it, as the person that the test says. No real provider would give the ID tokens that are
to be refused; how log-ins go at a real one is tested on Keycloak.
https://openid.net/specs/openid-connect-core-1_0.html https://www.rfc-editor.org/rfc/rfc7636
"""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any, Self
from urllib.parse import parse_qs, urlencode, urlsplit

from joserfc import jwt
from joserfc.jwk import JWKRegistry, Key

CLIENT, SECRET = "drainwatch", "not-a-real-secret"
Claims = dict[str, Any]


class Provider:
    """Listens on loopback as long as it is open; `issuer` is its address. What tests may change is in its fields."""

    def __init__(self) -> None:
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._server.daemon_threads = True
        self.issuer = f"http://127.0.0.1:{self._server.server_address[1]}"
        self._first: Key = JWKRegistry.generate_key("RSA", 2048, {"kid": "first", "use": "sig"})
        self.reset()

    def reset(self) -> None:
        """As it was in the beginning, on the same port."""
        self.person: Claims = {"sub": "4711", "preferred_username": "ana", "groups": ["ops"]}
        """Claims of whoever logs in."""
        self.lie: Callable[[Claims], Claims] = lambda claims: claims
        """What becomes of an ID token's claims before it is signed."""
        self.sign: Callable[[Claims], str] = self._signed
        """Makes an ID token of claims."""
        self.more: Claims = {}
        """What its user info says beside `sub`."""
        self.document: Claims = {}
        """Stands over what it says of itself."""
        self.garbage = b""
        """What it says of itself, where it is to be something else."""
        self.refuses = ""
        """The error that it sends people back with."""
        self.key = self._first
        self.header: Claims = {"alg": "RS256", "kid": "first"}
        self.keys: list[Claims] = [self.key.as_dict(private=False)]
        """That it shows."""
        self.asked: list[str] = []
        """Paths, in order."""
        self.sent: list[dict[str, str]] = []
        """What people were sent with, and what the token endpoint was."""
        self._codes: dict[str, dict[str, str]] = {}

    def rotate(self, kind: str = "RSA", size: str | int = 2048, alg: str = "RS256") -> None:
        """Sign by another key from now on, and show only that."""
        kid = secrets.token_hex(4)
        self.key = JWKRegistry.generate_key(kind, size, {"kid": kid, "use": "sig"})
        self.header, self.keys = {"alg": alg, "kid": kid}, [self.key.as_dict(private=False)]

    def __enter__(self) -> Self:
        Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    @property
    def host(self) -> str:
        return urlsplit(self.issuer).netloc

    def discovered(self) -> Claims:
        return {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.issuer}/authorize",
            "token_endpoint": f"{self.issuer}/token",
            "jwks_uri": f"{self.issuer}/keys",
            "userinfo_endpoint": f"{self.issuer}/userinfo",
            "end_session_endpoint": f"{self.issuer}/logout",
            "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
            "authorization_response_iss_parameter_supported": True,
            **self.document,
        }

    def authorize(self, query: dict[str, str]) -> str:
        """Where somebody is sent back to."""
        assert query["response_type"] == "code"
        assert query["client_id"] == CLIENT
        assert query["code_challenge_method"] == "S256"
        assert "openid" in query["scope"].split()
        self.sent.append(query)
        answer = {"state": query["state"], "iss": self.issuer}
        if self.refuses:
            return f"{query['redirect_uri']}?{urlencode(answer | {'error': self.refuses})}"
        code = secrets.token_urlsafe(16)
        self._codes[code] = query
        return f"{query['redirect_uri']}?{urlencode(answer | {'code': code})}"

    def token(self, form: dict[str, str]) -> tuple[int, Claims]:
        self.sent.append(form)
        if (form.get("client_id"), form.get("client_secret")) != (CLIENT, SECRET):
            return 401, {"error": "invalid_client"}
        begun = self._codes.pop(form.get("code", ""), None)
        challenge = base64.urlsafe_b64encode(hashlib.sha256(form.get("code_verifier", "").encode()).digest())
        if (
            begun is None
            or begun["redirect_uri"] != form.get("redirect_uri")
            or begun["code_challenge"] != challenge.decode().rstrip("=")
        ):
            return 400, {"error": "invalid_grant"}
        now = int(time.time())
        claims = {"iss": self.issuer, "aud": CLIENT, "iat": now, "exp": now + 300, "nonce": begun["nonce"]}
        signed = self.sign(self.lie(claims | self.person))
        return 200, {"access_token": "for-the-user-info", "token_type": "Bearer", "id_token": signed}

    def _signed(self, claims: Claims) -> str:
        return jwt.encode(self.header, claims, self.key, [self.header["alg"]])


def _handler(provider: Provider) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            provider.asked.append(parts.path)
            if parts.path == "/authorize":
                self._answer(302, {}, provider.authorize(_flat(parts.query)))
            elif parts.path == "/.well-known/openid-configuration":
                self._answer(200, provider.discovered())
            elif parts.path == "/keys":
                self._answer(200, {"keys": provider.keys})
            elif parts.path == "/userinfo" and self.headers["Authorization"] == "Bearer for-the-user-info":
                self._answer(200, {"sub": provider.person["sub"], **provider.more})
            else:
                self._answer(404, {})

        def do_POST(self) -> None:
            provider.asked.append(self.path)
            form = _flat(self.rfile.read(int(self.headers["Content-Length"])).decode())
            self._answer(*provider.token(form))

        def _answer(self, status: int, body: Claims, location: str = "") -> None:
            text = provider.garbage or json.dumps(body).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(text)))
            if location:
                self.send_header("Location", location)
            self.end_headers()
            self.wfile.write(text)

        def log_message(self, *_: object) -> None:
            pass

    return Handler


def _flat(query: str) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(query).items()}
