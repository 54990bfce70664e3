"""A real Keycloak, at which tests log in as people do.

It is the release itself, made ready once in the cache with its database in memory. Realms, users and keys are made by
its own API: https://www.keycloak.org/docs-api/latest/rest-api/index.html
"""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
import time
import urllib.error
import urllib.request
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from tests.servers.artifacts import alone, artifact, cache
from tests.servers.java import jdk
from tests.servers.leash import Leashed, free_ports
from tests.servers.missing import MissingError

VERSION = "26.7.3"
PINNED = "27a6535553c3cdcd083872ba40629efafb3475e3b758e0c6f691395561dd0f1f"
JAVA = 17
"""The oldest Java that it runs on."""
UP_WITHIN = 300
"""Seconds; it takes 10 where nothing else keeps the machine busy."""
ADMIN = "not-a-real-password"
PASSWORD = "neither-is-this"
"""Of all people."""
REALM, CLIENT, SECRET = "ops", "drainwatch", "not-a-real-secret"
_OPTIONS = "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC -Xms64m -Xmx384m -XX:MaxMetaspaceSize=256m -Dfile.encoding=UTF-8"


class Keycloak(Leashed):
    """A Keycloak process on a free port of the loopback, with one realm and these people in their groups.

    `start` raises `MissingError` where something has to be installed first. What it knows is gone when it is stopped.
    """

    name = "Keycloak"

    def __init__(self, people: Mapping[str, Sequence[str]]) -> None:
        super().__init__()
        self._people, self._port, self._token = people, 0, ""

    @property
    def url(self) -> str:
        """Its address."""
        return f"http://127.0.0.1:{self._port}"

    @property
    def issuer(self) -> str:
        """Of the realm."""
        return f"{self.url}/realms/{REALM}"

    def start(self) -> None:
        """Start it, or start it again, and don't wait."""
        java, home = prepare()
        if self._folder is None:
            self._port = free_ports("http")["http"]
            self._folder = Path(tempfile.mkdtemp(prefix="keycloak-"))
        environ = {
            "PATH": os.environ.get("PATH", ""),
            "JAVA_HOME": str(java),
            "JAVA_OPTS": f"{_OPTIONS} -Djava.io.tmpdir={self._folder}",
            "KC_BOOTSTRAP_ADMIN_USERNAME": "admin",
            "KC_BOOTSTRAP_ADMIN_PASSWORD": ADMIN,
        }
        options = ("--http-enabled=true", "--hostname-strict=false", "--http-host=127.0.0.1", "--log-level=warn")
        self._run([home / "bin" / "kc.sh", "start", "--optimized", *options, f"--http-port={self._port}"], environ)

    def wait(self) -> None:
        """Until the realm is there; raises `RuntimeError` with the end of its log where it doesn't come up."""
        until = time.monotonic() + UP_WITHIN
        while time.monotonic() < until:
            self._refuse_ended()
            try:
                self._log_in()
                break
            except OSError:
                time.sleep(0.2)
        else:
            raise RuntimeError(f"Keycloak didn't answer within {UP_WITHIN} s.\n{self.log}")
        self.ask("POST", "", self._realm())

    def allow(self, page: str) -> None:
        """Let people be sent back to the page at this address, and to no other."""
        (client,) = self.ask("GET", f"/{REALM}/clients?clientId={CLIENT}")
        client["redirectUris"] = [f"{page}/auth/oidc/callback"]
        client["attributes"]["post.logout.redirect.uris"] = f"{page}/login"
        self.ask("PUT", f"/{REALM}/clients/{client['id']}", client)

    def rotate(self) -> None:
        """Sign by a new key from now on."""
        (realm,) = (one for one in self.ask("GET", "") if one["realm"] == REALM)
        config = {"priority": ["200"], "enabled": ["true"], "active": ["true"], "algorithm": ["RS256"]}
        kind = "org.keycloak.keys.KeyProvider"
        key = {"name": "new", "providerId": "rsa-generated", "providerType": kind, "parentId": realm["id"]}
        self.ask("POST", f"/{REALM}/components", key | {"config": config})

    def ask(self, method: str, path: str, body: Any = None) -> Any:
        """Of its administration: a path below `/admin/realms`; None for an empty answer."""
        self._log_in()
        headers = {"Authorization": f"Bearer {self._token}", "Content-Type": "application/json"}
        sent = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"{self.url}/admin/realms{path}", sent, headers, method=method)
        with urllib.request.urlopen(request, timeout=60) as answer:
            text = answer.read()
        return json.loads(text) if text else None

    def _log_in(self) -> None:
        """Each time: its tokens last a minute."""
        form = {"grant_type": "password", "client_id": "admin-cli", "username": "admin", "password": ADMIN}
        place = f"{self.url}/realms/master/protocol/openid-connect/token"
        with urllib.request.urlopen(place, urlencode(form).encode(), timeout=60) as answer:
            self._token = json.load(answer)["access_token"]

    def _realm(self) -> dict[str, Any]:
        in_tokens = {"claim.name": "groups", "full.path": "false", "id.token.claim": "true"}
        mapper = {
            "name": "groups",
            "protocol": "openid-connect",
            "protocolMapper": "oidc-group-membership-mapper",
            "config": in_tokens,
        }
        groups = sorted({group for of_one in self._people.values() for group in of_one})
        return {
            "realm": REALM,
            "enabled": True,
            "sslRequired": "none",
            "groups": [{"name": group} for group in groups],
            "clients": [
                {
                    "clientId": CLIENT,
                    "secret": SECRET,
                    "redirectUris": [],
                    "attributes": {"pkce.code.challenge.method": "S256"},
                    "protocolMappers": [mapper],
                }
            ],
            "users": [
                {
                    "username": name,
                    "enabled": True,
                    "email": f"{name}@example.org",
                    "emailVerified": True,
                    "firstName": name.title(),
                    "lastName": "Example",
                    "groups": [f"/{group}" for group in of_one],
                    "credentials": [{"type": "password", "value": PASSWORD}],
                }
                for name, of_one in self._people.items()
            ],
        }


def prepare() -> tuple[Path, Path]:
    """The homes of the Java and of the Keycloak that will run; downloads the latter where need be.

    Raises `MissingError` where something has to be installed first.
    """
    java, home = jdk(JAVA), cache() / f"keycloak-{VERSION}"
    with alone(home):
        if not home.is_dir():
            packed = artifact("org.keycloak", "keycloak-quarkus-dist", VERSION, "zip", PINNED)
            with tempfile.TemporaryDirectory(dir=cache()) as folder, zipfile.ZipFile(packed) as archive:
                archive.extractall(folder)
                unpacked = Path(folder) / home.name
                (unpacked / "bin" / "kc.sh").chmod(0o755)
                _build(java, unpacked)
                unpacked.rename(home)
    return java, home


def _build(java: Path, home: Path) -> None:
    """Put together for a database in memory and one node, which takes longer than all else."""
    done = subprocess.run(
        [home / "bin" / "kc.sh", "build", "--db=dev-mem", "--cache=local"],
        env={"PATH": os.environ.get("PATH", ""), "JAVA_HOME": str(java)},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding="utf-8",
        errors="replace",
        timeout=UP_WITHIN,
        check=False,
    )
    if done.returncode:
        raise MissingError(f"Keycloak {VERSION} can't be put together: {done.stdout[-500:]}{done.stderr[-500:]}")
